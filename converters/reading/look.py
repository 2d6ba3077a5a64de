"""What the head of a file shows: its encoding, and how it may be divided into records, with the first of each."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import IO, Any, AnyStr, Literal, NamedTuple, get_args

import orjson

from converters.reading import arrow, json_values, tables
from converters.reading.archives import archive_kind
from converters.reading.encodings import UnreadableError, decoded, detect_encoding, known_encoding, utf8_blocks
from converters.reading.limits import HEAD, LONGEST_VALUE, SAMPLES
from converters.reading.lines import text_blocks
from converters.reading.places import Place, opened, told_of_damage

Layout = Literal[
    "json_lines",
    "json_values",
    "json_members",
    "csv",
    "tsv",
    "tsv_quoted",
    "parquet",
    "arrow",
    "arrow_stream",
    "line",
    "block",
    "document",
    "aligned",
    "stream",
]


SPLITS = {"train", "training", "valid", "validation", "dev", "test"}


class Reading(NamedTuple):
    """One way to divide a file into records, and the first records of it."""

    layout: Layout
    samples: tuple[Any, ...]


@dataclass(frozen=True)
class Look:
    """`head` are the first decompressed bytes. Where they are no text, `encoding` is "" and `unreadable` says why."""

    place: Place
    label: str
    head: bytes
    complete: bool
    encoding: str = ""
    guessed: bool = False
    records: tuple[Reading, ...] = ()
    unreadable: str = ""

    @property
    def is_json(self) -> bool:
        return any(reading.layout.startswith("json") for reading in self.records)

    @cached_property
    def text(self) -> str:
        return head_text(self.head, self.encoding) if self.encoding else ""

    @property
    def is_table(self) -> bool:
        """Parquet or Arrow."""
        return any(reading.layout in get_args(arrow.Layout) for reading in self.records)

    @cached_property
    def corresponding(self) -> str:
        """What is laid beside another file: the text, or the first rows of a table as lines."""
        return "\n".join(arrow.as_lines(self.records[0].samples)) if self.is_table else self.text

    @cached_property
    def lines(self) -> Reading:
        lines = (line for line in _whole(self.text.split("\n"), self.complete) if line.strip())
        return Reading("line", tuple(islice(lines, SAMPLES)))

    @cached_property
    def blocks(self) -> Reading:
        return Reading("block", tuple(islice(text_blocks(self.text.split("\n")), SAMPLES)))

    @property
    def first(self) -> Any:
        """What an error message shows as the first record."""
        tables = () if self.encoding and not self.is_json else self.records
        samples = next((reading.samples for reading in tables if reading.samples), self.lines.samples)
        return samples[0] if samples else "nothing that parses"


def look(place: Place, label: str, encoding: str = "auto") -> Look | None:
    """What is seen of a file, or None if it holds nothing but white space. Raises SourceError for a damaged one."""
    with told_of_damage(lambda: label), opened(place, label) as source:
        head = source.stream.read(HEAD)
        complete = len(head) < HEAD
        if not head.strip().strip(codecs.BOM_UTF8).strip():
            return None
        layout = arrow.arrow_layout(head)
        if layout:
            return Look(place, label, head, complete, records=(_first_rows(place, label, layout),))
        if archive_kind(head):
            return Look(
                place, label, head, complete, unreadable="an Office document, or an archive that is empty or in another"
            )
        try:
            name = detect_encoding(head, label) if encoding == "auto" else known_encoding(encoding, label)
        except UnreadableError as error:
            return Look(place, label, head, complete, unreadable=error.found)
        records = _records(head, complete, name, source.stream)
        return Look(place, label, head, complete, name, encoding == "auto", records)


def first_rows_as_lines(place: Place, label: str, layout: arrow.Layout) -> str:
    return "\n".join(arrow.as_lines(_first_rows(place, label, layout).samples))


def head_text(head: bytes, encoding: str) -> str:
    return decoded(_utf8(head, encoding)).replace("\r\n", "\n")


def _utf8(head: bytes, encoding: str) -> bytes:
    return b"".join(utf8_blocks(io.BytesIO(head), encoding))


def _first_rows(place: Place, label: str, layout: arrow.Layout) -> Reading:
    with opened(place, label) as source:
        return Reading(layout, tuple(islice(arrow.rows(source.stream, layout), SAMPLES)))


def _records(head: bytes, complete: bool, encoding: str, rest: IO[bytes]) -> tuple[Reading, ...]:
    utf8 = _utf8(head, encoding)
    lines = _json_lines(utf8, complete)
    if lines:
        return (lines,)
    found = _array_readings(utf8)
    if not found and utf8.lstrip()[:1] in (b"[", b"{"):
        # only its end tells one large record from an object of many; and an element may be larger than a head
        found = _value_readings(_utf8(head + rest.read(LONGEST_VALUE - len(head)), encoding))
    return found or tuple(_table_readings(decoded(utf8).replace("\r\n", "\n").split("\n"), complete))


def _json_lines(utf8: bytes, complete: bool) -> Reading | None:
    """At least half of the lines are objects (or lists), and there is more than one: a single one is a JSON value."""
    lines = [line for line in _whole(utf8.split(b"\n"), complete) if line.strip()][:SAMPLES]
    parsed = tuple(value for value in map(_parsed, lines) if isinstance(value, dict | list))
    if 2 * len(parsed) < len(lines) or (len(lines) < 2 and complete):
        return None
    return Reading("json_lines", parsed) if parsed else None


def _array_readings(utf8: bytes) -> tuple[Reading, ...]:
    is_array = utf8.lstrip()[:1] == b"["
    return _readings("json_values", json_values.values([utf8])) if is_array else ()


def _value_readings(utf8: bytes) -> tuple[Reading, ...]:
    """One object is one record or holds many, which the formats decide; or it is the first of several."""
    if utf8.lstrip()[:1] == b"[":
        return _array_readings(utf8)
    members = _readings("json_members", json_values.members([utf8]))
    whole = _parsed(utf8)
    if not isinstance(whole, dict):
        return _readings("json_values", json_values.values([utf8])) or members
    one = Reading("json_values", (whole,))
    if {type(value) for value in whole.values()} not in ({dict}, {list}):
        return (one,)
    return (*members, one) if _seems_many(whole) else (one, *members)


def _seems_many(whole: Mapping[str, Any]) -> bool:
    """What comes first where a format takes both: objects that have a column in common, or lists named as splits."""
    values = list(whole.values())
    if isinstance(values[0], dict):
        return len(values) > 1 and bool(set(values[0]).intersection(*values[1:SAMPLES]))
    return whole.keys() <= SPLITS


def _readings(layout: Layout, found: Iterable[json_values.Value]) -> tuple[Reading, ...]:
    """The values that parse; none if most do not, or if a text merely begins like JSON: `[1] a footnote`."""
    parsed = [_parsed(value.raw) for value in islice(found, SAMPLES)]
    samples = tuple(value for value in parsed if value is not None)
    fewest = len(parsed) / 2 if any(isinstance(value, dict | list) for value in samples) else len(parsed)
    return (Reading(layout, samples),) if samples and len(samples) >= fewest else ()


def _parsed(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _table_readings(lines: Sequence[str], complete: bool) -> Iterator[Reading]:
    header = next((line for line in lines if line.strip()), "")
    lines = _whole(lines, complete)
    if "\t" in header:
        layout = tables.tsv_layout(lines[: 2 * SAMPLES])
        yield Reading(layout, tuple(islice(tables.rows(lines, layout), SAMPLES)))
    if "," in header or header.strip().isidentifier():
        yield Reading("csv", tuple(islice(tables.rows(lines, "csv"), SAMPLES)))


def _whole(lines: Sequence[AnyStr], complete: bool) -> Sequence[AnyStr]:
    """Without the last line, if it may go on beyond the head."""
    return lines if complete or len(lines) < 2 else lines[:-1]
