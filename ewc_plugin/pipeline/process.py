"""How is a program started, watched and ended? Its output goes to the terminal and into a log; signals reach all of it.

It gets a process group of its own, so that torchrun, the host's workers and their helpers all hear of Ctrl-C.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from ewc_plugin.errors import EwcError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# torchrun gives its workers half a minute before it kills them; whoever is killed before that leaves them running
PATIENCE = 60.0
SILENCE = 5.0  # seconds after its end in which a program's helpers may still write


class Interrupted(Exception):  # noqa: N818 - no error: somebody asked for it
    """A signal came; everything that was started has ended."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def host_command() -> str:
    """llamafactory-cli of this environment, else the one on PATH."""
    beside = Path(sys.executable).with_name("llamafactory-cli")
    found = str(beside) if beside.is_file() else shutil.which("llamafactory-cli")
    if found is None:
        raise EwcError(
            "run",
            expected=f"llamafactory-cli beside {sys.executable} or on PATH",
            found="none",
            remedy="Install LLaMA-Factory into this environment: pip install llamafactory",
        )
    return found


def environment(*, without: Sequence[str] = (), **more: str) -> dict[str, str]:
    """The user's; programs of this environment are found first, as the host calls `torchrun` by its bare name."""
    kept = {name: value for name, value in os.environ.items() if name not in without}
    folder = str(Path(sys.executable).parent)
    return {**kept, "PATH": os.pathsep.join([folder, kept.get("PATH", os.defpath)]), **more}


def watched(
    words: Sequence[str], *, log: Path | None, each_moment: Callable[[], None] = lambda: None, **variables: str
) -> int:
    """The exit code of a program, as a shell tells it; raises Interrupted when it was ended by a signal to us."""
    started = subprocess.Popen(
        list(words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(**variables),
        start_new_session=True,
    )
    asked: list[tuple[int, float]] = []

    def end(number: int, frame: FrameType | None) -> None:
        _signal(started, signal.SIGKILL if asked else signal.SIGTERM)  # a second Ctrl-C does not wait
        asked.append((number, time.monotonic()))

    def moment() -> None:
        if asked and time.monotonic() - asked[0][1] > PATIENCE:
            _signal(started, signal.SIGKILL)
        each_moment()

    before = {number: signal.signal(number, end) for number in SIGNALS}
    try:
        _copy(started, log, words, moment)
        code = started.wait()
    finally:
        if started.poll() is None:
            _signal(started, signal.SIGKILL)
        for number, handler in before.items():
            signal.signal(number, handler)
    if asked:
        raise Interrupted(asked[0][0])
    return code if code >= 0 else 128 - code


def _copy(
    started: "subprocess.Popen[bytes]", log: Path | None, words: Sequence[str], moment: Callable[[], None]
) -> None:
    """Until the program and all that write for it have ended, or it has and they have been silent for a while."""
    assert started.stdout is not None
    os.set_blocking(started.stdout.fileno(), False)
    ended_at, last = 0.0, b"\n"
    with _opened(log) as stream:
        stream.write(f"\n$ {' '.join(words)}    # {time.strftime('%F %T')}\n".encode(errors="surrogateescape"))
        while ended_at == 0.0 or time.monotonic() - ended_at < SILENCE:
            chunk = started.stdout.read(1 << 16)
            if chunk == b"":
                break
            if chunk:
                last = chunk
                _write(chunk, stream, sys.stdout.buffer)
                continue
            moment()
            time.sleep(0.1)
            if ended_at == 0.0 and started.poll() is not None:
                ended_at = time.monotonic()
        if not last.endswith(b"\n"):  # a bar of progress that was cut off
            _write(b"\n", stream, sys.stdout.buffer)


def _write(chunk: bytes, *places: Any) -> None:
    for place in places:
        place.write(chunk)
        place.flush()


def _opened(log: Path | None) -> Any:
    if log is None:
        return open(os.devnull, "wb")
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("ab")


def _signal(started: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(started.pid, number)


def quiet(words: Sequence[str], *, without: Sequence[str] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """A short program whose output matters only if it fails."""
    return subprocess.run(
        list(words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=environment(without=without, PYTHONIOENCODING="utf-8", **variables),
        check=False,
    )
