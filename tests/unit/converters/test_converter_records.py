"""Whatever a file holds, every record ends in every dataset exactly once, and none of them stops the run."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converters.contract import Settings
from converters.prepare import Job, Kept, prepare
from converters.readers import Record
from converters.registry import SOURCES

TEXTS = st.text(
    st.sampled_from("春風，。！？□[]（）{}\n\t\u200b\ufffd \"'“Human:Assistant一二三abcI'm我是BELLE<<5=5>>"),
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
COLUMNS = [
    "instruction",
    "input",
    "output",
    "target",
    "conversations",
    "author",
    "paragraphs",
    "title",
    "rhythmic",
    "id",
]
SHAPES = [(source, shape) for source in SOURCES for shape in source.readable]


@pytest.mark.parametrize(("source", "shape"), SHAPES, ids=[shape.name for _, shape in SHAPES])
@settings(max_examples=60)
@given(value=st.dictionaries(st.sampled_from(COLUMNS), VALUES | st.lists(TEXTS, max_size=5)), text=TEXTS)
def test_no_record_stops_a_run_and_each_dataset_gets_one_result(source, shape, value, text):
    if shape.container == "json":
        fill = dict.fromkeys({"poem": ["author", "title"], "lyric": ["author", "rhythmic"]}.get(shape.name, []), text)
        raws = [json.dumps(value), json.dumps(value | fill), text]
    else:
        raws = [text, f"I have {text}\t我有{text}"]
    for raw in raws:
        results = prepare(source, shape, Job(source.name, shape.name, "x", Settings()), Record(1, raw, 0))
        assert [result.dataset for result in results] == [dataset.name for dataset in source.datasets]
        assert all(json.loads(result.line)["messages"] for result in results if isinstance(result, Kept))


def test_an_error_of_ours_names_the_record_that_caused_it(monkeypatch):
    source, shape = SHAPES[0]
    monkeypatch.setattr("converters.sources.belle.tidy", lambda text: 1 // 0)
    with pytest.raises(ZeroDivisionError) as caught:
        prepare(
            source,
            shape,
            Job("belle", shape.name, "x.json", Settings()),
            Record(7, '{"instruction":"a","output":"b"}', 0),
        )
    assert caught.value.__notes__ == ["while converting x.json, record 7"]
