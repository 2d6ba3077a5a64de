"""How an input goes to those who convert it: some records at a time, or a piece of JSON Lines as it is.

JSON Lines are cut at line breaks alone, so that whoever hands them out does next to nothing for each record; the
records in a piece are those that `readers.read` gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from converters.engine.prepare import Job, Row
from converters.reading.encodings import utf8_blocks
from converters.reading.inputs import Input
from converters.reading.limits import LONGEST_VALUE
from converters.reading.places import opened, told_of_damage
from converters.reading.readers import Record, read
from converters.reading.streams import DamageError

CHUNK_RECORDS = 1024
FEW_RECORDS = 64
CHUNK_SIZE = 1 << 20  # characters or bytes of raw text


@dataclass(slots=True)
class Chunk:
    """Records of one file. `last` is the number of the last one, `position` how many bytes on disk were read.

    JSON Lines are `text` until someone asks for the `records`; the line that it begins with has the number `first`.
    """

    job: Job
    last: int
    position: int
    text: bytes = b""
    first: int = 0
    _records: Sequence[Row] | None = None
    _lines: Sequence[bytes] | None = None

    @property
    def records(self) -> Sequence[Row]:
        if self._records is None:
            self._records = records_of(self.text, self.first, self.position)
        return self._records

    def raw(self, position: int, number: int) -> Any:
        """What the record at a position, which has this number, was read as."""
        if self._records is not None:
            return self._records[position][1]
        if self._lines is None:
            self._lines = self.text.split(b"\n")
        return self._lines[number - self.first].rstrip(b"\r")


def one_by_one(chunk: Chunk) -> Iterator[Chunk]:
    for record in chunk.records:
        yield Chunk(chunk.job, record[0], chunk.position, _records=[record])


def chunks(job: Job, item: Input, *, few: bool = False) -> Iterator[Chunk]:
    """`few` records at a time, where all that is read ahead may be for nothing."""
    if item.layout == "json_lines" and not few:
        return _pieces(job, item)
    return in_chunks(job, read(item), most=FEW_RECORDS if few else CHUNK_RECORDS)


def in_chunks(job: Job, records: Iterable[Record], *, most: int) -> Iterator[Chunk]:
    held: list[Record] = []
    size = 0
    for record in records:
        held.append(record)
        size += _size(record.raw)
        if len(held) >= most or size >= CHUNK_SIZE:
            yield Chunk(job, record.number, record.position, _records=held)
            held, size = [], 0
    if held:
        yield Chunk(job, held[-1].number, held[-1].position, _records=held)


def _size(raw: Any) -> int:
    if isinstance(raw, str | bytes):
        return len(raw)
    if isinstance(raw, dict):
        return sum(map(_size, raw.values()))
    return sum(map(_size, raw)) if isinstance(raw, list) else 8


def _pieces(job: Job, item: Input) -> Iterator[Chunk]:
    number = 0
    with (
        told_of_damage(lambda: f"{item.label}, after record {number}"),
        opened(item.place, item.label) as source,
    ):
        for text in whole_lines(utf8_blocks(source.stream, item.encoding)):
            first, number = number + 1, number + text.count(b"\n") + (not text.endswith(b"\n"))
            yield Chunk(job, number, source.position(), text, first)


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in pieces that end with a line, but for a last one without a line break."""
    held: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join([*held, piece[:end]])
            held = [piece[end:]]
            continue
        held.append(piece)
        if sum(map(len, held)) > LONGEST_VALUE:
            raise DamageError(
                "a longer one",
                expected=f"lines of at most {LONGEST_VALUE:,} bytes",
                remedy="Is it one JSON value without line breaks that was cut, or no text at all?",
            )
    last = b"".join(held)
    if last:
        yield last


def records_of(text: bytes, first: int, position: int) -> list[Row]:
    """The lines that are not blank, numbered from `first`."""
    lines = text.split(b"\n")
    if b"\r" in text:
        lines = [line.rstrip(b"\r") for line in lines]
    numbered = enumerate(lines, start=first)
    return [(number, line, position, "", False) for number, line in numbered if line and not line.isspace()]
