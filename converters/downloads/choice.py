"""Which files a user gets: which of a source's sets, from which server, and of each set which files."""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import quote, urlsplit

from converters.contract import ByHand, Download, GitHub, Hub, Source, SourceError, Web, Wikimedia
from converters.downloads import told
from converters.downloads.transport import (
    GITHUB,
    WIKIMEDIA,
    BrokenError,
    RefusedError,
    Transport,
    base_of,
    uses_modelscope,
)
from converters.downloads.wanted import Digest, Entry, Server, Wanted

T = TypeVar("T")
EVERYTHING = "all"
# train-00000-of-00006.parquet, 0000.parquet: parts of one table
_PART = re.compile(r"^(?P<head>.*?)(?P<number>\d{4,5})(?P<tail>(?:-of-\d{4,5})?\.[A-Za-z.]+)$")


@dataclass(frozen=True)
class Chosen:
    """A set with its files; `left` are how many of its parts a look leaves out, `card` the licence its card states."""

    download: Download
    files: tuple[Wanted, ...]
    left: int = 0
    card: str = ""


def sets_named(source: Source, names: Sequence[str], *, look: bool) -> list[Download]:
    """Those that were named, or the usual ones; of these a look takes the first alone."""
    fetchable = [item for item in source.downloads if not isinstance(item.where, ByHand)]
    if not fetchable:
        raise _nothing(source)
    if not names:
        usual = [item for item in fetchable if item.usual]
        return usual[:1] if look else usual
    if EVERYTHING in names:
        return fetchable
    known = {item.name: item for item in source.downloads}
    for name in names:
        _require(source, known.get(name), name, fetchable)
    return [known[name] for name in dict.fromkeys(names)]


def _require(source: Source, item: Download | None, name: str, fetchable: Sequence[Download]) -> None:
    if item is None:
        expected = f"{EVERYTHING}, or one of {', '.join(each.name for each in fetchable)}"
        raise SourceError(f"--download {name}", expected=expected, found=name, remedy="See python -m converters list.")
    if isinstance(item.where, ByHand):
        raise SourceError(
            f"--download {name}",
            expected="a set that a program may fetch",
            found=item.where.why,
            remedy=f"Fetch it by hand from {item.page} into raw/{source.name}/.",
        )


def _nothing(source: Source) -> SourceError:
    by_hand = [
        f"{item.name}: {item.where.why}; {item.page}" for item in source.downloads if isinstance(item.where, ByHand)
    ]
    return SourceError(
        f"{source.name} --download",
        expected="a source that has something to fetch",
        found="none: " + ("; ".join(by_hand) or f"{source.origin}"),
        remedy=f"Put files into raw/{source.name}/ by hand: " + "; ".join(source.wanted),
    )


def chosen(source: Source, download: Download, transport: Transport, *, look: bool) -> Chosen:
    """Ask its server for its files. Raises SourceError."""
    where = download.where
    if isinstance(where, Hub):
        return _of_hub(download, where, transport, look=look)
    if isinstance(where, Wikimedia):
        return _of_wikimedia(download, where, transport, look=look)
    if isinstance(where, GitHub):
        return _of_github(download, where)
    assert isinstance(where, Web)  # the rest was refused by `sets_named`
    return _of_web(download, where, transport)


def _of_hub(download: Download, where: Hub, transport: Transport, *, look: bool) -> Chosen:
    server: Server = "modelscope" if uses_modelscope() else "huggingface"
    dataset = where.modelscope if server == "modelscope" else where.huggingface
    if not dataset:
        raise _not_there(download, server)
    page = f"https://modelscope.cn/datasets/{dataset}" if server == "modelscope" else download.page
    ask = transport.on_modelscope if server == "modelscope" else transport.on_huggingface
    listing = patiently(lambda: ask(dataset), transport, page, dataset, server)
    fitting = [entry for entry in listing.entries if any(fnmatch.fnmatch(entry.path, each) for each in where.files)]
    if not fitting:
        raise SourceError(
            dataset,
            expected="files such as " + ", ".join(where.files),
            found=", ".join(entry.path for entry in listing.entries[:8]) or "none",
            remedy=f"It was arranged anew: look at {page}. {told.by_hand(page)}",
        )
    kept = first_parts(fitting) if look else fitting
    files = tuple(_wanted(download, entry, server, page, listing.revision) for entry in kept)
    return Chosen(download, files, len(fitting) - len(kept), listing.licence)


