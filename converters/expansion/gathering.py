"""A chunk of raw records -> its passages as lines, with the digests by which they are chosen.

Pure, so that any number of workers gives the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import orjson

from converters.contract import Context, Format, Source
from converters.digests import digest64
from converters.engine.chunks import Chunk
from converters.engine.prepare import Job, Row, read_value
from converters.expansion.choosing import Rows
from converters.expansion.long_answers import long_answers
from converters.passage import Lengths, Passage, Passages, Refusal
from converters.text import is_damaged, key


@dataclass(slots=True)
class Gathered:
    """`rows` has a row for each line, without its place."""

    records: int = 0
    lines: list[bytes] = field(default_factory=list)
    rows: Rows = field(default_factory=lambda: np.zeros((0, 4), dtype=np.uint64))
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Gathering:
    """What a worker is told once; the source is found by name, because functions do not travel."""

    lengths: Lengths

    def __call__(self, chunk: Chunk) -> Gathered:
        from converters.registry import source_named

        source = source_named(chunk.job.source)
        shape = next(shape for shape in source.formats if shape.name == chunk.job.format)
        return gathered(source, shape, chunk.job, chunk.records, self.lengths)


def gathered(source: Source, shape: Format, job: Job, records: Iterable[Row], lengths: Lengths) -> Gathered:
    result = Gathered()
    digests: list[tuple[int, ...]] = []
    for record in records:
        result.records += 1
        try:
            for found in _of_record(source, shape, job, record, lengths):
                if isinstance(found, Refusal):
                    result.refused[found.reason] += 1
                    continue
                line = orjson.dumps(found.as_json())
                result.lines.append(line)
                digests.append(
                    (digest64(key(found.text).encode()), digest64(found.document.encode()), digest64(line), 0)
                )
        except Exception as error:
            error.add_note(f"while reading {job.label}, record {record[0]}")
            raise
    if digests:
        result.rows = np.array(digests, dtype=np.uint64)
    return result


def _of_record(source: Source, shape: Format, job: Job, record: Row, lengths: Lengths) -> Passages:
    value = read_value(record, shape.accepts, shape)
    if isinstance(value, Refusal):
        yield value
        return
    context = Context(job.settings, job.label, record[0], record[3])
    for found in _passages(source, shape, value, context, lengths):
        yield found if isinstance(found, Refusal) else _finished(found, source, shape, lengths)


def _passages(source: Source, shape: Format, value: Any, context: Context, lengths: Lengths) -> Passages:
    if shape.passages is not None:
        return shape.passages(value, context, lengths)
    assert shape.convert is not None  # inputs.find_inputs chose a readable format
    return long_answers(shape.convert(value, context), source.name, lengths)


def _finished(passage: Passage, source: Source, shape: Format, lengths: Lengths) -> Passage | Refusal:
    """With its licence; what holds for the passages of every source is looked at here."""
    if len(passage.text) < lengths.shortest:
        return Refusal("too_short", passage.text[:40])
    if len(passage.text) > lengths.longest:
        return Refusal("too_long", passage.text[:40])
    if is_damaged(passage.text):
        return Refusal("replacement_character", passage.text[:40])
    return replace(passage, licence=passage.licence or shape.licence or source.licence)
