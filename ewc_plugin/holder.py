"""Which process holds a folder, and does it still live? By its pid here, elsewhere by whether its lock is renewed.

Pure but for the clock and the process table; the file itself is that of `occupied`.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import psutil

BEAT = 10.0  # seconds between renewals
SILENCE = 120.0  # seconds without one after which a process elsewhere is dead: no call holds the interpreter so long
LOOK = 1.0
TOLERANCE = 2.0  # seconds by which two readings of one process's start may differ


@dataclass(frozen=True)
class Holder:
    """One process; `token` tells it from every other, also after its pid was given away again."""

    host: str
    boot: str  # of this start of the machine
    space: str  # of pids: containers on one machine have their own
    pid: int
    started: float
    since: str
    token: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def this_process() -> Holder:
    pid = os.getpid()
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    started = psutil.Process(pid).create_time()
    return Holder(socket.gethostname(), _boot(), _space(), pid, started, since, uuid.uuid4().hex)


def from_json(about: Any) -> Holder | None:
    """None for what is no lock of ours, or of another version."""
    try:
        return Holder(**{f.name: f.type(about[f.name]) for f in fields(Holder)})  # type: ignore[operator]
    except (KeyError, TypeError, ValueError):
        return None


def lives(holder: Holder, renewed: Callable[[], float | None], *, watching: Callable[[], None]) -> bool:
    """Whether the holder still runs. `renewed` reads the lock's mtime, None when it has gone; no clock is compared.

    On this machine the process table says it. Elsewhere the lock is watched (`watching` is called before) until it is
    renewed, which takes a beat, or was silent for `SILENCE` seconds.
    """
    here = this_process()
    if (holder.host, holder.boot, holder.space) == (here.host, here.boot, here.space):
        return _runs(holder)
    first = renewed()
    if first is None or (holder.host == here.host and holder.boot != here.boot and first < psutil.boot_time()):
        return False  # not renewed since this machine was started again
    watching()
    end = time.monotonic() + SILENCE
    while time.monotonic() < end:
        time.sleep(LOOK)
        now = renewed()
        if now is None:
            return False
        if now != first:
            return True
    return False


def _runs(holder: Holder) -> bool:
    try:
        process = psutil.Process(holder.pid)
        same = abs(process.create_time() - holder.started) < TOLERANCE
        return bool(same and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:  # it is there
        return True


def _boot() -> str:
    known = Path("/proc/sys/kernel/random/boot_id")
    return known.read_text(encoding="ascii").strip() if known.is_file() else str(round(psutil.boot_time()))


def _space() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
