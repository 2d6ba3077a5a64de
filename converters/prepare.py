"""One record of raw text -> lines that only need to be written. Pure, so that any number of workers gives the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from converters.contract import Example, Format, Outcome, Reject, Settings, Source, canonical
from converters.readers import Record

# What --strict stops at: the file is wrong, not merely a record that is unwanted.
MALFORMED = ("bad_encoding", "broken_json", "missing_columns")
RAW_SHOWN = 2000  # characters of a rejected record that are kept


class Kept(NamedTuple):
    dataset: str
    line: str
    same_as: bytes  # 16-byte digest: exact duplicates
    document: bytes  # 16-byte digest: what is held out as a whole
    title: bytes  # 16-byte digest, or b"" where titles are not counted
    answer_characters: int
    notes: tuple[str, ...]


class Refused(NamedTuple):
    dataset: str
    reason: str
    detail: str


Prepared = Kept | Refused


@dataclass(frozen=True)
class Job:
    """All that a worker must know; the source is found by name, because functions do not travel."""

    source: str
    format: str
    label: str
    settings: Settings


def prepare(source: Source, shape: Format, job: Job, record: Record) -> list[Prepared]:
    """Exactly one result for each dataset of the source."""
    try:
        outcomes = _outcomes(source, shape, job.settings, record.raw)
    except Exception as error:
        error.add_note(f"while converting {job.label}, record {record.number}")
        raise
    names = sorted(outcome.dataset for outcome in outcomes)
    expected = sorted(dataset.name for dataset in source.datasets)
    if names != expected:
        raise RuntimeError(f"{job.label}, record {record.number}: one outcome for each of {expected}, got {names}")
    return [_prepared(source, job.label, record.number, outcome) for outcome in outcomes]


def _outcomes(source: Source, shape: Format, settings: Settings, raw: str) -> Sequence[Outcome]:
    assert shape.convert is not None  # inputs.find_inputs chose a readable format
    try:
        encoded = raw.encode("utf-8")
    except UnicodeEncodeError as error:
        return refused_everywhere(
            source, "bad_encoding", f"a byte that is not in the file's encoding, at {error.start}"
        )
    value: Any = raw
    if shape.container == "json":
        try:
            value = orjson.loads(encoded)
        except orjson.JSONDecodeError as error:
            return refused_everywhere(source, "broken_json", str(error))
        if not isinstance(value, dict):
            return refused_everywhere(source, "missing_columns", f"a {type(value).__name__}, not an object")
    if not shape.accepts(value):
        return refused_everywhere(source, "missing_columns", _columns(shape, value))
    return shape.convert(value, settings)


def refused_everywhere(source: Source, reason: str, detail: str) -> list[Outcome]:
    return [Reject(dataset.name, reason, detail) for dataset in source.datasets]


def _columns(shape: Format, value: Any) -> str:
    found = ", ".join(map(str, value)) if isinstance(value, dict) else str(value)
    return f"expected {shape.description}; found {found[:200] or 'nothing'}"


def _prepared(source: Source, label: str, number: int, outcome: Outcome) -> Prepared:
    if isinstance(outcome, Reject):
        return Refused(outcome.dataset, outcome.reason, outcome.detail)
    same = outcome.same_as.encode() if outcome.same_as else canonical(outcome.messages)
    return Kept(
        outcome.dataset,
        example_line(source, label, number, outcome),
        digest(same),
        digest(outcome.document.encode()),
        digest(outcome.title_key.encode()) if outcome.title_key else b"",
        outcome.answer_characters,
        outcome.notes,
    )


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


def example_line(source: Source, label: str, number: int, example: Example) -> str:
    meta = {
        "file": label,
        "record": str(number),
        "document": example.document,
        "licence": example.licence or source.licence,
        "author": example.author,
        "title": example.title,
        "original": example.original,
    }
    messages = [{"role": message.role, "content": message.content} for message in example.messages]
    line = {"messages": messages, "id": example.id, "source": source.name, "meta": meta}
    return orjson.dumps(line).decode() + "\n"


def reject_line(label: str, record: Record, reason: str, detail: str) -> str:
    raw = record.raw.encode("utf-8", "backslashreplace").decode()[:RAW_SHOWN]
    line = {"file": label, "record": str(record.number), "reason": reason, "detail": detail, "raw": raw}
    return orjson.dumps(line).decode() + "\n"
