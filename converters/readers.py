"""How a file that a user brought becomes numbered records of raw text, whatever its compression, encoding and layout.

Parses nothing but the borders between records: what a record means is the business of `converters.sources`.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import orjson

from converters.contract import SourceError

HEAD = 1 << 20  # bytes looked at to recognise encoding and layout
BLOCK = 1 << 20  # characters read at a time from a JSON array
SAMPLES = 20  # records looked at to recognise a format
LONGEST_VALUE = 16 << 20  # characters; a JSON value that does not end within this is broken

Layout = Literal["lines", "values"]
Container = Literal["json", "text"]


class Record(NamedTuple):
    """`number` counts from 1: the line of a line file, the element of an array. `position` is bytes on disk so far."""

    number: int
    raw: str
    position: int


@dataclass(frozen=True)
class Shape:
    """What the head of a file shows: how to decode it, how records are divided, and a few of them."""

    encoding: str
    container: Container
    layout: Layout
    samples: tuple[Any, ...]
    guessed: bool = False


def look(path: Path, label: str, encoding: str = "auto") -> Shape | None:
    """The shape of a file, or None if it holds nothing but white space."""
    head = _head(path, label)
    if not head.strip().strip(codecs.BOM_UTF8).strip():
        return None
    known = encoding != "auto"
    encoding = _known_encoding(encoding, label) if known else detect_encoding(head, label)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    complete = len(head) < HEAD
    container, layout, samples = _layout(text, complete)
    return Shape(encoding, container, layout, samples, guessed=not known)


def _layout(text: str, complete: bool) -> tuple[Container, Layout, tuple[Any, ...]]:
    lines = _lines(text, complete)
    first = text.lstrip()[:1]
    objects = tuple(value for value in map(_parsed, lines) if isinstance(value, dict))
    # an array with one element a line has lines that parse, too: the bracket decides
    if objects and first != "[":
        return "json", "lines", objects
    if first in ("[", "{"):
        head = (_parsed(record.raw) for record in islice(_values(io.StringIO(text), lambda: 0), SAMPLES))
        values = tuple(value for value in head if value is not None)
        if values:
            return "json", "values", values
    return "text", "lines", tuple(lines)


def read(path: Path, label: str, *, encoding: str, layout: Layout) -> Iterator[Record]:
    """Every record of a file, in order; blank lines are no records. Memory does not grow with the file.

    A byte that the encoding does not know becomes a lone surrogate, so that the record can be rejected alone.
    """
    number = 0
    try:
        with _opened(path, label) as (raw, binary):
            stream = io.TextIOWrapper(binary, encoding=encoding, errors="surrogateescape", newline="\n")
            records = _line_records(stream, raw.tell) if layout == "lines" else _values(stream, raw.tell)
            for record in records:
                number = record.number
                yield record
    except (EOFError, OSError, zlib.error, _zstd_error()) as error:
        raise SourceError(
            f"{label}, after record {number}",
            expected="a file that can be read to its end",
            found=str(error) or type(error).__name__,
            remedy="The download was probably cut: fetch the file again. Nothing was replaced.",
        ) from error


def detect_encoding(head: bytes, label: str) -> str:
    """UTF-8 unless most lines say otherwise: one broken line among good ones must not turn a file into GBK.

    Text in GBK almost never decodes as UTF-8, whereas broken UTF-8 often decodes as GB18030 into nonsense.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise _unreadable(label, "bytes that are no text (a NUL among them)")
    lines = [line for line in _whole_lines(head) if not line.isascii()]
    for encoding in ("utf-8", "gb18030"):
        if 2 * sum(_decodes(line, encoding) for line in lines) >= len(lines):
            return encoding
    raise _unreadable(label, "bytes that are neither UTF-8 nor GB18030")


def _unreadable(label: str, found: str) -> SourceError:
    return SourceError(
        label,
        expected="text in UTF-8 or GB18030",
        found=found,
        remedy="Unpack or export it as text, or name its encoding with --encoding.",
    )


def _known_encoding(encoding: str, label: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise SourceError(
            label,
            expected="--encoding auto, utf-8, gb18030, big5 or another name Python knows",
            found=encoding,
        ) from error


def _whole_lines(head: bytes) -> list[bytes]:
    lines = head.split(b"\n")
    if len(head) >= HEAD and len(lines) > 1:
        return lines[:-1]
    return lines


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        # a head may end inside a character of its only line
        codecs.getincrementaldecoder(encoding)().decode(line, final=len(line) < HEAD)
    except UnicodeDecodeError:
        return False
    return True


def _lines(text: str, complete: bool) -> list[str]:
    lines = text.split("\n")
    if not complete and len(lines) > 1:
        lines.pop()
    return [line.rstrip("\r") for line in lines if line.strip()][:SAMPLES]


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text.encode("utf-8", "surrogatepass"))
    except orjson.JSONDecodeError:
        return None


