"""How UTF-8 pieces become lines and blocks of lines. Only a line feed ends one: U+2028 and U+0085 stand inside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converters.reading.encodings import decoded
from converters.reading.limits import LONGEST_VALUE
from converters.reading.streams import DamageError


def byte_lines(pieces: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The lines, without their breaks, as many at a time as a piece holds; blank ones are among them.

    Raises DamageError for a line that is longer than memory should hold.
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        lines = piece.split(b"\n")
        held.append(lines[0])
        size += len(lines[0])
        if len(lines) > 1:
            lines[0] = b"".join(held)
            held = [lines.pop()]
            size = len(held[0])
            yield _without_returns(lines)
        elif size > LONGEST_VALUE:
            raise _too_long()
    last = b"".join(held)
    if last:
        yield _without_returns([last])


def _without_returns(lines: list[bytes]) -> list[bytes]:
    # most files have none, and none in the first line is a good sign of that
    if lines[0].endswith(b"\r") or any(line.endswith(b"\r") for line in lines):
        return [line.rstrip(b"\r") for line in lines]
    return lines


def _too_long() -> DamageError:
    return DamageError(
        "a longer one",
        expected=f"lines of at most {LONGEST_VALUE:,} bytes",
        remedy="Is it one JSON value without line breaks that was cut, or no text at all?",
    )


def text_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    for lines in byte_lines(pieces):
        yield from map(decoded, lines)


def text_blocks(lines: Iterable[str]) -> Iterator[str]:
    """The lines between two blank ones, as one text."""
    held: list[str] = []
    size = 0
    for line in lines:
        if line.strip():
            held.append(line)
            size += len(line)
        if held and (not line.strip() or size > LONGEST_VALUE):
            yield "\n".join(held)
            held, size = [], 0
    if held:
        yield "\n".join(held)
