"""What a run that was killed left behind: a commit that had begun is finished, and its temporary files go.

A run that writes holds a lock on a file of its own, `.<token>.run`; the token is in the names of its temporary files.
When all of these are complete it writes there what goes where; from then on the new files count, and whoever comes next
puts them in place if the run could not. Without a lock on it, a `.run` file is of a run that is gone.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is cleaned up, and nothing is torn either
    fcntl = None  # type: ignore[assignment]

RUN = ".run"
PART = ".part"


class Run:
    """The mark of one run in a folder, from its first temporary file to its last."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        finish(folder)
        self._alone: int | None = None
        self._mark(folder)
        while not self.path.exists():  # another run took it for a dead one's before it was locked
            self._stream.close()
            self._mark(folder)

    def _mark(self, folder: Path) -> None:
        self.token = secrets.token_hex(4)
        self.path = folder / f".{self.token}{RUN}"
        self._stream = self.path.open("w", encoding="utf-8")
        _lock(self._stream.fileno())

    def alone(self, folder: Path) -> None:
        """Wait until no other run puts files into this folder; none will before the end of this one."""
        if fcntl and self._alone is None:
            self._alone = os.open(folder, os.O_RDONLY)
            _lock(self._alone)

    def decide(self, moves: Iterable[tuple[Path, Path]]) -> None:
        """(temporary, target): from here on the new files count."""
        json.dump([[os.path.relpath(path, self.path.parent) for path in move] for move in moves], self._stream)
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def end(self) -> None:
        if fcntl:
            self.path.unlink(missing_ok=True)  # while it is locked, so that nobody takes it for a dead one's
            self._stream.close()
        else:
            self._stream.close()
            self.path.unlink(missing_ok=True)
        if self._alone is not None:
            os.close(self._alone)


def _lock(file: int) -> None:
    if fcntl:
        with suppress(OSError):  # a file system without locks: nothing is cleaned up there
            fcntl.flock(file, fcntl.LOCK_EX)


def finish(folder: Path) -> None:
    """Finish or undo what killed runs left in a folder; runs that are alive are left alone."""
    for path in folder.glob(".????????" + RUN) if fcntl and folder.is_dir() else ():
        with suppress(OSError), path.open("r+", encoding="utf-8") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for temporary, target in _decided(stream.read()):
                if (folder / temporary).exists():
                    os.replace(folder / temporary, folder / target)
            token = path.name.removeprefix(".").removesuffix(RUN)
            for part in (*folder.glob(f".*.{token}{PART}"), *folder.parent.glob(f".*.{token}{PART}")):
                part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def _decided(text: str) -> list[tuple[str, str]]:
    """The moves of a commit; [] for a run that was killed before, or while it wrote them."""
    try:
        return [(str(temporary), str(target)) for temporary, target in json.loads(text)]
    except ValueError:
        return []
