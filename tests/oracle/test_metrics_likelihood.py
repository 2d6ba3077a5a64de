"""Loss per supervised token and its interval, against plain arithmetic."""

import math

import numpy as np
import pytest

from ewc_plugin.metrics.likelihood import loss

NLL, TOKENS = [6.0, 1.0, 20.0, 3.0], [3, 1, 8, 2]


def test_the_loss_is_total_over_total_and_not_a_mean_of_means():
    score = loss(NLL, TOKENS)
    assert score.value == pytest.approx(30 / 14)
    assert score.value != pytest.approx((2 + 1 + 2.5 + 1.5) / 4)
    assert score.extra["perplexity"] == pytest.approx(math.exp(30 / 14))
    assert (score.n, score.extra["tokens"]) == (4, 14)


def test_the_interval_equals_a_loop_over_drawn_items():
    drawn = np.random.default_rng(5).integers(0, 4, size=(300, 4))
    ratios = sorted(sum(NLL[i] for i in row) / sum(TOKENS[i] for i in row) for row in drawn)
    score = loss(NLL, TOKENS, seed=5, resamples=300)
    assert (score.low, score.high) == pytest.approx(tuple(np.percentile(ratios, [2.5, 97.5])))


def test_an_answer_without_tokens_is_counted_and_changes_nothing_else():
    with_empty, without = loss([*NLL, 0.0], [*TOKENS, 0]), loss(NLL, TOKENS)
    assert (with_empty.value, with_empty.low, with_empty.high) == (without.value, without.low, without.high)
    assert with_empty.extra["without_tokens"] == 1


@pytest.mark.parametrize(("nll", "tokens", "said"), [([math.nan, 1.0], [1, 1], "1 of 2"), ([0.0], [0], "no answer")])
def test_what_is_not_a_number_is_never_averaged_away(nll, tokens, said):
    with pytest.raises(ValueError, match=said):
        loss(nll, tokens)
