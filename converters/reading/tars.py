"""How a tar is read, compressed or not: found once, then streamed from where its members lie."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from converters.reading.encodings import readable_name
from converters.reading.limits import BLOCK, KEPT_MEMBER, KEPT_MEMBERS
from converters.reading.members import Position, counted, members_of, slashed
from converters.reading.streams import DamageError, decompressed

TAR_BLOCK = 512  # bytes


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
        self.members = members_of(sizes, path.stat().st_size, self._label)

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
            yield counted(_Part(reel, size), self.members[name], lambda: max(1, size), f"{self._label}/{name}")
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
                yield slashed(readable_name(info.name)), (info.offset_data, info.size)
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
