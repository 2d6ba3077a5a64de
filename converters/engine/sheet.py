"""The examples of one dataset from one chunk, set into the lines of its file, with the numbers that decide about them.

A line is `{"messages": …, "id": …, "source": …, "meta": …}`, where preference data add `chosen` and `rejected`, and a
dataset its `extra` keys. It is put together from parts that were JSON before: what is the same in every line of a chunk
is written once, the messages are hashed as they stand there, and of ten records nine differ from the one before only in
their number and document.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import orjson

from converters.contract import META_KEYS, Example, T, canonical
from converters.digests import digest64, packed64

_BEGINNING = b'{"messages":'
_FILE = b',"meta":{"file":'
ABOUT = META_KEYS[3:]  # what stands in meta after file, record and document


@dataclass(slots=True)
class Columns:
    """Examples in columns: the sequences are parallel, the dicts are sparse, by position.

    `text` are the lines, and `ends` where each of them ends in it. `file` is the one that they are from; `records` are
    positions in the chunk, `numbers` those in the file; `same` and `documents` are packed digests. `sources` says
    where in the first message a source text begins and ends: the text itself would travel twice.
    """

    text: bytes = b""
    ends: array[int] = field(default_factory=lambda: array("Q"))
    records: array[int] = field(default_factory=lambda: array("I"))
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    same: bytearray = field(default_factory=bytearray)
    documents: bytearray = field(default_factory=bytearray)
    characters: array[int] = field(default_factory=lambda: array("I"))
    kinds: dict[int, str] = field(default_factory=dict)
    titles: dict[int, int] = field(default_factory=dict)
    links: dict[int, tuple[int, ...]] = field(default_factory=dict)
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)
    sources: dict[int, tuple[int, int]] = field(default_factory=dict)
    file: str = ""

    def __len__(self) -> int:
        return len(self.ends)

    def start(self, at: int) -> int:
        return self.ends[at - 1] if at else 0

    def line(self, at: int) -> bytes:
        return self.text[self.start(at) : self.ends[at]]

    def held_out_line(self, at: int) -> bytes:
        """The line with the key `source_text`, where the example names one."""
        line = self.line(at)
        if at not in self.sources:
            return line
        start, end = self.sources[at]
        text = orjson.dumps({"source_text": orjson.loads(self.messages(at))[0]["content"][start:end]})
        # a quotation mark within a text is escaped, so that this is never one
        meta = line.index(_FILE)
        return b"".join((line[:meta], b",", text[1:-1], line[meta:]))

    def messages(self, at: int) -> bytes:
        """As they stand in the line; a quotation mark within a text is escaped, so the first such end is theirs."""
        line = self.line(at)
        return line[len(_BEGINNING) : line.index(b'],"') + 1]

    @property
    def lines(self) -> list[bytes]:
        return [self.line(at) for at in range(len(self))]

    def between(self, apart: Sequence[int]) -> Iterator[memoryview]:
        """The text of all lines but those apart, which are in order, in pieces."""
        text, start = memoryview(self.text), 0
        for at in apart:
            yield text[start : self.start(at)]
            start = self.ends[at]
        yield text[start:]

    def only(self, places: Sequence[int]) -> Columns:
        """The examples at these places, which are in order."""
        if len(places) == len(self):
            return self
        lines, rank = [self.line(at) for at in places], {at: new for new, at in enumerate(places)}
        return Columns(
            text=b"".join(lines),
            ends=array("Q", accumulate(map(len, lines))),
            records=array("I", [self.records[at] for at in places]),
            numbers=array("Q", [self.numbers[at] for at in places]),
            same=bytearray(b"".join([self.same[8 * at : 8 * at + 8] for at in places])),
            documents=bytearray(b"".join([self.documents[8 * at : 8 * at + 8] for at in places])),
            characters=array("I", [self.characters[at] for at in places]),
            kinds=_at(rank, self.kinds),
            titles=_at(rank, self.titles),
            links=_at(rank, self.links),
            notes=_at(rank, self.notes),
            sources=_at(rank, self.sources),
            file=self.file,
        )


def _at(rank: Mapping[int, int], known: Mapping[int, T]) -> dict[int, T]:
    return {rank[at]: value for at, value in known.items() if at in rank}


class Sheet:
    """`licence` is that of the records that name none."""

    def __init__(self, dataset: str, *, source: str, file: str, licence: str) -> None:
        self._columns, self._lines = Columns(file=file), list[bytes]()
        self._licence = licence
        self._identity = b',"id":' + orjson.dumps(dataset)[:-1] + b":"
        self._source = b'","source":' + orjson.dumps(source)
        self._file = _FILE + orjson.dumps(file) + b',"record":"'
        self._about: tuple[str, ...] = ()
        self._end = b""

    def columns(self) -> Columns:
        self._columns.text = b"".join(self._lines)
        self._columns.ends = array("Q", accumulate(map(len, self._lines)))
        return self._columns

    def add(self, position: int, number: int, example: Example) -> None:
        columns = self._columns
        turns, characters = [], 0
        for message in example.messages:
            role, content = message.role, message.content
            turns.append({"role": role, "content": content})
            if role == "assistant":
                characters += len(content)
        messages = orjson.dumps(turns)  # as contract.canonical has it
        same = packed64(messages)
        self._lines.append(self._line(number, example, messages, same))
        columns.records.append(position)
        columns.numbers.append(number)
        if example.same_as or example.chosen is not None:
            same = packed64(_compared(example, messages))
        columns.same += same
        columns.documents += packed64(example.document.encode())
        columns.characters.append(characters)
        if example.kind or example.title_key or example.linked or example.notes:
            _add_sparse(columns, len(self._lines) - 1, example)
        if example.source_text:
            start = example.messages[0].content.index(example.source_text)
            columns.sources[len(self._lines) - 1] = start, start + len(example.source_text)

    def _line(self, number: int, example: Example, messages: bytes, same: bytes) -> bytes:
        about = (
            example.licence or self._licence,
            example.attribution,
            example.author,
            example.title,
            example.section,
            example.original,
            example.kind,
            example.template,
        )
        if about != self._about:
            self._about = about
            self._end = b"," + orjson.dumps(dict(zip(ABOUT, about, strict=True)))[1:] + b"}\n"
        return b"".join(
            (
                _BEGINNING,
                messages,
                b"" if example.chosen is None else _preference(example),
                self._identity,
                same.hex().encode(),
                self._source,
                b"," + orjson.dumps(example.extra)[1:-1] if example.extra else b"",
                self._file,
                str(number).encode(),
                b'","document":',
                orjson.dumps(example.document),
                self._end,
            )
        )


def _preference(example: Example) -> bytes:
    ends = {"chosen": example.chosen, "rejected": example.rejected}
    told = {name: {"role": end.role, "content": end.content} for name, end in ends.items() if end is not None}
    return b"," + orjson.dumps(told)[1:-1]


def _compared(example: Example, messages: bytes) -> bytes:
    """What no two examples may share: the messages, with the answers to choose from, unless `same_as` is set."""
    if example.same_as:
        return example.same_as.encode()
    ends = [message for message in (example.chosen, example.rejected) if message is not None]
    return messages + canonical(ends)


def _add_sparse(columns: Columns, at: int, example: Example) -> None:
    if example.kind:
        columns.kinds[at] = example.kind
    if example.title_key:
        columns.titles[at] = digest64(example.title_key.encode())
    if example.linked:
        columns.links[at] = tuple(digest64(text.encode()) for text in example.linked)
    if example.notes:
        columns.notes[at] = example.notes
