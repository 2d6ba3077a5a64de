"""Where the bytes of a file lie, on disk or inside an archive, and how they are opened: streamed, never unpacked."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from converters.contract import SourceError
from converters.reading.archives import Archive, archive_at
from converters.reading.limits import BLOCK, HEAD
from converters.reading.streams import CUT, DamageError, decompressed

# what reading damaged bytes can raise
DAMAGE = (
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True)
class Place:
    """A file on disk, or the `member` of the archive at `path`, or of the zip `within` that archive."""

    path: Path
    member: str = ""
    within: str = ""

    def __str__(self) -> str:
        """Enough of the path to find the file again, and nothing of the machine it lies on."""
        return f"{self.path.name}/{self.member}" if self.member else "/".join(self.path.parts[-2:])

    @cached_property
    def named(self) -> PurePosixPath:
        """What `Format.companions` is given: the whole path on disk, or the path inside the archive."""
        return PurePosixPath(self.member or self.path.absolute().as_posix())

    @property
    def exists(self) -> bool:
        return self.member in self._archive.members if self.member else self.path.is_file()

    @property
    def size(self) -> int:
        """Bytes on disk; of a member its share of the archive."""
        return self._archive.members[self.member].share if self.member else self.path.stat().st_size

    @property
    def _archive(self) -> Archive:
        return archive_at(self.path, self.within)

    def opened(self) -> AbstractContextManager[tuple[IO[bytes], Callable[[], int]]]:
        """The bytes as they lie there, and how many were read so far."""
        return self._archive.opened(self.member) if self.member else _file_opened(self.path)


class Opened(NamedTuple):
    """`position` says how many bytes on disk (of `Place.size`) were read so far."""

    stream: IO[bytes]
    position: Callable[[], int]


@contextmanager
def opened(place: Place, label: str) -> Iterator[Opened]:
    """The decompressed bytes of a place. Compression is recognised by its first bytes, not by a name."""
    with place.opened() as (raw, position), closing(decompressed(raw, position, label)) as stream:
        yield Opened(stream, position)


@contextmanager
def _file_opened(path: Path) -> Iterator[tuple[IO[bytes], Callable[[], int]]]:
    with path.open("rb", buffering=BLOCK) as raw:
        yield raw, raw.tell


def glance(place: Place, label: str) -> bytes:
    """The first bytes of a file, decompressed."""
    with told_of_damage(lambda: label), opened(place, label) as source:
        return source.stream.read(HEAD)


@contextmanager
def told_of_damage(where: Callable[[], str]) -> Iterator[None]:
    """Whatever broken bytes raise becomes a SourceError that names the file and how far it could be read."""
    try:
        yield
    except DamageError as error:
        raise SourceError(where(), expected=error.expected, found=str(error), remedy=error.remedy) from error
    except DAMAGE as error:
        found = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SourceError(where(), expected="a file that can be read to its end", found=found, remedy=CUT) from error
    except SourceError:
        raise
    except Exception as error:  # an error of ours: it travels on, and says where it happened
        error.add_note(f"while reading {where()}")
        raise
