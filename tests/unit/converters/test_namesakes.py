"""Names that a translation brings in, loses or changes."""

from __future__ import annotations

import pytest

from converters.classics.namesakes import fault


def reason(classical: str, modern: str, known: str = "") -> str:
    found = fault(classical, modern, known)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("帝善其言。", "太宗认为他的话很好。"),
        ("后不许。", "则天皇后不同意。"),
        ("珪不受。", "王珪没有接受。"),
        ("十七年，卒。", "开元十七年，去世。"),
        ("公喜。", "唐公很高兴。"),
    ],
)
def test_a_name_that_the_classical_side_does_not_have_comes_from_nowhere(classical: str, modern: str) -> None:
    assert reason(classical, modern) == "name_from_nowhere"


def test_a_surname_that_an_earlier_sentence_gives_is_known() -> None:
    assert reason("珪不受。", "王珪没有接受。", known="王珪，字叔玠，太原人也。") == ""


def test_a_reign_may_be_named_where_the_classical_side_names_it() -> None:
    assert reason("开元十七年，卒。", "开元十七年，去世。") == ""


def test_the_master_of_the_analects_is_kongzi_and_no_other_zi_is() -> None:
    assert reason("子曰：学而时习之。", "孔子说：学了又时常温习它。") == ""
    assert reason("曾子曰：学而时习之。", "孔子说：学了又时常温习它。") == "name_from_nowhere"


def test_a_rare_character_of_a_name_that_was_dropped_is_noticed() -> None:
    assert reason("王玙为侍郎。", "王任侍郎。") == "name_lost"


def test_a_rare_verb_may_be_rendered() -> None:
    assert reason("可蠲其租。", "可以免除他们的租税。") == ""


def test_an_office_is_kept_as_it_is() -> None:
    assert reason("裴冕为中书侍郎。", "裴冕任中书令。") == "name_lost"
    assert reason("裴冕为中书侍郎。", "裴冕任中书侍郎。") == ""


def test_titles_of_honour_that_are_left_out_are_noticed() -> None:
    assert reason("德宗神武圣文皇帝讳适。", "德宗名适。") == "name_lost"


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("徐世谱为特进。", "徐世道为特进。"),
        ("将军张勇守安昌城。", "将军张勇防守安日城。"),
        ("贲兄安宝遁去。", "贲的哥哥安实逃走。"),
    ],
)
def test_a_name_with_another_character_in_it_is_noticed(classical: str, modern: str) -> None:
    assert reason(classical, modern) == "name_changed"


def test_a_word_that_is_rendered_is_no_changed_name() -> None:
    assert reason("王遣使来。", "王派使来。") == ""


def test_two_characters_that_nearly_always_stay_are_not_lost_by_chance() -> None:
    assert reason("襄、韩皆降。", "他们都投降。") == "name_lost"
    assert reason("襄人降。", "他们都投降。") == ""
