"""A chunk of raw records -> columns of lines that only need to be written.

Pure, so that any number of workers, or another engine, gives the same.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from converters.contract import Context, Example, Format, Message, Outcome, Reject, Settings, Source, canonical
from converters.digests import digest64, packed64
from converters.readers import Record, bad_text

# What --strict stops at: the file is wrong, not merely a record that is unwanted.
MALFORMED = ("bad_encoding", "broken_json", "missing_columns")
RAW_SHOWN = 2000  # characters of a rejected record that are kept


@dataclass(slots=True)
class Columns:
    """The examples of one dataset from one chunk: the sequences are parallel, the dicts are sparse, by position.

    `records` are positions in the chunk, `numbers` those in the file; `same` and `documents` are packed digests.
    """

    lines: list[bytes] = field(default_factory=list)
    records: array[int] = field(default_factory=lambda: array("I"))
    numbers: array[int] = field(default_factory=lambda: array("Q"))
    same: bytearray = field(default_factory=bytearray)
    documents: bytearray = field(default_factory=bytearray)
    characters: array[int] = field(default_factory=lambda: array("I"))
    kinds: dict[int, str] = field(default_factory=dict)
    titles: dict[int, int] = field(default_factory=dict)
    links: dict[int, tuple[int, ...]] = field(default_factory=dict)
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)


class Refused(NamedTuple):
    """`line` is that of the file of rejects."""

    dataset: str
    record: int
    reason: str
    line: bytes


@dataclass(slots=True)
class Prepared:
    """`records` counts, for each dataset, the records that gave it an example or a reject."""

    kept: dict[str, Columns] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Job:
    """All that a worker must know; the source is found by name, because functions do not travel.

    `label` says which file it is, and `input` which of them all. `prefix`, when set, stands for the name of the source
    at the beginning of every dataset's name (`--name`).
    """

    source: str
    format: str
    label: str
    settings: Settings
    prefix: str = ""
    input: int = 0

    def named(self, dataset: str) -> str:
        return renamed(dataset, self.source, self.prefix)


def renamed(dataset: str, source: str, prefix: str) -> str:
    return prefix + dataset.removeprefix(source) if prefix and dataset.startswith(source) else dataset


def prepare(source: Source, shape: Format, job: Job, records: Iterable[Record]) -> Prepared:
    desk = _Desk(source, shape, job)
    for position, record in enumerate(records):
        desk.take(position, record)
    return desk.prepared


class _Desk:
    """What all records of a chunk have in common, and what has come of them so far."""

    def __init__(self, source: Source, shape: Format, job: Job) -> None:
        assert shape.convert is not None  # inputs.find_inputs chose a readable format
        self._source, self._shape, self._job = source, shape, job
        self._convert, self._accepts = shape.convert, shape.has_columns or shape.matches
        self._licence = shape.licence or source.licence
        self._names = {dataset: job.named(dataset) for dataset in source.fed_by(shape)}
        self.prepared = Prepared(records=Counter(dict.fromkeys(self._names.values(), 0)))

    def take(self, position: int, record: Record) -> None:
        try:
            outcomes = self._outcomes(record)
        except Exception as error:
            error.add_note(f"while converting {self._job.label}, record {record[0]}")
            raise
        names = [self._names.get(outcome.dataset, "") for outcome in outcomes]
        if not all(names) or not names:
            found = ", ".join(outcome.dataset for outcome in outcomes) or "none"
            raise RuntimeError(
                f"{self._job.label}, record {record[0]}: expected outcomes for {', '.join(self._names)}; found {found}"
            )
        for name in names if len(names) == 1 else set(names):
            self.prepared.records[name] += 1
        for name, outcome in zip(names, outcomes, strict=True):
            if isinstance(outcome, Reject):
                self._refuse(name, position, record, outcome)
            else:
                self._keep(name, position, record[0], outcome)

    def _outcomes(self, record: Record) -> Sequence[Outcome]:
        number, value, _, key, parsed = record
        if not parsed:
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError as error:
                return self._unread("broken_json" if _is_utf8(value) else "bad_encoding", str(error))
        elif bad_text(value):
            return self._unread("bad_encoding", "bytes that are not in the file's encoding")
        if not self._accepts(value):
            return self._unread("missing_columns", _columns(self._shape, value))
        return self._convert(value, Context(self._job.settings, self._job.label, number, key))

    def _unread(self, reason: str, detail: str) -> list[Reject]:
        """A record that cannot be read is missed in every dataset that its format feeds."""
        return [Reject(name, reason, detail) for name in self._names]

    def _refuse(self, name: str, position: int, record: Record, reject: Reject) -> None:
        line = reject_line(self._job.label, record[0], record[1], reject.reason, reject.detail)
        self.prepared.refused.append(Refused(name, position, reject.reason, line))

    def _keep(self, name: str, position: int, number: int, example: Example) -> None:
        columns = self.prepared.kept.get(name)
        if columns is None:
            columns = self.prepared.kept[name] = Columns()
        messages = canonical(example.messages)
        identity = packed64(messages)
        columns.lines.append(self._line(name, number, example, messages, identity))
        columns.records.append(position)
        columns.numbers.append(number)
        columns.same += packed64(_compared(example, messages)) if _is_special(example) else identity
        columns.documents += packed64(example.document.encode())
        columns.characters.append(example.answer_characters)
        if example.kind or example.title_key or example.linked or example.notes:
            _add_sparse(columns, len(columns.lines) - 1, example)

    def _line(self, name: str, number: int, example: Example, messages: bytes, identity: bytes) -> bytes:
        """One line of output: the messages as they were hashed, then where they come from."""
        meta = {
            "file": self._job.label,
            "record": str(number),
            "document": example.document,
            "licence": example.licence or self._licence,
            "attribution": example.attribution,
            "author": example.author,
            "title": example.title,
            "section": example.section,
            "original": example.original,
            "kind": example.kind,
            "template": example.template,
        }
        rest = {"id": f"{name}:{identity.hex()}", "source": self._source.name, **example.extra, "meta": meta}
        if example.chosen is not None or example.rejected is not None:
            rest = {**_preference(example), **rest}
        return b"".join((b'{"messages":', messages, b",", orjson.dumps(rest)[1:], b"\n"))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _columns(shape: Format, value: Any) -> str:
    found = ", ".join(map(str, value)) if isinstance(value, dict) else str(value)
    return f"expected {shape.description}; found {found[:200] or 'nothing'}"


def _add_sparse(columns: Columns, at: int, example: Example) -> None:
    if example.kind:
        columns.kinds[at] = example.kind
    if example.title_key:
        columns.titles[at] = digest64(example.title_key.encode())
    if example.linked:
        columns.links[at] = tuple(digest64(text.encode()) for text in example.linked)
    if example.notes:
        columns.notes[at] = example.notes


def _is_special(example: Example) -> bool:
    """Whether another thing than the messages decides what is a duplicate."""
    return bool(example.same_as) or example.chosen is not None


def _compared(example: Example, messages: bytes) -> bytes:
    if example.same_as:
        return example.same_as.encode()
    answers = [message for message in (example.chosen, example.rejected) if message is not None]
    return messages + canonical(answers)


def _preference(example: Example) -> dict[str, dict[str, str]]:
    pair = {"chosen": example.chosen, "rejected": example.rejected}
    return {name: _message(message) for name, message in pair.items() if message is not None}


def _message(message: Message) -> dict[str, str]:
    return {"role": message.role, "content": message.content}


def reject_line(label: str, number: int | str, raw: Any, reason: str, detail: str) -> bytes:
    line = {"file": label, "record": str(number), "reason": reason, "detail": detail, "raw": shown(raw)[:RAW_SHOWN]}
    return orjson.dumps({name: _valid(text) for name, text in line.items()}) + b"\n"


def shown(raw: Any) -> str:
    """A raw record as text, whatever the container gave."""
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "backslashreplace")
    if isinstance(raw, str):
        return raw
    try:
        return orjson.dumps(raw, default=str).decode()
    except TypeError:  # lone surrogates, where bytes were not in the encoding; or numbers that only Python has
        return str(raw)


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
