"""Intervals by resampling items."""

import numpy as np
import pytest

from ewc_plugin.bootstrap import interval, resampled_ratios, resampled_sums


def test_draws_do_not_depend_on_how_many_are_held_at_once(monkeypatch):
    table = np.random.default_rng(0).integers(0, 99, size=(17, 2))
    whole = resampled_sums(table, resamples=100, seed=5)
    monkeypatch.setattr("ewc_plugin.bootstrap._BLOCK", 17 * 7)
    assert np.array_equal(resampled_sums(table, resamples=100, seed=5), whole)
    assert not np.array_equal(resampled_sums(table, resamples=100, seed=6), whole)


def test_every_draw_has_n_items_with_replacement():
    counts = resampled_sums(np.eye(9), resamples=200, seed=1)
    assert (counts.sum(axis=1) == 9).all()
    assert counts.max() > 1
    assert counts.min() == 0


def test_the_interval_of_a_mean_is_about_two_standard_errors():
    values = np.random.default_rng(3).normal(10, 2, size=400)
    low, high = interval(resampled_ratios(values, np.ones(400), resamples=4000, seed=0))
    error = values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - 1.96 * error, values.mean() + 1.96 * error), abs=0.3 * error)


def test_intervals_cover_the_truth_about_19_times_in_20():
    generator = np.random.default_rng(8)
    covered = 0
    for repetition in range(300):
        tokens = generator.integers(1, 30, size=60)
        nll = generator.normal(2.0, 0.5, size=60) * tokens
        low, high = interval(resampled_ratios(nll, tokens, resamples=300, seed=repetition))
        covered += low <= 2.0 <= high
    assert 0.89 < covered / 300 < 0.98


def test_one_item_has_an_interval_of_no_width():
    assert interval(resampled_ratios([4.0], [2], resamples=50, seed=0)) == (2.0, 2.0)
