"""Caps on requests, tokens and money: what is under way counts with the most that it can take."""

import pytest

from converters.expansion.budget import Budget, Caps, Prices
from converters.expansion.totals import Totals


def test_without_caps_nothing_is_passed():
    assert Budget(Totals(sent=10**6), Caps(), Prices()).passed(10**6, 10**6) == ""


def test_requests_under_way_count_before_they_are_sent():
    budget = Budget(Totals(sent=8), Caps(requests=10), Prices())
    budget.begin(100, 100)
    assert budget.passed(100, 100) == ""
    budget.begin(100, 100)
    assert budget.passed(100, 100) == "--max-requests 10"


def test_tokens_of_answers_under_way_count_as_if_they_took_all_they_may():
    totals = Totals(prompt=500)
    budget = Budget(totals, Caps(tokens=1000), Prices())
    budget.begin(100, 200)
    assert budget.passed(100, 100) == ""
    assert budget.passed(100, 101) == "--max-tokens 1000"
    totals.estimated_prompt, totals.uncertain = 100, 200
    budget.sent(100, 200)
    assert budget.passed(100, 101) == "--max-tokens 1000"
    totals.prompt, totals.completion, totals.estimated_prompt, totals.uncertain = 590, 10, 0, 0
    budget.end()
    assert budget.passed(100, 101) == ""


def test_cost_is_that_of_a_million_tokens_and_estimates_are_part_of_it():
    totals = Totals(prompt=1_000_000, completion=500_000, estimated_prompt=200_000, estimated_completion=100_000)
    assert totals.cost(2.0, 10.0) == pytest.approx(1.2 * 2 + 0.6 * 10)
    budget = Budget(totals, Caps(cost=8.5), Prices(2.0, 10.0))
    assert budget.passed(0, 10_000) == ""
    assert budget.passed(0, 10_001) == "--max-cost 8.5"
    totals.uncertain = 10_000
    assert budget.passed(0, 0) == ""
    assert budget.passed(0, 1) == "--max-cost 8.5"


def test_only_what_is_under_way_may_be_waited_for():
    budget = Budget(Totals(), Caps(requests=1), Prices())
    assert not budget.under_way
    budget.begin(1, 1)
    assert budget.under_way
    budget.sent(1, 1)
    assert budget.under_way
    budget.end()
    assert not budget.under_way
