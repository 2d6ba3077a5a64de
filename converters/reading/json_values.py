"""Where JSON values begin and end in a text: array elements, members of an object, values one after another.

Parses nothing: it follows brackets and strings, so that a value that is wrong inside is one broken record, and
reading goes on behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from converters.reading.limits import BLOCK, LONGEST_VALUE

INCOMPLETE, BROKEN = -1, -2

# a string holds no raw line break: in a pretty-printed file a missing quotation mark is noticed on its own line
_STRING = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_TO_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+', re.DOTALL)
_WHOLE_STRING = re.compile(_STRING, re.DOTALL)
_SCALAR = re.compile(rb"[^\s,:\[\]{}\"]++")
_GAP = re.compile(rb"[\s,]*+")
_COLON = re.compile(rb"\s*+:\s*+")
_NEXT_LINE = re.compile(rb"\n(?=[{\[])")


class Value(NamedTuple):
    """`key` is the key under which the value (or the list that it stands in) was found in an object, or ""."""

    key: bytes
    raw: bytes


def values(pieces: Iterable[bytes]) -> Iterator[Value]:
    """The elements of an array, or JSON values one after another."""
    text = _Text(pieces)
    while text.next_character():
        if text.byte == b"[":
            yield from _elements(text, b"")
        elif text.byte in (b"]", b"}"):
            text.start += 1  # what is left of a value that was broken
        else:
            yield Value(b"", _next_value(text, _NEXT_LINE))


def members(pieces: Iterable[bytes]) -> Iterator[Value]:
    """The values of an object; of a value that is a list, its elements."""
    text = _Text(pieces)
    while text.next_character():
        if text.byte == b"{":
            yield from _members(text)
        elif text.byte in (b"]", b"}"):
            text.start += 1
        else:
            yield Value(b"", _next_value(text, _NEXT_LINE))


class _Text:
    """A window over the text: `start` is where reading stands in `buffer`, `gap` what was passed over before.

    `torn` is whether the last value was broken.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.buffer, self.start, self.gap, self.torn = b"", 0, b"", False

    @property
    def byte(self) -> bytes:
        return self.buffer[self.start : self.start + 1]

    def more(self) -> bool:
        """Read as much again as is held, so that a long value is not looked through once for each piece."""
        held = [self.buffer[self.start :]]
        wanted = max(BLOCK, len(held[0]))
        while wanted > 0 and (piece := next(self._pieces, None)) is not None:
            held.append(piece)
            wanted -= len(piece)
        grown = len(held) > 1
        self.buffer, self.start = b"".join(held), 0
        return grown

    def next_character(self) -> bool:
        """Go to the next character that is neither space nor comma; False at the end of the text."""
        self.gap = b""
        while True:
            end = _GAP.match(self.buffer, self.start).end()  # type: ignore[union-attr]  # it matches b""
            self.gap += self.take(end)
            if self.start < len(self.buffer):
                return True
            if not self.more():
                return False

    def take(self, end: int) -> bytes:
        taken = self.buffer[self.start : end]
        self.start = end
        return taken


def _elements(text: _Text, key: bytes) -> Iterator[Value]:
    text.start += 1
    boundary: re.Pattern[bytes] | None = None
    while text.next_character():
        if text.byte == b"]":
            text.start += 1
            return
        boundary = boundary or _boundary(text)
        yield Value(key, _next_value(text, boundary))
    if not text.torn:
        yield Value(key, b"(the file ends here: its array is not closed)")


def _members(text: _Text) -> Iterator[Value]:
    text.start += 1
    boundary: re.Pattern[bytes] | None = None
    while text.next_character():
        if text.byte == b"}":
            text.start += 1
            return
        boundary = boundary or _boundary(text)
        key = _key(text)
        if key is None:
            yield Value(b"", _next_value(text, boundary))
        elif text.byte == b"[":
            yield from _elements(text, key)
        else:
            yield Value(key, _next_value(text, boundary))
    if not text.torn:
        yield Value(b"", b"(the file ends here: its object is not closed)")


def _boundary(text: _Text) -> re.Pattern[bytes]:
    """What stands between two elements, seen from the first: its line break and indentation, and how it begins."""
    first = rb"(?=" + re.escape(text.byte) + rb")"
    if b"\n" not in text.gap:
        return re.compile(rb"(?<=[}\]])\s*,\s*" + first)
    return re.compile(rb",?" + re.escape(text.gap) + first)


def _key(text: _Text) -> bytes | None:
    """The key before a value, as JSON text without its quotation marks; None if there is no key and colon."""
    while True:
        key = _WHOLE_STRING.match(text.buffer, text.start)
        colon = _COLON.match(text.buffer, key.end()) if key else None
        if key and colon and colon.end() < len(text.buffer):
            text.start = colon.end()
            return key.group()[1:-1]
        if len(text.buffer) - text.start > LONGEST_VALUE or not text.more():
            return None


def _next_value(text: _Text, boundary: re.Pattern[bytes]) -> bytes:
    """The text of the next value. One that does not end, or ends wrongly, reaches to the next boundary."""
    while True:
        end = _end_of_value(text.buffer, text.start)
        if end > text.start:
            text.torn = False
            return text.take(end)
        too_long = len(text.buffer) - text.start > LONGEST_VALUE
        if end == INCOMPLETE and not too_long and text.more():
            continue
        text.torn = True
        return _broken_value(text, boundary)


def _broken_value(text: _Text, boundary: re.Pattern[bytes]) -> bytes:
    while True:
        found = boundary.search(text.buffer, text.start + 1)
        if found:
            value = text.buffer[text.start : found.start()]
            text.start = found.end()
            return value
        if len(text.buffer) - text.start > LONGEST_VALUE or not text.more():
            return text.take(len(text.buffer))


def _end_of_value(buffer: bytes, start: int) -> int:
    first = buffer[start : start + 1]
    if first == b'"':
        whole = _WHOLE_STRING.match(buffer, start)
        return whole.end() if whole else _unfinished(buffer, start)
    if first not in (b"{", b"["):
        scalar = _SCALAR.match(buffer, start)
        if scalar is None:
            return BROKEN
        return scalar.end() if scalar.end() < len(buffer) else INCOMPLETE
    return _end_of_container(buffer, start)


def _end_of_container(buffer: bytes, start: int) -> int:
    closing = bytearray()
    while True:
        start = _TO_BRACKET.match(buffer, start).end()  # type: ignore[union-attr]  # it matches b""
        if start == len(buffer):
            return INCOMPLETE
        byte = buffer[start]
        if byte in b"{[":
            closing.append(byte + 2)  # as it happens, ] and } stand two after [ and {
        elif byte in b"}]":
            if closing.pop() != byte:
                return BROKEN
            if not closing:
                return start + 1
        else:
            return _unfinished(buffer, start)
        start += 1


def _unfinished(buffer: bytes, start: int) -> int:
    """A string without its end: broken if its line ends, else there may be more of it."""
    return BROKEN if buffer.find(b"\n", start) >= 0 else INCOMPLETE
