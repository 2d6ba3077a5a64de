"""A chunk of raw records -> columns of lines that only need to be written.

Pure, so that any number of workers, or another engine, gives the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from converters.contract import Context, Format, Outcome, Reject, Settings, Source
from converters.engine.sheet import Columns, Sheet
from converters.passage import Refusal
from converters.reading.readers import bad_text

# What --strict stops at: the file is wrong, not merely a record that is unwanted.
MALFORMED = ("bad_encoding", "broken_json", "missing_columns")
RAW_SHOWN = 2000  # characters of a rejected record that are kept, in its first reject


# number, raw, position, key, parsed: what `readers.Record` is
Row = tuple[int, Any, int, str, bool]


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


def prepare(source: Source, shape: Format, job: Job, records: Iterable[Row]) -> Prepared:
    desk = _Desk(source, shape, job)
    number = 0
    try:
        for position, record in enumerate(records):
            number = record[0]
            desk.take(position, record)
    except Exception as error:
        error.add_note(f"while converting {job.label}, record {number}")
        raise
    return desk.prepared()


class _Desk:
    """What all records of a chunk have in common, and what has come of them so far."""

    def __init__(self, source: Source, shape: Format, job: Job) -> None:
        assert shape.convert is not None  # inputs.find_inputs chose a readable format
        self._shape, self._job = shape, job
        self._convert, self._accepts = shape.convert, shape.has_columns or shape.matches
        self._names = {dataset: job.named(dataset) for dataset in source.fed_by(shape)}
        self._sheets = {
            dataset: Sheet(name, source=source.name, file=job.label, licence=shape.licence or source.licence)
            for dataset, name in self._names.items()
        }
        self._records = dict.fromkeys(self._names, 0)
        self._refused: list[Refused] = []
        self._told = -1, ""  # the number of a record, and how it is shown
        self._shown: dict[str, int] = {}  # of each dataset, the number of the record that was last shown in a reject

    def prepared(self) -> Prepared:
        kept = {self._names[dataset]: sheet.columns() for dataset, sheet in self._sheets.items()}
        records = {self._names[dataset]: count for dataset, count in self._records.items()}
        return Prepared(
            {name: columns for name, columns in kept.items() if len(columns)}, self._refused, Counter(records)
        )

    def take(self, position: int, record: Row) -> None:
        outcomes = self._outcomes(record)
        for outcome in outcomes:
            sheet = self._sheets.get(outcome.dataset)
            if sheet is None:
                raise RuntimeError(f"expected an outcome for {', '.join(self._sheets)}; found {outcome.dataset}")
            if isinstance(outcome, Reject):
                self._refuse(position, record, outcome)
            else:
                sheet.add(position, record[0], outcome)
        if len(outcomes) == 1:
            self._records[outcomes[0].dataset] += 1
            return
        if not outcomes:
            raise RuntimeError("expected an example or a reject; found neither")
        for dataset in {outcome.dataset for outcome in outcomes}:
            self._records[dataset] += 1

    def _outcomes(self, record: Row) -> Sequence[Outcome]:
        value = read_value(record, self._accepts, self._shape)
        if isinstance(value, Refusal):
            # it is missed in every dataset that its format feeds
            return [Reject(name, value.reason, value.detail) for name in self._names]
        return self._convert(value, Context(self._job.settings, self._job.label, record[0], record[3]))

    def _refuse(self, position: int, record: Row, reject: Reject) -> None:
        # a book that gives a hundred rejects is shown in the first of them
        raw = self._text_of(record) if self._shown.get(reject.dataset) != record[0] else ""
        self._shown[reject.dataset] = record[0]
        line = reject_line(self._job.label, record[0], raw, reject.reason, reject.detail)
        self._refused.append(Refused(self._names[reject.dataset], position, reject.reason, line))

    def _text_of(self, record: Row) -> str:
        """As it is shown; a record may be refused in several datasets."""
        if self._told[0] != record[0]:
            self._told = record[0], shown(record[1])[:RAW_SHOWN]
        return self._told[1]


def read_value(record: Row, accepts: Callable[[Any], bool], shape: Format) -> Any:
    """What a record holds, or the Refusal of one that cannot be read."""
    _, value, _, _, parsed = record
    if not parsed:
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            return Refusal("broken_json" if _is_utf8(value) else "bad_encoding", str(error))
    elif bad_text(value):
        return Refusal("bad_encoding", "bytes that are not in the file's encoding")
    return value if accepts(value) else Refusal("missing_columns", _columns(shape, value))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _columns(shape: Format, value: Any) -> str:
    found = ", ".join(map(str, value)) if isinstance(value, dict) else str(value)
    return f"expected {shape.description}; found {found[:200] or 'nothing'}"


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