def _not_there(download: Download, server: Server) -> SourceError:
    other = "ModelScope" if server == "modelscope" else "Hugging Face"
    return SourceError(
        download.name,
        expected=f"a dataset that is on {other}",
        found="none that is known",
        remedy="Unset USE_MODELSCOPE_HUB (HF_ENDPOINT names a mirror), or name other sets. "
        + told.by_hand(download.page),
    )


def _wanted(download: Download, entry: Entry, server: Server, page: str, revision: str = "") -> Wanted:
    path = f"{download.name}/{safe(entry.path)}"
    return Wanted(path, entry.url, server, download.licence, page, revision, entry.size, entry.digest)


def safe(path: str) -> str:
    """A path that stays inside its folder, whatever a server says."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if not parts or path.startswith("/") or ".." in parts or any(":" in part for part in parts):
        raise SourceError(path, expected="the path of a file inside a dataset", found="one that leads out of it")
    # a hidden file is passed over by the readers
    return "/".join(part.lstrip(".") or "_" for part in parts)


def first_parts(entries: Sequence[Entry]) -> list[Entry]:
    """Of files that are numbered parts of one table the first; all that are no parts."""
    seen: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        found = _PART.match(entry.path)
        seen.setdefault(f"{found['head']}#{found['tail']}" if found else entry.path, entry)
    return list(seen.values())


def _of_wikimedia(download: Download, where: Wikimedia, transport: Transport, *, look: bool) -> Chosen:
    """The checksums of the newest dump name its files with their date, under which they stay where they are."""
    base = base_of(WIKIMEDIA)
    sums = f"{base}/{where.wiki}/latest/{where.wiki}-latest-sha1sums.txt"
    text = patiently(lambda: transport.text(sums, "wikimedia"), transport, download.page, sums, "wikimedia")
    pattern = where.look if look and where.look else where.file
    lines = [line.split() for line in text.split("\n")]
    found = [(fields[1], fields[0]) for fields in lines if len(fields) == 2 and fnmatch.fnmatch(fields[1], pattern)]
    if not found:
        raise SourceError(
            sums,
            expected=f"a line for {pattern}",
            found=f"{len(text):,} characters without one: perhaps a dump that is still being made",
            remedy=f"Try again in a few days. {told.by_hand(download.page)}",
        )
    name, digest = sorted(found, key=lambda item: [int(each) for each in re.findall(r"\d+", item[0])])[0]
    date = re.search(r"-(\d{8})-", name)
    folder = date[1] if date else "latest"
    url = f"{base}/{where.wiki}/{folder}/{name}"
    length = patiently(lambda: transport.validators(url, "wikimedia"), transport, download.page, url, "wikimedia").total
    entry = Entry(name, url, length, Digest("sha1", digest.lower()))
    left = 1 if look and where.look else 0
    return Chosen(download, (_wanted(download, entry, "wikimedia", download.page, folder),), left)


def _of_github(download: Download, where: GitHub) -> Chosen:
    """The head of its main branch, whatever that is called; neither a size nor a digest is published."""
    base = f"{base_of(GITHUB)}/{where.repository}"
    name = where.repository.partition("/")[2]
    entries = [Entry(path, f"{base}/raw/HEAD/{quote(path)}") for path in where.paths]
    entries = entries or [Entry(f"{name}.zip", f"{base}/archive/HEAD.zip")]
    return Chosen(download, tuple(_wanted(download, entry, "github", download.page) for entry in entries))


def _of_web(download: Download, where: Web, transport: Transport) -> Chosen:
    name = PurePosixPath(urlsplit(where.url).path).name
    known = patiently(lambda: transport.validators(where.url, "web"), transport, where.page, where.url, "web")
    return Chosen(download, (_wanted(download, Entry(name, where.url, known.total), "web", where.page),))


def patiently(ask: Callable[[], T], transport: Transport, page: str, what: str, server: Server) -> T:
    """Ask for something small, again and again."""
    patience = transport.patience
    for failures in range(1, patience.attempts + 1):
        try:
            return ask()
        except RefusedError as error:
            raise told.listing_refused(page, what, error.status, str(error), server) from None
        except BrokenError as error:
            seconds = patience.wait(failures, error.asked)
            if failures == patience.attempts or seconds > patience.longest_asked:
                raise told.listing_gave_up(page, what, str(error), server) from None
            told.waits(what, str(error), seconds)
            time.sleep(seconds)
    raise AssertionError("the last attempt returns or raises")
