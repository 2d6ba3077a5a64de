"""The law through the losses, beside scipy's own search and beside curves whose truth is known."""

import numpy as np
import pytest

from ewc_plugin.curve.power_law import fitted, law

SIZES = (100, 300, 1000, 3000, 8000)


def true(n, a=1.5, b=4.0, c=0.35):
    return a + b * np.asarray(n, dtype=float) ** -c


def test_losses_on_a_power_law_give_its_three_numbers():
    found = law(SIZES, true(SIZES), true(SIZES)[None].repeat(10, 0))
    assert found.numbers == pytest.approx((1.5, 4.0, 0.35), rel=1e-4)
    assert found.fits


def test_the_least_squares_are_those_that_scipy_finds():
    optimize = pytest.importorskip("scipy.optimize")
    generator, checked = np.random.default_rng(0), 0
    for _ in range(10):
        losses = true(SIZES) + generator.normal(0, 0.02, len(SIZES))
        ours = fitted(SIZES, losses[None])
        bounds = ([0, 0, 0.01], [np.inf, np.inf, 4])
        theirs, _ = optimize.curve_fit(true, SIZES, losses, p0=(1, 3, 0.3), bounds=bounds, max_nfev=20000, ftol=1e-12)
        left = ((true(SIZES, *theirs) - losses) ** 2).sum()
        assert ours.squares[0] <= left * (1 + 1e-6)
        checked += ours.c[0] == pytest.approx(theirs[2], rel=0.02)
    assert checked >= 8  # scipy sometimes stops elsewhere, and never lower


def test_a_loss_that_rises_has_a_flat_law_and_a_floor_is_never_below_zero():
    rising = fitted(SIZES, np.array([[2.0, 2.1, 2.2, 2.3, 2.4]]))
    assert (rising.b[0], rising.a[0]) == (0.0, pytest.approx(2.2))
    straight_down = fitted(SIZES, np.array([[3.0, 2.0, 1.0, 0.4, 0.1]]))
    assert straight_down.a[0] >= 0


def test_the_gain_of_doubling_is_the_fall_of_the_law_from_n_to_2n():
    found = law(SIZES, true(SIZES), true(SIZES)[None].repeat(10, 0))
    value, low, high = found.gain(8000)
    assert value == pytest.approx(float(true(8000) - true(16000)), rel=1e-4)
    assert low == pytest.approx(value, rel=1e-3)  # no item and no run differs, so nothing is unsure
    assert high == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize("spread", [0.01, 0.03])
def test_the_interval_of_the_gain_holds_the_truth_as_often_as_it_says(spread):
    """95 % of curves with noise of items, the same at every size, and of training, one draw a size."""
    generator, truth, held = np.random.default_rng(1), float(true(8000) - true(16000)), 0
    for run in range(60):
        hard = generator.gamma(4, 0.25, 200)
        losses = true(SIZES) * hard[:, None] + generator.normal(0, 0.1, (200, 5)) + generator.normal(0, spread, 5)
        draws = losses[generator.integers(0, 200, (150, 200))].mean(1)
        _, low, high = law(SIZES, losses.mean(0), draws, seed=run).gain(8000)
        held += low <= truth <= high
    assert held >= 0.88 * 60


def test_points_away_from_any_law_are_said_to_lie_on_none():
    steps = np.array([3.0, 2.98, 2.2, 2.19, 2.18])
    assert not law(SIZES, steps, steps[None].repeat(10, 0)).fits


def test_a_curve_within_a_few_thousandths_of_a_nat_is_flat_and_not_of_another_form():
    flat = np.array([2.001, 2.0, 2.002, 2.0, 2.001])
    assert law(SIZES, flat, flat[None].repeat(10, 0)).fits
