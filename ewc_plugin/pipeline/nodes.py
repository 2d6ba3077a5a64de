"""How do several machines run the same stages in step? Node 0 decides, and the others read what it decided.

They meet in a file beside the output folders, which must be on a file system that all of them share. Node 0 touches it
every few seconds: a file of an earlier call lies still, and is not believed.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ewc_plugin.atomic import write_json
from ewc_plugin.errors import EwcError
from ewc_plugin.pipeline.recipes import Stage

BEAT = 2.0  # seconds between two touches
PATIENCE = 60.0  # seconds without one, after which node 0 is believed to be gone
BEGINNING = 1800.0  # seconds that the others wait for node 0 to begin


@dataclass(frozen=True)
class Node:
    """Which of how many machines this is, as the host's launcher is told."""

    rank: int
    count: int


def here() -> Node:
    """From NNODES and NODE_RANK; raises EwcError where the rank cannot be known."""
    count = int(os.environ.get("NNODES", "1").rpartition(":")[2] or 1)
    if count > 1 and "NODE_RANK" not in os.environ:
        raise EwcError(
            "NODE_RANK",
            expected=f"the number of this machine, 0 to {count - 1}, as NNODES={count}",
            found="none",
            remedy="Set it on each machine, also with RDZV_ID: node 0 builds the mixtures and decides for all.",
        )
    return Node(int(os.environ.get("NODE_RANK", "0")), count)


class Board:
    """What node 0 says: one decision a stage, in order, and at the end that it is over."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        call = json.dumps([[str(s.recipe), *s.words] for s in stages]) + os.environ.get("MASTER_ADDR", "")
        name = f".ewc_run_{hashlib.sha256(call.encode()).hexdigest()[:12]}.json"
        self.path = stages[0].output.parent / name
        self._said: dict[str, Any] = {"decisions": [], "over": False}

    # -- node 0 ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Alive inside; at the end, however that comes, the others are told."""
        over = threading.Event()
        write_json(self.path, self._said)
        beat = threading.Thread(target=self._beat, args=(over,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()
            self._said["over"] = True
            write_json(self.path, self._said)

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            with contextlib.suppress(OSError):
                os.utime(self.path)

    def decide(self, words: Sequence[str] | None) -> None:
        """The words behind the recipe of the next stage; None: it is skipped."""
        self._said["decisions"].append(None if words is None else list(words))
        write_json(self.path, self._said)

    # -- the others --------------------------------------------------------------------------------------------

    def decisions(self) -> Iterator[list[str] | None]:
        """Node 0's, as they come; ends when it says so, raises EwcError when it falls silent."""
        told = 0
        for said in self._living():
            for words in said["decisions"][told:]:
                told += 1
                yield words
            if said["over"]:
                return

    def _living(self) -> Iterator[dict[str, Any]]:
        first, seen, heard = self._looked(), None, time.monotonic()
        patience = BEGINNING
        while time.monotonic() - heard < patience:
            now = self._looked()
            if now is not None and now not in (first, seen):
                seen, first, heard, patience = now, None, time.monotonic(), PATIENCE
                with contextlib.suppress(OSError, ValueError):
                    yield json.loads(self.path.read_text(encoding="utf-8"))
                heard = time.monotonic()  # what was done about it took its time
            time.sleep(BEAT / 4)
        raise EwcError(
            str(self.path),
            expected="node 0 to say what is to be done",
            found=f"nothing for {patience:.0f} s",
            remedy="Start the same command on node 0, in the same folder of a file system that all machines share.",
        )

    def _looked(self) -> int | None:
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return None
