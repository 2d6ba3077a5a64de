"""From a source's sets to files in raw/<source>/: list, show, ask, lock, fetch what is not there yet, record."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from converters.contract import Download, Source, SourceError
from converters.downloads import checks, record, told
from converters.downloads.choice import Chosen, chosen, patiently, sets_named
from converters.downloads.fetching import SPARE, Fetch
from converters.downloads.patience import Patience
from converters.downloads.record import Fetched, Record
from converters.downloads.show import counting, offer
from converters.downloads.told import say
from converters.downloads.transport import Transport
from converters.downloads.wanted import Validators, Wanted

ASK_ABOVE = 1_000_000_000  # bytes
LOCK = ".downloads.lock"


@dataclass(frozen=True)
class Wish:
    """`look`: the first set alone, and of numbered parts the first. `agreed`: do not ask."""

    names: tuple[str, ...] = ()
    look: bool = False
    agreed: bool = False
    quiet: bool = False


def download(source: Source, raw: Path, wish: Wish, patience: Patience) -> None:
    """Raises SourceError; what was fetched until then stays, and the next call goes on from there."""
    sets = sets_named(source, wish.names, look=wish.look)
    transport = Transport(patience)
    offered = [_chosen(source, each, sets, transport, look=wish.look) for each in sets]
    folder = raw / source.name
    with _writable(folder), _alone(folder):
        known = record.read(folder)
        missing = [item for item in _files(offered) if not _is_there(item, known, transport)]
        known.save()
        _offer(source, offered, missing, folder, wish, known)
        _require_room(folder, missing, sets, known)
        for each in sets:
            with _others_named(source, each, sets):
                own = [wanted for wanted in missing if wanted.path.startswith(f"{each.name}/")]
                _fetch(own, known, transport, quiet=wish.quiet)


def _chosen(source: Source, each: Download, sets: Sequence[Download], transport: Transport, *, look: bool) -> Chosen:
    with _others_named(source, each, sets):
        return chosen(source, each, transport, look=look)


@contextmanager
def _others_named(source: Source, failed: Download, sets: Sequence[Download]) -> Iterator[None]:
    """One set that cannot be had must not keep a user from the others."""
    try:
        yield
    except SourceError as error:
        others = " ".join(each.name for each in sets if each is not failed)
        if not others:
            raise
        command = f"python -m converters {source.name} --download {others}"
        remedy = f"{error.remedy}\nWithout {failed.name}: {command}"
        raise SourceError(error.where, expected=error.expected, found=error.found, remedy=remedy) from error


def _files(offered: Sequence[Chosen]) -> Iterator[Wanted]:
    for each in offered:
        yield from each.files


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise SourceError(
            str(error.filename or folder),
            expected="a folder that can be written",
            found=error.strerror or str(error),
            remedy=f"Mend its permissions, or choose another --raw. {told.AGAIN}",
        ) from error


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Of two downloads into one folder the second waits, and then finds what the first has fetched."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"waiting for another download into {folder}/")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is_there(wanted: Wanted, known: Record, transport: Transport) -> bool:
    """Whether a file is complete and what is published today. Raises SourceError for one that is not from here."""
    path = known.folder / wanted.path
    if not path.exists():
        return False
    before = known.files.get(wanted.path)
    if before is None:
        return _adopted(wanted, path, known)
    if path.stat().st_size != before.size or not _untouched(path, before, wanted, known):
        raise told.foreign(path)
    return _is_current(wanted, before, transport)


def _untouched(path: Path, before: Fetched, wanted: Wanted, known: Record) -> bool:
    changed = path.stat().st_mtime_ns
    if changed == before.changed:
        return True
    if checks.sha256_and(path, None)[0] != before.sha256:
        return False
    known.files[wanted.path] = replace(before, changed=changed)  # copied or touched: the same bytes
    return True


def _adopted(wanted: Wanted, path: Path, known: Record) -> bool:
    """A file that was put there by hand is as good, if it has the published digest."""
    ours, theirs = checks.sha256_and(path, wanted.digest)
    if wanted.digest is None or theirs != wanted.digest.hex:
        raise told.foreign(path)
    known.files[wanted.path] = Fetched(
        url=wanted.url,
        revision=wanted.revision,
        size=path.stat().st_size,
        sha256=ours,
        licence=wanted.licence,
        date="",
        published=f"{wanted.digest.kind}:{wanted.digest.hex}",
        changed=path.stat().st_mtime_ns,
    )
    return True


def _is_current(wanted: Wanted, before: Fetched, transport: Transport) -> bool:
    """By the published digest; else by what the server says of the address, and if that is nothing it is kept."""
    if wanted.digest is not None:
        return before.published == f"{wanted.digest.kind}:{wanted.digest.hex}"
    ask: Callable[[], Validators] = lambda: transport.validators(wanted.url, wanted.server)  # noqa: E731
    now = patiently(ask, transport, wanted.page, wanted.url, wanted.server)
    pairs = ((before.etag, now.etag), (before.modified, now.modified), (before.size, now.total))
    return all(then == today for then, today in pairs if then and today)


def _offer(
    source: Source, offered: Sequence[Chosen], missing: Sequence[Wanted], folder: Path, wish: Wish, known: Record
) -> None:
    if not wish.quiet or missing:
        say(offer(source, offered, missing, folder))
    total = sum(_left(item, known) for item in missing)
    if total <= ASK_ABOVE or wish.agreed:
        return
    if not sys.stdin.isatty():
        raise SourceError(
            f"{source.name} --download",
            expected=f"--yes for more than {told.size(ASK_ABOVE)}",
            found=f"{told.size(total)} to fetch, and nobody to ask",
            remedy="Add --yes, or name fewer sets, or --limit for a look. Nothing was fetched.",
        )
    say(f"Fetch {told.size(total)}? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise SourceError(f"{source.name} --download", expected="a yes", found="no", remedy="Nothing was fetched.")


def _left(item: Wanted, known: Record) -> int:
    """Bytes that are not here yet."""
    part = (known.folder / item.path).with_name(f".{Path(item.path).name}.part")
    return max(0, (item.size or 0) - (part.stat().st_size if part.exists() else 0))


def _require_room(folder: Path, missing: Sequence[Wanted], sets: Sequence[Download], known: Record) -> None:
    """Of a set whose server names no size what its source declares counts."""
    about = {item.name: item.size for item in sets}
    needed = sum(_left(item, known) if item.size is not None else about[item.path.split("/")[0]] for item in missing)
    free = shutil.disk_usage(folder).free
    if missing and free < needed + SPARE:
        raise told.no_room(folder, needed, free)


def _fetch(missing: Sequence[Wanted], known: Record, transport: Transport, *, quiet: bool) -> None:
    try:
        for number, wanted in enumerate(missing, start=1):
            with counting(wanted, number, len(missing), quiet=quiet) as report:
                fetched = Fetch(wanted, known, transport, report).run()
            if not quiet:
                say(f"fetched {known.folder / wanted.path}: {told.size(fetched.size)}, sha256 {fetched.sha256[:16]}…")
    except KeyboardInterrupt:
        say(told.AGAIN)
        raise