def _line_records(stream: IO[str], position: Any) -> Iterator[Record]:
    # never str.splitlines: U+2028 and U+0085 stand inside records
    for number, line in enumerate(stream, start=1):
        if line.strip():
            yield Record(number, line.rstrip("\r\n"), position())


_SPACE = re.compile(r"[\s,]*")
_NEXT_OBJECT = re.compile(r"\}\s*,?\s*(?=\{)")


def _values(stream: IO[str], position: Any) -> Iterator[Record]:
    """The elements of a JSON array, or JSON values one after another, as slices of the text.

    After a broken element reading goes on at the next `}, {`; the text between is one broken record.
    """
    decoder = json.JSONDecoder()
    buffer, start, number, at_end, broken = stream.read(BLOCK), 0, 0, False, False
    in_array = buffer.lstrip()[:1] == "["
    if in_array:
        start = buffer.index("[") + 1
    while True:
        start = _SPACE.match(buffer, start).end()  # type: ignore[union-attr]  # the pattern matches ""
        if buffer[start : start + 1] == "]":
            return
        incomplete, broken, end = _next_value(decoder, buffer, start, broken)
        if incomplete and not at_end:
            block = stream.read(BLOCK)
            at_end = not block
            buffer, start = buffer[start:] + block, 0
            continue
        if end > start:
            number += 1
            yield Record(number, buffer[start:end].rstrip().rstrip(","), position())
        if end >= len(buffer) and at_end:
            if in_array and not broken:
                yield Record(number + 1, "(the file ends here: its array is not closed)", position())
            return
        start = end


def _next_value(decoder: json.JSONDecoder, buffer: str, start: int, broken: bool) -> tuple[bool, bool, int]:
    """(more text may complete it, it is broken, where it ends)."""
    if start == len(buffer):
        return True, broken, start
    try:
        end = decoder.raw_decode(buffer, start)[1]
    except json.JSONDecodeError as error:
        incomplete = len(buffer) - start < LONGEST_VALUE and _may_be_cut(error, len(buffer))
        return incomplete, True, _after_broken(buffer, start, error.pos)
    return end == len(buffer), False, end


def _may_be_cut(error: json.JSONDecodeError, length: int) -> bool:
    return error.pos >= length - 16 or error.msg.startswith(("Unterminated string", "Invalid \\"))


def _after_broken(buffer: str, start: int, broken_at: int) -> int:
    found = _NEXT_OBJECT.search(buffer, max(start, broken_at - 1))
    return found.end() if found else len(buffer)


def _head(path: Path, label: str) -> bytes:
    try:
        with _opened(path, label) as (_, binary):
            return binary.read(HEAD)
    except (EOFError, OSError, zlib.error, _zstd_error()) as error:
        raise SourceError(
            label,
            expected="a file that can be read",
            found=getattr(error, "strerror", None) or str(error) or type(error).__name__,
            remedy="Check the path and its permissions, or fetch the file again.",
        ) from error


@contextmanager
def _opened(path: Path, label: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """(the file on disk, its decompressed bytes); compression is recognised by its first bytes, not by its name."""
    with path.open("rb") as raw:
        magic = raw.read(6)
        raw.seek(0)
        with _decompressed(raw, magic, label) as binary:
            yield raw, binary


def _decompressed(raw: IO[bytes], magic: bytes, label: str) -> IO[bytes]:
    if magic.startswith(b"\x1f\x8b"):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw))
    if magic.startswith(b"BZh"):
        return io.BufferedReader(bz2.BZ2File(raw))
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd_reader(raw, label)
    if magic.startswith((b"PK\x03\x04", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")):
        raise _unreadable(label, "an archive (zip, xz, 7z or rar)")
    return raw


def _zstd_reader(raw: IO[bytes], label: str) -> IO[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise SourceError(
            label,
            expected="the package zstandard, which reads .zst files",
            found="an environment without it",
            remedy="pip install zstandard, or unpack the file with `zstd -d`.",
        ) from error
    reader: IO[bytes] = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return reader


def _zstd_error() -> type[Exception]:
    try:
        import zstandard
    except ImportError:
        return EOFError
    error: type[Exception] = zstandard.ZstdError
    return error
