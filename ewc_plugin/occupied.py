"""May this run write into its output_dir? Not while another one does: two runs would mix their checkpoints and anchors.

One process of a run (rank 0) holds `output_dir/.ewc_in_use.json` from before a model is loaded until it ends, and
renews it; a lock whose process has died is taken over. A folder that a stage starts from must not be in use either.
"""

import atexit
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ewc_plugin import holder
from ewc_plugin.errors import EwcError
from ewc_plugin.holder import Holder
from ewc_plugin.visible import say

if TYPE_CHECKING:
    from ewc_plugin.ranks import Ranks

LOCK = ".ewc_in_use.json"
HOST_TRAINS = "llamafactory.train.tuner"
_held: dict[Path, "Occupation"] = {}


class OccupiedError(EwcError):
    """Another run is writing into a folder; nothing was loaded or written."""


class Occupation:
    """A lock of this process, renewed until it is released."""

    def __init__(self, path: Path, mine: Holder) -> None:
        self._path, self._mine, self._over = path, mine, threading.Event()
        threading.Thread(target=self._renew, name="EWC lock", daemon=True).start()

    def _renew(self) -> None:
        while not self._over.wait(holder.BEAT):
            try:
                if _read(self._path) == self._mine:
                    os.utime(self._path)
            except OSError:  # a file server that is away for a moment; `require` looks again
                continue

    def require(self) -> None:
        """Raise OccupiedError when another run took the folder over, as after this process was stopped for minutes."""
        other = _read(self._path)
        if self._over.is_set() or os.getpid() != self._mine.pid or other == self._mine:
            return
        raise OccupiedError(
            str(self._path.parent),
            expected=f"to be held by this run ({self._mine})",
            found="no lock of it" if other is None else f"{other}, which took it over",
            remedy="This run ends here, without writing more. Train into another output_dir.",
        )

    def release(self) -> None:
        if os.getpid() != self._mine.pid:  # a copy in a forked child
            return
        self._over.set()
        if _read(self._path) == self._mine:
            self._path.unlink(missing_ok=True)


def before_loading(output_dir: str, *, reads: Iterable[Path], ranks: "Ranks") -> None:
    """Hold the folder until this process ends, if the host trains in it; elsewhere arguments are only parsed."""
    alone = ranks.world_size == 1 and int(os.environ.get("WORLD_SIZE", "1")) > 1  # the ranks do not yet know another
    if _host_trains() and not alone:
        _occupied(Path(output_dir), reads, ranks)


@contextmanager
def while_training(output_dir: str, *, reads: Iterable[Path], ranks: "Ranks") -> Iterator[None]:
    """Hold the folder, unless this process does so already."""
    before = Path(output_dir).resolve() in _held
    _occupied(Path(output_dir), reads, ranks)
    try:
        yield
    finally:
        if not before:
            _release(Path(output_dir).resolve())


def require(output_dir: str) -> None:
    """Before something is written: raise OccupiedError when another run has taken the folder over."""
    if occupation := _held.get(Path(output_dir).resolve()):
        occupation.require()


def _occupied(folder: Path, reads: Iterable[Path], ranks: "Ranks") -> None:
    """On rank 0 alone, and refused on every rank."""
    refusal = None
    if ranks.rank == 0:
        try:
            _occupy(folder, reads)
        except EwcError as error:
            refusal = error
    said = ranks.broadcast(refusal and (refusal.where, refusal.expected, refusal.found, refusal.remedy))
    if said is not None:
        where, expected, found, remedy = said
        raise refusal or OccupiedError(where, expected=expected, found=found, remedy=remedy)


def _occupy(folder: Path, reads: Iterable[Path]) -> None:
    whole = folder.resolve()
    if whole in _held:
        return
    for source in reads:
        if source.is_dir() and source.resolve() not in (whole, *_held):
            _require_free(source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _held[whole] = _take(whole / LOCK)
    except OSError as error:
        raise EwcError(
            f"output_dir {folder}",
            expected="a folder that can be written",
            found=error.strerror or str(error),
            remedy="Name another output_dir, or mend its permissions or the disk. Nothing was trained.",
        ) from error


def _require_free(source: Path) -> None:
    path = source / LOCK
    other = _read(path)
    if other is not None and _alive(path, other):
        raise OccupiedError(
            str(source),
            expected="a folder that no run is writing, since this stage starts from it",
            found=f"a run that is ({other})",
            remedy="Wait until it has ended; then start this stage again. Nothing was loaded.",
        )


def _take(path: Path) -> Occupation:
    mine = holder.this_process()
    while not _put(path, mine):
        other = _read(path) or _read_later(path)
        if other is not None and _alive(path, other):
            raise _in_use(path, other)
        if _removed(path, other):
            who = "a run" if other is None else f"the run of {other}"
            say(f"EWC: {who}, which has died, left its lock in {path.parent}: taken over")
    return Occupation(path, mine)


def _in_use(path: Path, other: Holder) -> OccupiedError:
    return OccupiedError(
        f"output_dir {path.parent}",
        expected="a folder that no other run writes into",
        found=f"a run that does ({other})",
        remedy=f"Wait until it has ended, stop it (on {other.host}: kill {other.pid}), or name another output_dir. "
        "Nothing was loaded.",
    )


def _alive(path: Path, other: Holder) -> bool:
    return holder.lives(
        other,
        lambda: _renewed(path),
        watching=lambda: say(
            f"EWC: watching for up to {holder.SILENCE:.0f} seconds whether {other} still writes into {path.parent}"
        ),
    )


# -- the file --------------------------------------------------------------------------------------------------


def _put(path: Path, mine: Holder) -> bool:
    """Whether the lock is now ours: it appears whole or not at all, and never over another."""
    descriptor, name = tempfile.mkstemp(prefix=f"{LOCK}.", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as stream:
            json.dump(mine.as_json(), stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)  # so that others can read whose it is
        _linked(Path(name), path)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink(missing_ok=True)
    return _read(path) == mine


def _linked(source: Path, path: Path) -> None:
    """`path` as another name of `source`, or where the file system has none, a copy; FileExistsError if it is there."""
    try:
        os.link(source, path)
    except FileExistsError:
        raise
    except OSError:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(source.read_text(encoding="utf-8"))


def _removed(path: Path, dead: Holder | None) -> bool:
    """Whether we took the lock of a dead run away; of two that try, the later finds the other's and leaves it."""
    aside = path.with_name(f"{LOCK}.{holder.this_process().token}")
    try:
        os.rename(path, aside)
    except FileNotFoundError:
        return False
    try:
        if _read(aside) == dead:
            return True
        _linked(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink(missing_ok=True)
    return False


def _read(path: Path) -> Holder | None:
    """Opened anew each time, which makes a network file system ask its server."""
    try:
        return holder.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _read_later(path: Path) -> Holder | None:
    """Where a lock is copied and not linked it is empty for a moment."""
    time.sleep(holder.LOOK)
    return _read(path)


def _renewed(path: Path) -> float | None:
    try:
        with path.open(encoding="utf-8") as stream:
            return os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        return None


def _host_trains() -> bool:
    """Whether the host's training function is among our callers."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == HOST_TRAINS:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _release(whole: Path) -> None:
    if occupation := _held.pop(whole, None):
        occupation.release()


@atexit.register
def _release_all() -> None:
    for whole in list(_held):
        _release(whole)
