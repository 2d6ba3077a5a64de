"""What is inside a zip or tar, and how one member is read: streamed from where it lies, never written to disk.

Names of members are labels and keys, never paths that are opened.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Protocol

from converters.contract import SourceError
from converters.reading.encodings import readable_name
from converters.reading.limits import BLOCK, BOMB_FLOOR, BOMB_RATIO, KEPT_MEMBER, KEPT_MEMBERS, MOST_MEMBERS
from converters.reading.streams import DamageError, Guarded, bomb, decompressed

Position = Callable[[], int]
TAR_BLOCK = 512  # bytes

# what zipfile raises for versions and compressions that it does not know, and for changed bytes
_STRANGE_TO_ZIPFILE = (NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Member:
    """`share` is the part of the archive's bytes on disk that a progress bar counts for it."""

    name: str
    size: int
    share: int


class Archive(Protocol):
    """`any_order` is whether members can be read in any order at the same cost."""

    members: dict[str, Member]
    any_order: bool

    def opened(self, name: str) -> Any:
        """A context manager of (the member's bytes, how much of its share was read)."""

    def keep(self, names: Collection[str]) -> None:
        """Prepare for these members to be read out of order."""


def archive_kind(head: bytes) -> str:
    """zip, tar or "": by the (decompressed) first bytes."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    return "tar" if head[257:262] == b"ustar" else ""


def archive_at(path: Path) -> Archive:
    """The archive at a path; its directory is read once, while the file stays as it is."""
    found = path.stat()
    return _archive(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _archive(path: Path, size: int, changed: int) -> Archive:
    with path.open("rb") as raw:
        is_zip = archive_kind(raw.read(4)) == "zip"
    return Zip(path) if is_zip else Tar(path)


def _members(sizes: dict[str, int], on_disk: int, label: str) -> dict[str, Member]:
    if len(sizes) > MOST_MEMBERS:
        raise SourceError(label, expected=f"at most {MOST_MEMBERS:,} files in an archive", found=f"{len(sizes):,}")
    total = sum(sizes.values())
    return {name: Member(name, size, on_disk * size // max(1, total)) for name, size in sizes.items()}


class Zip:
    """A zip archive. Raises SourceError for encrypted members, overlapping ones, and such as grow like bombs."""

    def __init__(self, path: Path) -> None:
        self._label, self.any_order = path.name, True
        try:
            self._zip = zipfile.ZipFile(path)
        except _STRANGE_TO_ZIPFILE as error:
            raise DamageError(str(error)) from error
        files = [info for info in self._zip.infolist() if not info.is_dir()]
        self._infos = {_zip_name(info): info for info in files}
        on_disk = path.stat().st_size
        self._refuse_bombs(files, on_disk)
        self.members = _members({name: info.file_size for name, info in self._infos.items()}, on_disk, self._label)

    def _refuse_bombs(self, files: list[zipfile.ZipInfo], on_disk: int) -> None:
        total = sum(info.file_size for info in files)
        if total > BOMB_FLOOR and total > BOMB_RATIO * on_disk:
            raise bomb(self._label, total, on_disk)
        end = 0
        for info in sorted(files, key=lambda info: info.header_offset):
            if info.header_offset < end:
                raise self._refused(_zip_name(info), "members that lie beside one another", "one that overlaps another")
            end = info.header_offset + info.compress_size

    def _refused(self, name: str, expected: str, found: str) -> SourceError:
        return SourceError(
            f"{self._label}/{name}",
            expected=expected,
            found=found,
            remedy="Unpack the archive with a tool that knows it, and name the folder.",
        )

    def keep(self, names: Collection[str]) -> None:
        """A zip has random access."""

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[IO[bytes], Position]]:
        info, member = self._infos[name], self.members[name]
        if info.flag_bits & 1:
            raise self._refused(name, "a member that is not encrypted", "one that needs a password")
        if info.file_size > BOMB_FLOOR and info.file_size > BOMB_RATIO * max(1, info.compress_size):
            raise bomb(f"{self._label}/{name}", info.file_size, info.compress_size)
        try:
            raw = self._zip.open(info)
        except _STRANGE_TO_ZIPFILE as error:
            raise self._refused(name, "a zip that Python can read", str(error)) from error
        with raw:
            yield _counted(raw, member, lambda: max(1, info.compress_size), f"{self._label}/{name}")


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag were read as cp437; those from a Chinese Windows are GBK."""
    name = info.filename
    for encoding in () if info.flag_bits & 0x800 else ("utf-8", "gb18030"):
        try:
            name = name.encode("cp437").decode(encoding)
            break
        except UnicodeError:
            continue
    return _slashed(name)


