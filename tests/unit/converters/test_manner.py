from __future__ import annotations

import pytest

from converters.judging.manner import LEAST_IN_PARAGRAPHS, MOST_TURNS, explained_in_english, thought_in_english

TOLD = "小狐狸走到河边，想到对岸去摘果子，可是河上没有桥。乌龟看见了，就把它驮了过去，两个人分着吃了果子。"


@pytest.mark.parametrize(
    "sign",
    [
        "从前，有一只小狐狸。",
        "曾几何时，在遥远的地方有一条河。",
        "那是一个炎热的夏日。",
        "这一切都始于一条河。",
        "它说。 “你好。”",
        "它的名字叫Tom。",
        "约翰也来了。",
        "莎拉也来了。",
    ],
)
def test_one_sign_is_enough(sign):
    assert thought_in_english(TOLD) == ""
    assert thought_in_english(TOLD + sign) != ""


@pytest.mark.parametrize("text", ["从前有一只小狐狸。", "它说那是一种果子。", "它说：“你好。”", "它约了小猫来玩。"])
def test_what_only_looks_like_a_sign_is_none(text):
    assert thought_in_english(TOLD + text) == ""


def test_turns_are_counted_by_the_length_of_the_story():
    story = "甲" * 100
    assert MOST_TURNS == 2.0
    assert thought_in_english("似乎最终" + story[4:]) == ""
    assert thought_in_english("似乎最终旅程" + story[6:]) == "似乎、最终、旅程"


def test_turns_of_explanations_are_counted_by_their_length():
    assert not explained_in_english("潜在" + "甲" * 98)
    assert explained_in_english("潜在许多" + "甲" * 96)


def test_paragraphs_of_some_length_bear_more_turns():
    answer = "潜在" * 6 + "\n\n" + "甲" * (LEAST_IN_PARAGRAPHS - 14)
    assert len(answer) == LEAST_IN_PARAGRAPHS
    assert not explained_in_english(answer)
    assert explained_in_english(answer[:-1])
    assert explained_in_english(answer.replace("\n\n", "\n甲"))
    assert explained_in_english("潜在" + answer)
