"""Whatever a record holds, it ends in an example or a reject, and none of them stops the run."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from golden import CASES, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.contract import Settings, SourceError
from converters.engine.prepare import Job, prepare
from converters.reading.inputs import find_inputs
from converters.reading.readers import Record, read
from converters.registry import SOURCES, source_named

NAMES = [case.relative_to(CASES).as_posix() for case in cases()]
TEXTS = st.text(
    st.sampled_from(
        "春風，。！？□[]（）{}\n\t\u200b\ufffd \"'“Human:Assistant一二三abcI'm我是BELLE<<5=5>>甲子年月日1234.=×"
    ),
    max_size=30,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["from", "value", "x"]), inner | st.sampled_from(["human", "assistant"]))
    ),
    max_leaves=8,
)


@cache
def inputs_of(name: str) -> list[tuple[Any, list[Any]]]:
    """(input, the values of its first records) for each file of a golden case."""
    found = find_inputs(
        source_named(name.split("/")[0]),
        [str(CASES / name / "in")],
        raw=Path("raw"),
        format_name="",
        encoding="auto",
        sources=SOURCES,
    )
    inputs = [
        (item, [_value(record) for _, record in zip(range(6), read(item), strict=False)]) for item in found.inputs
    ]
    return [(item, values) for item, values in inputs if values]


def _value(record: Record) -> Any:
    if record.parsed:
        return record.raw
    try:
        return orjson.loads(record.raw)
    except orjson.JSONDecodeError:
        return {}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value, the value itself included."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in pairs for place in places(inner, (*path, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    return at(value[path[0]], path[1:]) if path else value


def replaced(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = value.copy()
    copy[path[0]] = replaced(copy[path[0]], path[1:], other)
    return copy


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_no_record_stops_a_run_and_each_is_accounted_for(name, data):
    item, values = data.draw(st.sampled_from(inputs_of(name)))
    value = data.draw(st.sampled_from(values))
    # JSON may hold anything anywhere; what our own readers make of other containers has texts where texts belong
    anything = item.format.container == "record"
    spots = places(value) if anything else [path for path in places(value) if isinstance(at(value, path), str)]
    if spots:
        value = replaced(value, data.draw(st.sampled_from(spots)), data.draw(VALUES if anything else TEXTS))
    source = source_named(name.split("/")[0])
    job = Job(source.name, item.format.name, item.label, Settings())
    try:
        prepared = prepare(source, item.format, job, [Record(1, value, 0, "", True)])
    except SourceError as error:  # a user's own mapping that does not fit: an error that says where
        if item.label not in str(error):
            raise
        return
    lines = [line for columns in prepared.kept.values() for line in columns.lines]
    assert len(lines) + len(prepared.refused) > 0
    for line in map(json.loads, lines):
        turns = [message["role"] for message in line["messages"] if message["role"] != "system"]
        assert turns == ["user", "assistant"] * (len(turns) // 2) + (["user"] if "chosen" in line else [])
        assert all(message["content"].strip() for message in line["messages"])


def test_an_error_of_ours_names_the_record_that_caused_it(monkeypatch):
    source, shape = source_named("belle"), source_named("belle").formats[0]
    monkeypatch.setattr("converters.sources.belle.tidy", lambda text: 1 // 0)
    job = Job("belle", shape.name, "x.json", Settings())
    with pytest.raises(ZeroDivisionError) as caught:
        prepare(source, shape, job, [Record(7, b'{"instruction":"a","output":"b"}', 0)])
    assert caught.value.__notes__ == ["while converting x.json, record 7"]
