"""How a zip is read: by its directory, member by member, and refused where it is locked, a bomb, or torn."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import IO

from converters.contract import SourceError
from converters.reading.limits import BOMB_FLOOR, BOMB_RATIO
from converters.reading.members import Position, counted, members_of, slashed
from converters.reading.streams import DamageError, bomb

# what zipfile raises for versions and compressions that it does not know, and for changed bytes
_STRANGE_TO_ZIPFILE = (NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error)


class Zip:
    """A zip archive. Raises SourceError for encrypted members, overlapping ones, and such as grow like bombs."""

    def __init__(self, file: IO[bytes], label: str) -> None:
        self._file, self._label, self.any_order = file, label, True
        try:
            self._zip = zipfile.ZipFile(file)
        except _STRANGE_TO_ZIPFILE as error:
            raise DamageError(str(error)) from error
        files = [info for info in self._zip.infolist() if not info.is_dir()]
        self._infos = {_zip_name(info): info for info in files}
        on_disk = file.seek(0, io.SEEK_END)
        self._refuse_bombs(files, on_disk)
        self.members = members_of({name: info.file_size for name, info in self._infos.items()}, on_disk, self._label)

    def __del__(self) -> None:
        self._file.close()

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
            yield counted(raw, member, lambda: max(1, info.compress_size), f"{self._label}/{name}")


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Names without the UTF-8 flag were read as cp437; those from a Chinese Windows are GBK."""
    name = info.filename
    for encoding in () if info.flag_bits & 0x800 else ("utf-8", "gb18030"):
        try:
            name = name.encode("cp437").decode(encoding)
            break
        except UnicodeError:
            continue
    return slashed(name)
