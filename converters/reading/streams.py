"""How compressed bytes are read: gzip, bzip2, xz and zstandard, by their first bytes, with a guard against bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from typing import IO, Any

from converters.contract import SourceError
from converters.reading.limits import BLOCK, BOMB_FLOOR, BOMB_RATIO, MOST_LAYERS

CUT = "The download was probably cut: fetch the file again (or check its permissions). Nothing was replaced."


class DamageError(Exception):
    """Bytes that cannot be what they claim to be; `told_of_damage` adds where."""

    def __init__(self, found: str, *, expected: str = "a file that can be read to its end", remedy: str = CUT) -> None:
        super().__init__(found)
        self.expected, self.remedy = expected, remedy


def decompressed(raw: IO[bytes], eaten: Callable[[], int], label: str) -> IO[bytes]:
    """The bytes under all compression. `eaten` says how many compressed bytes were read: what a bomb is measured by."""
    stream = raw
    for _ in range(MOST_LAYERS + 1):
        unpack = _unpacker(stream.peek(6)[:6])  # type: ignore[attr-defined]  # every stream here is buffered
        if unpack is None:
            return stream
        stream = io.BufferedReader(Guarded(unpack(stream), eaten, label), BLOCK)
    raise SourceError(
        label,
        expected=f"at most {MOST_LAYERS} layers of compression",
        found="more",
        remedy="Unpack the file and name what was inside.",
    )


def _unpacker(magic: bytes) -> Callable[[Any], Any] | None:
    if magic.startswith(b"\x1f\x8b"):
        return lambda stream: gzip.GzipFile(fileobj=stream)
    if magic.startswith(b"BZh"):
        return bz2.BZ2File
    if magic.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstandard
    return None


def _zstandard(stream: IO[bytes]) -> Any:
    # pyarrow is there with `datasets`, reads frame after frame and, unlike others, says when the last one is cut
    import pyarrow

    return pyarrow.CompressedInputStream(pyarrow.PythonFile(stream, mode="r"), "zstd")


class Guarded(io.RawIOBase):
    """Passes bytes on, counts them, and stops when they are too many for what they came from.

    An error comes only after the bytes before it were delivered, so that the last good record is known.
    """

    def __init__(self, source: Any, eaten: Callable[[], int], label: str) -> None:
        self._source, self._eaten, self._label = source, eaten, label
        self._error: Exception | None = None
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._error is not None:
            raise self._error
        view, done = memoryview(buffer), 0
        while done < len(view):
            try:
                piece = self._source.read(len(view) - done)
            except Exception as error:
                if not done:
                    raise
                self._error = error
                break
            if not piece:
                break
            view[done : done + len(piece)] = piece
            done += len(piece)
        self.given += done
        self._refuse_bombs()
        return done

    def _refuse_bombs(self) -> None:
        if self.given > BOMB_FLOOR and self.given > BOMB_RATIO * max(1, self._eaten()):
            raise bomb(self._label, self.given, self._eaten())

    def close(self) -> None:
        if not self.closed:
            self._error = None  # it holds the frames that hold this
            self._source.close()
        super().close()


def bomb(where: str, grown: int, packed: int) -> SourceError:
    return SourceError(
        where,
        expected=f"data that grow at most {BOMB_RATIO} times when they are unpacked",
        found=f"{grown:,} bytes out of {packed:,}: a decompression bomb, or a file of one repeated text",
        remedy="If you trust the file, unpack it and name what was inside.",
    )
