"""Numbers of a classical sentence and of its translation."""

from __future__ import annotations

import pytest

from converters.classics.amounts import fault


def reason(classical: str, modern: str) -> str:
    found = fault(classical, modern)
    return found[0] if found else ""


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("众二十余万。", "部众二十多万人。"),
        ("众二十余万。", "部众20多万人。"),
        ("冕十有二旒。", "戴十二旒的冕。"),
        ("旬日得众一万。", "十天时间得到一万人。"),
        ("年弱冠。", "年龄二十岁。"),
        ("以孟冬应举。", "在十月应举。"),
        ("死者十七八。", "死了十分之七八。"),
        ("百姓安之，四海归心。", "人民安于这种统治，天下归心。"),
        ("水陆俱进。", "从水陆两路一齐前进。"),
    ],
)
def test_numbers_agree_however_they_are_written(classical: str, modern: str) -> None:
    assert reason(classical, modern) == ""


def test_a_number_that_is_gone_or_is_another_is_lost() -> None:
    assert reason("弩五千张、舟二千乘。", "五千张弩、二干艘船。") == "number_lost"
    assert reason("食邑二千户。", "食邑一千户。") == "number_lost"
    assert reason("城高七丈。", "城很高。") == "number_lost"


def test_a_number_is_not_found_inside_another() -> None:
    assert reason("卒十人。", "士卒二十人。") == "number_lost"


def test_a_number_that_only_the_translation_has_comes_from_nowhere() -> None:
    assert reason("分赐之。", "带二十万匹绢分赐他们。") == "number_from_nowhere"


def test_thousands_of_households_are_an_amount_and_a_thousand_miles_alone_is_none() -> None:
    assert reason("邑三千户。", "食邑一千户。") == "number_lost"
    assert reason("千里之外。", "在很远的地方。") == ""
