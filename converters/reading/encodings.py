"""In which encoding a text is, and how it becomes UTF-8: what cannot be decoded stays recognisably broken."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from typing import IO

from converters.contract import SourceError
from converters.reading.limits import BLOCK, HEAD

MOST_NULS = 1000  # bytes of text for each NUL that a text may hold
MOST_BROKEN = 20  # bytes of text for each that is not valid in it
_FOREIGN = {
    b"Rar!": "a rar archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an Office file",
}
UTF_8 = ("utf-8", "utf-8-sig")


def detect_encoding(head: bytes, label: str) -> str:
    """UTF-8 unless most lines say otherwise: one broken line among good ones must not turn a file into GBK.

    Text in GBK almost never decodes as UTF-8, whereas broken UTF-8 often decodes as GB18030 into nonsense.
    """
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for magic, kind in _FOREIGN.items():
        if head.startswith(magic):
            raise UnreadableError(label, kind)
    if head.count(b"\0") * MOST_NULS > len(head):
        raise UnreadableError(label, "bytes that are no text (NULs among them)")
    lines = [line for line in _whole_lines(head) if not line.isascii()]
    for encoding in ("utf-8", "gb18030"):
        if 2 * sum(_decodes(line, encoding) for line in lines) >= len(lines):
            return encoding
    # a file of one line, in which a byte is broken
    broken = {encoding: head.decode(encoding, _BROKEN).count("\udcff") for encoding in ("utf-8", "gb18030")}
    likelier = min(broken, key=lambda encoding: broken[encoding])
    if broken[likelier] * MOST_BROKEN > len(head):
        raise UnreadableError(label, "bytes that are neither UTF-8 nor GB18030")
    return likelier


class UnreadableError(SourceError):
    """Bytes that are no text: an error where a user named the file, and a file to pass over in a folder."""

    def __init__(self, label: str, found: str) -> None:
        super().__init__(
            label,
            expected="text in UTF-8, UTF-16 or GB18030, or Parquet, Arrow, zip or tar",
            found=found,
            remedy="Unpack or export it as text, or name its encoding with --encoding.",
        )

    def __reduce__(self) -> tuple[object, ...]:
        return UnreadableError, (self.where, self.found)


def known_encoding(encoding: str, label: str) -> str:
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # `rot13` and `base64` are codecs, but not of text
    except LookupError as error:
        raise SourceError(
            label,
            expected="--encoding auto, utf-8, gb18030, big5 or another name Python knows",
            found=encoding,
        ) from error
    return name


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


def utf8_blocks(stream: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The text as UTF-8 without a byte order mark, piece by piece; pieces may end inside a character.

    UTF-8 passes unchecked, which costs nothing. In other encodings a byte that is not valid becomes a lone
    surrogate, so that in both cases the record that holds it does not decode, and can be rejected alone.
    """
    if encoding in UTF_8:
        first = stream.read(BLOCK)
        yield first.removeprefix(codecs.BOM_UTF8)
        while block := stream.read(BLOCK):
            yield block
        return
    decoder = codecs.getincrementaldecoder(encoding)(_BROKEN)
    while block := stream.read(BLOCK):
        yield decoder.decode(block).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")


def readable_name(name: str) -> str:
    """A file name that can be written: one that is not UTF-8 on disk is mostly GBK, from a Chinese Windows."""
    data = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8", "replace")


def decoded(text: bytes) -> str:
    """UTF-8 as text; what is not valid becomes lone surrogates, which no output can hold."""
    return text.decode("utf-8", "surrogateescape")


def _lone_surrogates(error: UnicodeError) -> tuple[str, int]:
    # surrogateescape refuses bytes below 128, which stand in broken GB18030 and UTF-16
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff" * (error.end - error.start), error.end


_BROKEN = "lone-surrogates"
codecs.register_error(_BROKEN, _lone_surrogates)
