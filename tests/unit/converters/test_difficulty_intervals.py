"""How sure is a measured number? The bootstrap of difficulty against closed forms, loops and simulation."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from converters.quality.difficulty.intervals import by_unit, difference_of_ratios, mean, ratio_of_sums, share
from converters.quality.difficulty.surprise import Losses, log_ratio, log_ratio_by_bytes


def uneven(n: int, seed: int, loss: float = 2.0) -> tuple[list[float], list[float]]:
    """(nats, tokens) of n answers of 5 to 60 tokens."""
    draw = random.Random(seed)
    tokens = [draw.randint(5, 60) for _ in range(n)]
    return [count * draw.gauss(loss, 0.5) for count in tokens], [float(count) for count in tokens]


def losses(name: str, nats: list[float], tokens: list[float], documents: list[str] | None = None) -> Losses:
    whole = tuple(int(count) for count in tokens)
    ids = tuple(f"{name}:{at}" for at in range(len(whole)))
    return Losses(
        name, ids, tuple(nats), whole, tuple(3 * count for count in whole), tuple(documents or [""] * len(ids))
    )


def test_the_interval_of_a_ratio_is_that_of_the_delta_method():
    nats, tokens = uneven(400, seed=1)
    found = ratio_of_sums(nats, tokens, [""] * 400)
    r = sum(nats) / sum(tokens)
    residuals = [a - r * t for a, t in zip(nats, tokens, strict=True)]
    deviation = math.sqrt(sum(e * e for e in residuals)) / sum(tokens)
    assert found.value == pytest.approx(r)
    assert found.low == pytest.approx(r - 1.96 * deviation, abs=0.2 * deviation)
    assert found.high == pytest.approx(r + 1.96 * deviation, abs=0.2 * deviation)


def test_a_bootstrap_written_as_a_loop_finds_the_same_interval():
    nats, tokens = uneven(60, seed=2)
    draw = random.Random(0)
    ratios = []
    for _ in range(4000):
        at = [draw.randrange(60) for _ in range(60)]
        ratios.append(sum(nats[i] for i in at) / sum(tokens[i] for i in at))
    found = ratio_of_sums(nats, tokens, [""] * 60)
    low, high = sorted(ratios)[100], sorted(ratios)[3899]
    assert (found.low, found.high) == (pytest.approx(low, abs=0.02), pytest.approx(high, abs=0.02))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = 0
    for seed in range(200):
        found = ratio_of_sums(*uneven(50, seed), [""] * 50)
        held += found.low <= 2.0 <= found.high
    assert 0.88 <= held / 200 <= 0.99


def test_examples_of_one_document_are_drawn_together():
    # twenty documents of ten equal examples know as much as twenty examples
    nats, tokens = uneven(20, seed=3)
    tenfold = [[value for value in column for _ in range(10)] for column in (nats, tokens)]
    documents = [f"d{at // 10}" for at in range(200)]
    twenty = ratio_of_sums(nats, tokens, [""] * 20)
    by_document = ratio_of_sums(*tenfold, documents)
    as_if_independent = ratio_of_sums(*tenfold, [""] * 200)
    width = twenty.high - twenty.low
    assert by_document.units == 20
    assert by_document.high - by_document.low == pytest.approx(width, rel=0.05)
    assert as_if_independent.high - as_if_independent.low < 0.5 * width


def test_of_fewer_than_ten_documents_examples_are_drawn():
    assert by_unit([[1.0]] * 30, [f"d{at % 3}" for at in range(30)]).shape == (30, 1)
    assert by_unit([[1.0]] * 30, [f"d{at % 10}" for at in range(30)]).shape == (10, 1)
    assert by_unit([[1.0]] * 30, [""] * 30).shape == (30, 1)


def test_an_example_without_a_document_stands_for_itself():
    units = ["d", "d", "", "", *(f"e{at}" for at in range(9))]
    assert by_unit([[1.0]] * 13, units).ravel().tolist() == [2.0] + [1.0] * 11


def test_a_paired_difference_is_surer_than_two_intervals():
    nats, tokens = uneven(100, seed=4)
    less = [value - 0.1 * count for value, count in zip(nats, tokens, strict=True)]
    found = difference_of_ratios((less, tokens), (nats, tokens), [""] * 100)
    assert found.value == pytest.approx(-0.1)
    assert (found.low, found.high) == (pytest.approx(-0.1), pytest.approx(-0.1))


def test_ten_of_ten_are_not_surely_all():
    # Wilson's lower end for 10 of 10 is 72.2 %
    assert share([True] * 10, [""] * 10).low == pytest.approx(72.2, abs=0.1)
    assert share([False] * 10, [""] * 10).high == pytest.approx(27.8, abs=0.1)


def test_the_same_numbers_give_the_same_interval_and_their_order_does_not_matter_much():
    values, documents = list(np.linspace(0, 1, 50)), [""] * 50
    assert mean(values, documents) == mean(values, documents)
    assert mean(values[::-1], documents).low == pytest.approx(mean(values, documents).low, abs=0.02)


def test_the_log_ratio_is_the_difference_of_mean_losses_a_token():
    task, general = losses("task", *uneven(50, 5, loss=3.0)), losses("general", *uneven(80, 6))
    found = log_ratio(task, [general])
    assert found.value == pytest.approx(math.log(task.perplexity / general.perplexity))
    assert found.low < found.value < found.high


def test_general_sets_are_pooled_by_tokens():
    one, other = losses("a", [10.0] * 20, [10.0] * 20), losses("b", [90.0] * 20, [30.0] * 20)
    task = losses("task", [25.0] * 20, [10.0] * 20)
    # (20·10 + 20·90) / (20·10 + 20·30) = 2.5
    assert log_ratio(task, [one, other]).value == pytest.approx(0.0)


def test_a_tokenizer_that_cuts_finer_changes_the_ratio_by_tokens_and_not_that_by_bytes():
    general = losses("general", *uneven(60, 7))
    nats, tokens = uneven(60, 8)
    coarse = losses("task", nats, tokens)
    fine = Losses("task", coarse.ids, coarse.nats, tuple(2 * t for t in coarse.tokens), coarse.bytes, coarse.documents)
    assert log_ratio(fine, [general]).value < log_ratio(coarse, [general]).value - 0.5
    assert log_ratio_by_bytes(fine, [general]) == log_ratio_by_bytes(coarse, [general])


def test_where_both_are_cut_alike_the_ratio_by_bytes_is_that_by_tokens():
    task, general = losses("task", *uneven(50, 5, loss=3.0)), losses("general", *uneven(80, 6))
    by_bytes = log_ratio_by_bytes(task, [general])
    assert by_bytes is not None
    assert by_bytes.value == pytest.approx(log_ratio(task, [general]).value)


def test_of_single_letters_nothing_is_said_by_bytes():
    letters = losses("choices", [5.0] * 20, [1.0] * 20)
    assert log_ratio_by_bytes(letters, [losses("general", *uneven(80, 6))]) is None
