"""A chunk of raw records -> columns of lines that only need to be written.

Pure, so that any number of workers, or another engine, gives the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from converters.contract import (
    Context,
    Example,
    Format,
    Message,
    Outcome,
    Reject,
    Settings,
    Source,
    canonical,
    example_id,
)
from converters.digests import digest64
from converters.readers import Record, bad_text

# What --strict stops at: the file is wrong, not merely a record that is unwanted.
MALFORMED = ("bad_encoding", "broken_json", "missing_columns")
RAW_SHOWN = 2000  # characters of a rejected record that are kept


@dataclass(slots=True)
class Columns:
    """The examples of one dataset from one chunk; the lists are parallel, the dicts are sparse, by position.

    `records` are positions in the chunk. `same`, `documents`, `titles` and `links` are 64-bit digests.
    """

    lines: list[bytes] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    titles: dict[int, int] = field(default_factory=dict)
    links: dict[int, tuple[int, ...]] = field(default_factory=dict)
    notes: dict[int, tuple[str, ...]] = field(default_factory=dict)


class Refused(NamedTuple):
    dataset: str
    record: int
    reason: str
    detail: str


@dataclass(slots=True)
class Prepared:
    """`records` counts, for each dataset, the records that gave it an example or a reject."""

    kept: dict[str, Columns] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    records: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Job:
    """All that a worker must know; the source is found by name, because functions do not travel.

    `prefix`, when set, stands for the name of the source at the beginning of every dataset's name (`--name`).
    """

    source: str
    format: str
    label: str
    settings: Settings
    prefix: str = ""

    def named(self, dataset: str) -> str:
        return renamed(dataset, self.source, self.prefix)


def renamed(dataset: str, source: str, prefix: str) -> str:
    return prefix + dataset.removeprefix(source) if prefix and dataset.startswith(source) else dataset


def prepare(source: Source, shape: Format, job: Job, records: Sequence[Record]) -> Prepared:
    prepared = Prepared()
    for position, record in enumerate(records):
        outcomes = _outcomes_of(source, shape, job, record)
        prepared.records.update({job.named(outcome.dataset) for outcome in outcomes})
        for outcome in outcomes:
            _add(prepared, source, shape, job, position, record, outcome)
    return prepared


def _outcomes_of(source: Source, shape: Format, job: Job, record: Record) -> Sequence[Outcome]:
    try:
        outcomes = _outcomes(source, shape, job, record)
    except Exception as error:
        error.add_note(f"while converting {job.label}, record {record.number}")
        raise
    unknown = {outcome.dataset for outcome in outcomes} - _names(source)
    if unknown or not outcomes:
        raise RuntimeError(
            f"{job.label}, record {record.number}: an outcome for a dataset of {source.name}, got {unknown}"
        )
    return outcomes


def _names(source: Source) -> frozenset[str]:
    return frozenset(dataset.name for dataset in source.datasets)


def _outcomes(source: Source, shape: Format, job: Job, record: Record) -> Sequence[Outcome]:
    assert shape.convert is not None  # inputs.find_inputs chose a readable format
    value: Any = record.raw
    if not record.parsed:
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            return refused(source, shape, "broken_json" if _is_utf8(value) else "bad_encoding", str(error))
    elif bad_text(value):
        return refused(source, shape, "bad_encoding", "bytes that are not in the file's encoding")
    if not shape.accepts(value):
        return refused(source, shape, "missing_columns", _columns(shape, value))
    return shape.convert(value, Context(job.settings, job.label, record.number, record.key))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def refused(source: Source, shape: Format, reason: str, detail: str) -> list[Outcome]:
    """A record that cannot be read is missed in every dataset that its format feeds."""
    return [Reject(name, reason, detail) for name in source.fed_by(shape)]


def _columns(shape: Format, value: Any) -> str:
    found = ", ".join(map(str, value)) if isinstance(value, dict) else str(value)
    return f"expected {shape.description}; found {found[:200] or 'nothing'}"


def _add(
    prepared: Prepared, source: Source, shape: Format, job: Job, position: int, record: Record, outcome: Outcome
) -> None:
    name = job.named(outcome.dataset)
    if isinstance(outcome, Reject):
        prepared.refused.append(Refused(name, position, outcome.reason, outcome.detail))
        return
    columns = prepared.kept.setdefault(name, Columns())
    at, messages = len(columns.lines), canonical(outcome.messages)
    licence = outcome.licence or shape.licence or source.licence
    columns.lines.append(example_line(name, source.name, job.label, record.number, licence, outcome, messages))
    columns.records.append(position)
    columns.same.append(digest64(outcome.same_as.encode() if outcome.same_as else _compared(outcome, messages)))
    columns.documents.append(digest64(outcome.document.encode()))
    columns.characters.append(outcome.answer_characters)
    _add_sparse(columns, at, outcome)


def _add_sparse(columns: Columns, at: int, example: Example) -> None:
    if example.kind:
        columns.kinds[at] = example.kind
    if example.title_key:
        columns.titles[at] = digest64(example.title_key.encode())
    if example.linked:
        columns.links[at] = tuple(digest64(text.encode()) for text in example.linked)
    if example.notes:
        columns.notes[at] = example.notes


def _compared(example: Example, messages: bytes) -> bytes:
    if example.chosen is None or example.rejected is None:
        return messages
    return messages + canonical([example.chosen, example.rejected])


def example_line(
    dataset: str, source: str, label: str, number: int, licence: str, example: Example, messages: bytes
) -> bytes:
    """One line of output: the messages as they were hashed, then where they come from."""
    meta = {
        "file": label,
        "record": str(number),
        "document": example.document,
        "licence": licence,
        "attribution": example.attribution,
        "author": example.author,
        "title": example.title,
        "section": example.section,
        "original": example.original,
        "kind": example.kind,
        "template": example.template,
    }
    rest = {
        **_preference(example),
        "id": example_id(dataset, messages),
        "source": source,
        **example.extra,
        "meta": meta,
    }
    return b'{"messages":' + messages + b"," + orjson.dumps(rest)[1:] + b"\n"


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
    return raw if isinstance(raw, str) else orjson.dumps(raw, default=str).decode()


def _valid(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
