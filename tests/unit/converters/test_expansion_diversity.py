"""How varied and how hard questions are, by numbers that a loop or a closed form gives too."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.expansion.contract import Item
from converters.expansion.difficulty import Difficulty, Source
from converters.expansion.diversity import ALIKE, GRAM, TYPES, distinct, diversity, entropy, near_duplicates, type_of
from converters.expansion.grounding import Measured
from converters.similarity.grams import units_of

ASKED = {
    "这座桥建于哪一年？": "when",
    "它兴盛于哪个历史时期？": "when",
    "谁设计了这座桥？": "who",
    "为什么要修这座桥？": "why",
    "修桥的原因是什么？": "why",
    "桥长多少米？": "how_many",
    "捐资者共有几人？": "how_many",
    "桥和塔有什么不同？": "compare",
    "请比较桥与塔的造法。": "compare",
    "与木桥相比，石桥有哪些优点？": "list",
    "什么是卯榫？": "define",
    "“勾股”是什么意思？": "define",
    "如何建造石桥？": "how",
    "这座桥是否重修过？": "whether",
    "这座桥重修过吗？": "whether",
    "桥位于哪个城市？": "where",
    "他在何处去世？": "where",
    "它属于哪种结构？": "which",
    "碑上记载了什么？": "what",
    "请概括这段话。": "asked_to",
    "任选一座桥": "other",
    "Who built the bridge?": "who",
    "How many arches has it?": "how_many",
}


@pytest.mark.parametrize(("asked", "kind"), ASKED.items())
def test_a_question_has_a_type_by_what_it_asks_for(asked, kind):
    assert type_of(asked) == kind


def test_every_type_of_question_is_asked_here():
    assert {*ASKED.values()} == {*TYPES}


def test_entropy_is_nothing_for_one_type_and_log_n_for_n_equal_ones():
    assert entropy([7]) == entropy([]) == 0
    assert entropy([5] * 8) == pytest.approx(3)
    assert entropy([3, 1]) == pytest.approx(-(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)))


@given(st.lists(st.text("桥塔年人a ", max_size=8), max_size=12), st.integers(1, 3))
def test_distinct_n_is_a_share_of_runs_counted_in_a_loop(texts, length):
    runs = []
    for text in texts:
        units = units_of(text)
        for start in range(len(units)):
            if start + length <= len(units):
                runs.append("\0".join(units[start : start + length]))
    expected = len(Counter(runs)) / len(runs) if runs else 0
    assert distinct([units_of(text) for text in texts], length) == pytest.approx(expected)


def alike(one, other):
    """Jaccard similarity of 3-grams, of whole texts where they are shorter."""
    sets = []
    for text in (one, other):
        joined = "".join(units_of(text))
        size = min(GRAM, len(joined))
        sets.append({joined[at : at + size] for at in range(len(joined) - size + 1)} if joined else set())
    union = sets[0] | sets[1]
    return len(sets[0] & sets[1]) / len(union) if union else 1.0


def test_near_duplicates_are_those_that_a_comparison_of_all_with_all_finds():
    places, parts = (
        ("县城东侧的青石桥", "临川河上的白塔", "城南的旧学堂"),
        ("建于哪一年", "是由谁主持修造的", "后来为什么重修"),
    )
    questions = [f"{place}{part}{end}" for place, part, end in product(places, parts, ("？", "呢？", "，请说明？"))]
    expected = [
        at for at, text in enumerate(questions) if any(alike(text, earlier) >= ALIKE for earlier in questions[:at])
    ]
    assert near_duplicates(questions) == expected
    assert 9 <= len(expected) < 27


def test_the_same_question_again_is_a_near_duplicate_whatever_its_punctuation():
    assert near_duplicates(["桥建于哪年？", "塔有多高？", "桥，建于哪年", "桥建于哪年？？"]) == [2, 3]


def test_numbers_of_a_task_are_those_of_its_parts():
    found = diversity(["桥建于哪年？", "桥建于哪年", "塔有多高？", "谁修了桥？"])
    assert found["types"] == {"when": 2, "how_many": 1, "who": 1}
    assert found["entropy"] == pytest.approx(1.5)
    assert found["openings"] == {"桥建": 2, "塔有": 1, "谁修": 1}
    assert found["near_duplicates"] == 0.25
    assert found["distinct_1"] == pytest.approx(12 / 18, abs=1e-4)


def test_of_no_question_there_are_numbers_too():
    assert diversity([])["near_duplicates"] == diversity([])["distinct_2"] == diversity([])["entropy"] == 0


PASSAGE = "青石桥建于明代万历年间。桥由石匠陈守义主持修造。清代乾隆年间洪水冲毁了桥身。当地商人捐资重修了它。"


@pytest.mark.parametrize(
    ("answer", "sentences", "first"),
    [
        ("桥由石匠陈守义主持修造", 1, "桥由石匠"),
        ("洪水冲毁了桥身，当地商人捐资重修了它", 2, "当地商人"),
        ("青石桥建于明代万历年间，由石匠陈守义主持修造，后来当地商人捐资重修", 3, "青石桥"),
        ("明代", 1, "明代"),
        ("这里没有提到", 0, ""),
        ("", 0, ""),
    ],
)
def test_an_answer_draws_on_the_sentences_that_its_words_are_from(answer, sentences, first):
    drawn = Source(PASSAGE).drawn(answer)
    assert drawn.sentences == sentences
    assert drawn.place == (PASSAGE.index(first) / len(PASSAGE) if first else -1)


def test_quoted_evidence_says_where_an_answer_is_found():
    source = Source(PASSAGE)
    item = Item("谁捐资？", "商人。", evidence="当地商人捐资重修了它")
    assert source.place_of(item, source.drawn("商人。")) == PASSAGE.index("当地") / len(PASSAGE)


@given(st.text("青石桥建于明代。\n！，万历", max_size=60), st.text("青石桥建于明代，万历", max_size=30))
def test_no_text_confuses_where_sentences_are(text, answer):
    drawn = Source(text).drawn(answer)
    assert -1 <= drawn.place <= 1
    assert (drawn.place < 0) == (drawn.sentences == 0)


def test_shares_of_short_and_long_answers_are_counted_at_their_bounds():
    difficulty = Difficulty()
    for length in (20, 21, 200, 201):
        difficulty.add(Item("问", "字" * length), Measured(copied=0.95), Source(PASSAGE))
    found = difficulty.as_json()
    assert (found["short_answers"], found["long_answers"]) == (0.25, 0.25)
    assert found["copied_in_tenths"] == [0] * 9 + [3]
    assert found["lengths"] == {"20": 1, "21": 1, "200": 1, "201": 1}
    assert found["labels"] == {"unsaid": 4}
