"""Which archives there are, how one is known, and what it offers: members that are streamed, never written to disk.

Names of members are labels and keys, never paths that are opened.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import IO, Protocol

from converters.reading.limits import BLOCK
from converters.reading.members import Member, Position
from converters.reading.tars import Tar
from converters.reading.zips import Zip


class Archive(Protocol):
    """`any_order` is whether members can be read in any order at the same cost."""

    members: dict[str, Member]
    any_order: bool

    def opened(self, name: str) -> AbstractContextManager[tuple[IO[bytes], Position]]:
        """A context manager of (the member's bytes, how much of its share was read)."""

    def keep(self, names: Collection[str]) -> None:
        """Prepare for these members to be read out of order."""


def archive_kind(head: bytes) -> str:
    """zip, tar or "": by the (decompressed) first bytes."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def archive_at(path: Path, within: str = "") -> Archive:
    """The archive at a path, or the zip `within` it; its directory is read once, while the file stays as it is."""
    found = path.stat()
    return _archive(path, within, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _archive(path: Path, within: str, size: int, changed: int) -> Archive:
    if within:
        return _zip_within(path, within)
    with path.open("rb") as raw:
        is_zip = archive_kind(raw.read(4)) == "zip"
    return Zip(path.open("rb"), path.name) if is_zip else Tar(path)


def _zip_within(path: Path, name: str) -> Zip:
    """A nameless copy of a zip in an archive: its directory stands at its end."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # Zip closes it
    with archive_at(path).opened(name) as (stream, _):
        shutil.copyfileobj(stream, copy, BLOCK)
    copy.seek(0)
    return Zip(copy, f"{path.name}/{name}")
