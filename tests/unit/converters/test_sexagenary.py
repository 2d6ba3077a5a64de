"""Days, months and years of a classical sentence and of its translation."""

from __future__ import annotations

import pytest

from converters.classics.sexagenary import CYCLE, fault


def reason(classical: str, modern: str) -> str:
    found = fault(classical, modern)
    return found[0] if found else ""


def test_the_cycle_has_sixty_days_and_every_other_combination_is_none() -> None:
    assert len(CYCLE) == 60
    assert "甲子" in CYCLE
    assert "甲丑" not in CYCLE


@pytest.mark.parametrize("day", ["初五", "十五日", "二十三日", "23日", "5号"])
def test_a_day_of_the_month_for_a_day_of_the_cycle_cannot_be_known(day: str) -> None:
    assert reason("甲申，太白昼见。", f"{day}，太白星白天出现。") == "day_from_nowhere"


@pytest.mark.parametrize(
    ("classical", "modern"),
    [
        ("甲申，太白昼见。", "甲申日，太白星白天出现。"),
        ("五月丙辰朔，日有食之。", "五月丙辰初一，出现日食。"),
        ("七月既望，客至。", "七月十五日，客人来了。"),
        ("三月三日，会于水滨。", "三月三日，在水边聚会。"),
        ("七日不食。", "七日没有吃东西。"),
        ("以季春入学。", "在三月入学。"),
        ("春正月，大雪。", "春季一月，下大雪。"),
    ],
)
def test_a_day_or_month_that_stands_there_or_is_worked_out_passes(classical: str, modern: str) -> None:
    assert reason(classical, modern) == ""


def test_a_day_of_the_cycle_must_stay_and_none_may_come_in() -> None:
    assert reason("辛未，王薨。", "辛末日，王去世。") == "cycle_day_lost"
    assert reason("王薨。", "辛未日，王去世。") == "cycle_day_from_nowhere"


def test_a_month_or_a_year_of_our_era_may_not_come_in() -> None:
    assert reason("闰月，王至。", "闰四月，王到了。") == "month_from_nowhere"
    assert reason("是岁，王薨。", "这一年（公元557年），王去世。") == "year_from_nowhere"


def test_a_number_that_counts_something_else_is_no_day() -> None:
    assert reason("甲申，将士五人至。", "初五，将士五人到了。") == "day_from_nowhere"
