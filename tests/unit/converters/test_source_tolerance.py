"""No record, however odd, makes the sources for pairs, evaluation sets, preferences and own files fail."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from converters.contract import Context, Example, Format, Reject, Settings, SourceError
from converters.pairs.parallel import Fault, Pair, examined
from converters.pairs.strictness import CRAWLED_CHECKS
from converters.sources import custom, evaluation, preference, translation

HERE = Context(file="cmn.txt", number=2)
CHARACTERS = "abI T.,!?:;\"“”'’()（）「」<>&0123456789%-。，！？：；我你他的一二三十百万亿半國学\u2028\u200b\ufffd"
TEXT = some.lists(some.sampled_from([*CHARACTERS, "Tom ", "&amp;", "<b>"]), max_size=40).map("".join)
TURN = some.fixed_dictionaries({}, optional=dict.fromkeys(("role", "from", "content", "value"), TEXT))
SCORES = some.none() | some.integers() | some.floats() | TEXT
ASPECTS = some.dictionaries(TEXT, some.fixed_dictionaries({"Rating": SCORES}) | TEXT, max_size=2)
ANSWER = some.fixed_dictionaries({}, optional={"response": TEXT, "rank": SCORES, "annotations": ASPECTS})
ODD = (
    TEXT | SCORES | some.booleans() | TURN | some.lists(TURN | ANSWER | TEXT | some.lists(TEXT, max_size=2), max_size=3)
)
COLUMNS = (
    "translation en zh|english chinese| Question A B C D Answer|id question A B C D answer explanation|"
    "question_id category question reference evidences|question std_answer class|"
    "sentence_eng_Latn sentence_zho_Hans id URL|prompt chosen rejected system history|conversations chosen rejected|"
    "instruction input output history|instruction completions|prompt answers|prompt response_a response_b winner|"
    "conversation_a conversation_b winner|messages|prompt answer|问题 回答"
)
RECORDS = some.one_of(
    *(some.fixed_dictionaries(dict.fromkeys(names.split(" "), ODD)) for names in COLUMNS.split("|")),
    *(some.fixed_dictionaries(dict.fromkeys(names.split(" "), TEXT)) for names in COLUMNS.split("|")),
)
SHAPES = [
    shape
    for source in (translation.SOURCE, evaluation.SOURCE, preference.SOURCE, custom.SOURCE)
    for shape in source.readable
    if shape.container == "record"
]


@given(TEXT, TEXT)
def test_any_two_texts_are_a_pair_or_have_a_fault(english, chinese):
    assert isinstance(examined(english, chinese, "simplified", CRAWLED_CHECKS), Pair | Fault)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@settings(max_examples=60)
@given(record=RECORDS)
def test_any_record_that_is_taken_gives_outcomes(shape: Format, record: dict[str, Any]):
    if shape.accepts(record):
        assert shape.convert is not None
        outcomes = shape.convert(record, HERE)
        assert outcomes
        assert all(isinstance(outcome, Example | Reject) for outcome in outcomes)


@given(TEXT, TEXT, TEXT)
def test_any_line_of_three_columns_gives_both_directions(one, other, third):
    shape = next(shape for shape in translation.SOURCE.readable if shape.name == "tatoeba")
    assert shape.convert is not None
    outcomes = shape.convert("\t".join((one, other, third)), HERE)
    assert {outcome.dataset for outcome in outcomes} == {"translation_en2zh", "translation_zh2en"}


@given(TEXT)
def test_any_mapping_is_understood_or_the_users_mistake(text):
    with contextlib.suppress(SourceError):
        assert isinstance(custom.mapping_of(Context(Settings(options={"columns": text}))), dict)
    with contextlib.suppress(SourceError):
        assert isinstance(custom.mapping_of(Context(Settings(options={"mapping": text}))), dict)