def _slashed(name: str) -> str:
    """`tar c .` writes ./a, and some packers on Windows use backslashes."""
    return name.replace("\\", "/").removeprefix("./")


def _counted(raw: Any, member: Member, eaten: Position, label: str) -> tuple[IO[bytes], Position]:
    guard = Guarded(raw, eaten, label)
    return io.BufferedReader(guard, BLOCK), lambda: member.share * guard.given // max(1, member.size)


class Tar:
    """A tar archive, compressed or not; a compressed one has no random access, so that its order is the cheap one.

    What was read up to one member is kept for the next: members in their order cost one pass together.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._label = path, path.name
        self._parked: _Reel | None = None
        self._kept: dict[str, bytes] = {}
        with closing(_Reel(path)) as reel:
            self._places = dict(_tar_places(reel))
            self.any_order = not reel.compressed
        sizes = {name: size for name, (_, size) in self._places.items()}
        self.members = _members(sizes, path.stat().st_size, self._label)

    def keep(self, names: Collection[str]) -> None:
        """Hold small members in memory that are wanted beside others: out of order each would cost a pass."""
        room = 0 if self.any_order else KEPT_MEMBERS
        for name, member in self.members.items():
            if name in names and member.size <= min(KEPT_MEMBER, room):
                room -= member.size
                with self.opened(name) as (stream, _):
                    self._kept[name] = stream.read()

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[IO[bytes], Position]]:
        if name in self._kept:
            yield io.BufferedReader(io.BytesIO(self._kept[name])), lambda: 0  # type: ignore[arg-type]
            return
        offset, size = self._places[name]
        reel = self._reel_before(offset)
        try:
            reel.forward(offset)
            yield _counted(_Part(reel, size), self.members[name], lambda: max(1, size), f"{self._label}/{name}")
        finally:
            self._park(reel)

    def _reel_before(self, offset: int) -> _Reel:
        parked, self._parked = self._parked, None
        if parked is not None and parked.reaches(offset):
            return parked
        if parked is not None:
            parked.close()
        return _Reel(self._path)

    def _park(self, reel: _Reel) -> None:
        if self._parked is not None:
            self._parked.close()
        self._parked = reel

    def __del__(self) -> None:
        if getattr(self, "_parked", None) is not None:
            self._parked.close()  # type: ignore[union-attr]


class _Reel:
    """The decompressed bytes of a file, which go forward only (unless it is not compressed at all)."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._stream = decompressed(self._raw, self._raw.tell, path.name)
        self.compressed = self._stream is not self._raw
        self.at = 0

    def reaches(self, offset: int) -> bool:
        return not self.compressed or self.at <= offset

    def read(self, count: int) -> bytes:
        piece = self._stream.read(count)
        self.at += len(piece)
        return piece

    def forward(self, offset: int) -> None:
        if not self.compressed:
            self.at = self._raw.seek(offset)
        while self.at < offset:
            if not self.read(min(BLOCK, offset - self.at)):
                raise DamageError("the archive ends before a member that it names")

    def close(self) -> None:
        self._stream.close()
        self._raw.close()


class _Part:
    """The next `size` bytes of a reel."""

    def __init__(self, reel: _Reel, size: int) -> None:
        self._reel, self._left = reel, size

    def read(self, count: int) -> bytes:
        piece = self._reel.read(min(count, self._left))
        if not piece and self._left:
            raise DamageError(f"the archive ends {self._left:,} bytes before the end of this member")
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """The reel is another's."""


def _tar_places(reel: _Reel) -> Iterator[tuple[str, tuple[int, int]]]:
    """(name, (offset, size)) of each file. A tar that lacks its end mark was cut, which tarfile does not say."""
    spool = _Spool(reel)
    with tarfile.open(fileobj=spool, mode="r:") as tar:  # type: ignore[call-overload]
        for info in tar:
            if info.isreg() and not info.issparse():
                yield _slashed(readable_name(info.name)), (info.offset_data, info.size)
            tar.members = []  # else it keeps every header
    if spool.last != bytes(TAR_BLOCK):
        raise DamageError("the archive ends without the mark of its end")


class _Spool:
    """What tarfile wants of a file, on top of a reel; `last` is what was read last."""

    def __init__(self, reel: _Reel) -> None:
        self._reel, self.last = reel, b""

    def tell(self) -> int:
        return self._reel.at

    def seek(self, offset: int) -> int:
        self._reel.forward(offset)
        return offset

    def read(self, count: int) -> bytes:
        self.last = self._reel.read(count)
        return self.last
