"""Easy, medium, hard, and with how many examples to begin."""

from __future__ import annotations

import math

import pytest

from converters.contract import SourceError
from converters.quality.difficulty.intervals import Estimate
from converters.quality.difficulty.levels import difficulty_of, ladder, rules, step_of, thresholds


def of(ratio: float, low: float | None = None, high: float | None = None):
    ends = (math.log(end or ratio) for end in (low, high))
    return difficulty_of(Estimate(math.log(ratio), *ends, 100), ladder())


@pytest.mark.parametrize(
    ("ratio", "level", "amount"),
    [
        (0.7, "easy", "100–300"),
        (1.0, "easy", "100–300"),
        (1.2, "medium", "1,000"),
        (1.8, "medium", "3,000"),
        (3.0, "hard", "8,000"),
        (9.0, "hard", "10,000 and more"),
    ],
)
def test_what_is_less_expected_asks_for_more_examples(ratio, level, amount):
    assert (of(ratio).told, of(ratio).amount) == (level, amount)


def test_an_interval_over_a_threshold_is_told():
    found = of(1.1, 0.9, 1.6)
    assert found.told == "medium (the interval reaches from easy to medium)"
    assert found.amount == "1,000 (over the interval: from 100–300 to 3,000)"


def test_thresholds_may_be_ones_own_and_the_steps_between_follow():
    steps = ladder(*thresholds("2:8"))
    assert [step.below for step in steps] == [2, 4, 8, 32, math.inf]
    assert step_of(5, steps).level == "medium"


@pytest.mark.parametrize("text", ["2:1", "1", "0:2", "a:b", "1:inf"])
def test_thresholds_that_are_none_are_refused(text):
    with pytest.raises(SourceError, match="EASY:HARD"):
        thresholds(text)


def test_nine_billion_parameters_would_ask_for_nine_million_examples_which_the_other_rules_deny():
    last = rules(ladder(), 9_241_705_984)[-1]
    assert "9,241,705,984 / 1000 = 9,241,706 examples" in last
    assert "contradicts" in last
    assert "not used" in last


def test_rules_name_the_thresholds_that_are_used():
    first, second, _ = rules(ladder(2, 8), 1000)
    assert "easy up to 2:" in first
    assert "hard above 8: 2 bit" in first
    assert "up to 4: 1,000; up to 8: 3,000; up to 32: 8,000; above: 10,000 and more" in second
