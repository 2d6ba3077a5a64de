"""How a file that a user brought becomes numbered records, whatever its compression, encoding and layout.

Finds the borders between records and parses no JSON: what a record means is the business of `converters.sources`.
Memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from typing import IO, Any, cast

import orjson

from converters.contract import SourceError
from converters.reading import arrow, json_values, lines, tables
from converters.reading.aligned import aligned
from converters.reading.encodings import decoded, detect_encoding, utf8_blocks
from converters.reading.item import Input, Record
from converters.reading.limits import LONGEST_VALUE
from converters.reading.look import Layout
from converters.reading.places import Opened, Place, opened, told_of_damage
from converters.reading.streams import DamageError

__all__ = ["Input", "Record", "byte_lines", "read"]


def read(item: Input) -> Iterator[Record]:
    """Every record of a file, in order; blank lines are no records.

    A byte that is not valid in the file's encoding leaves its record undecodable (bytes that are no UTF-8, or a
    text with lone surrogates), so that it can be rejected alone. Raises SourceError, which names the file and the
    last good record, for a file that is cut or damaged.
    """
    number = 0
    with told_of_damage(lambda: _where(item, number)), opened(item.place, item.label) as source:
        for record in _READERS[item.layout](item, source):
            number = record.number
            yield record


def byte_lines(item: Input) -> Iterator[bytes]:
    """The lines of a file, without their breaks, blank ones included: for files that are JSON Lines in UTF-8."""
    number = 0
    with told_of_damage(lambda: _where(item, number)), opened(item.place, item.label) as source:
        for some in lines.byte_lines(utf8_blocks(source.stream, item.encoding)):
            yield from some
            number += len(some)


def bad_text(value: Any) -> bool:
    """Whether a parsed value holds a text that could not be decoded (and so cannot be written)."""
    if isinstance(value, str):
        return not value.isascii() and _has_surrogate(value)
    if isinstance(value, Mapping):
        return any(map(bad_text, value.keys())) or any(map(bad_text, value.values()))
    return isinstance(value, list | tuple) and any(map(bad_text, value))


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _where(item: Input, number: int) -> str:
    return f"{item.label}, after record {number}"


def _json_lines(item: Input, source: Opened) -> Iterator[Record]:
    number = 0
    for some in lines.byte_lines(utf8_blocks(source.stream, item.encoding)):
        position = source.position()
        for line in some:
            number += 1
            if line and not line.isspace():
                yield Record(number, line, position)


def _json_values(item: Input, source: Opened) -> Iterator[Record]:
    found = _VALUES[item.layout](utf8_blocks(source.stream, item.encoding))
    for number, value in enumerate(found, start=1):
        yield Record(number, value.raw, source.position(), _key(value.key))


_VALUES: Mapping[str, Callable[[Iterable[bytes]], Iterator[json_values.Value]]] = {
    "json_values": json_values.values,
    "json_members": json_values.members,
}


def _key(raw: bytes) -> str:
    try:
        return str(orjson.loads(b'"' + raw + b'"'))
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


def _table(item: Input, source: Opened) -> Iterator[Record]:
    return _parsed(tables.rows(_text_lines(item, source), cast(tables.Layout, item.layout)), source)


def _arrow(item: Input, source: Opened) -> Iterator[Record]:
    return _parsed(arrow.rows(source.stream, cast(arrow.Layout, item.layout)), source)


def _parsed(values: Iterable[Any], source: Opened) -> Iterator[Record]:
    for number, value in enumerate(values, start=1):
        yield Record(number, value, source.position(), parsed=True)


def _text_lines(item: Input, source: Opened) -> Iterator[str]:
    return lines.text_lines(utf8_blocks(source.stream, item.encoding))


def _lines(item: Input, source: Opened) -> Iterator[Record]:
    for number, line in enumerate(_text_lines(item, source), start=1):
        if line.strip():
            yield Record(number, line, source.position(), parsed=True)


def _blocks(item: Input, source: Opened) -> Iterator[Record]:
    return _parsed(lines.text_blocks(_text_lines(item, source)), source)


def _document(item: Input, source: Opened) -> Iterator[Record]:
    value = {"text": _whole_text(source.stream, item.encoding)}
    for role, place in item.companions.items():
        with _companion(item, place) as (stream, encoding):
            value[role] = _whole_text(stream, encoding)
    value |= dict.fromkeys(item.absent, "")
    yield Record(1, value, source.position(), parsed=True)


def _companion_lines(item: Input, place: Place) -> Generator[str, None, None]:
    # a generator of its own, so that damage is told of the file that has it
    with _companion(item, place) as (stream, encoding):
        yield from _corresponding(stream, encoding)


def _corresponding(stream: IO[bytes], encoding: str) -> Iterator[str]:
    layout = _table_layout(stream)
    if layout is not None:
        return arrow.as_lines(arrow.rows(stream, layout))
    return lines.text_lines(utf8_blocks(stream, encoding))


def _table_layout(stream: IO[bytes]) -> arrow.Layout | None:
    return arrow.arrow_layout(stream.peek(8)[:8])  # type: ignore[attr-defined]  # every stream here is buffered


@contextmanager
def _companion(item: Input, place: Place) -> Iterator[tuple[IO[bytes], str]]:
    name = str(place)
    with told_of_damage(lambda: name), opened(place, name) as source:
        head = source.stream.peek(1)  # type: ignore[attr-defined]  # every stream here is buffered
        yield source.stream, detect_encoding(head, name) if item.guessed else item.encoding


def _whole_text(stream: IO[bytes], encoding: str) -> str:
    pieces: list[bytes] = []
    size = 0
    for piece in utf8_blocks(stream, encoding):
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_VALUE:
            raise DamageError(
                "a longer one",
                expected=f"a document of at most {LONGEST_VALUE:,} bytes, for it is one record",
                remedy="Split it into chapters, or choose another --format.",
            )
    return decoded(b"".join(pieces)).replace("\r\n", "\n")


def _aligned(item: Input, source: Opened) -> Iterator[Record]:
    with ExitStack() as open_files:
        sides: dict[str, Iterable[str]] = {"text": _corresponding(source.stream, item.encoding)}
        names = {"text": item.label}
        for role, place in item.companions.items():
            names[role] = str(place)
            sides[role] = open_files.enter_context(closing(_companion_lines(item, place)))
        for number, value in aligned(sides, names):
            yield Record(number, value | _absent(item, value["text"]), source.position(), parsed=True)


def _absent(item: Input, text: Any) -> dict[str, Any]:
    return dict.fromkeys(item.absent, [""] * len(text) if isinstance(text, list) else "")


def _stream(item: Input, source: Opened) -> Iterator[Record]:
    assert item.format.records is not None  # recognition chose it by `begins`, which comes with `records`
    try:
        yield from _parsed(item.format.records(source.stream), source)
    except SourceError as error:
        if item.label in error.where:
            raise
        where = f"{item.label}, {error.where}" if error.where else item.label
        raise SourceError(where, expected=error.expected, found=error.found, remedy=error.remedy) from error


_READERS: Mapping[Layout, Callable[[Input, Opened], Iterator[Record]]] = {
    "json_lines": _json_lines,
    "json_values": _json_values,
    "json_members": _json_values,
    "csv": _table,
    "tsv": _table,
    "tsv_quoted": _table,
    "parquet": _arrow,
    "arrow": _arrow,
    "arrow_stream": _arrow,
    "line": _lines,
    "block": _blocks,
    "document": _document,
    "aligned": _aligned,
    "stream": _stream,
}
