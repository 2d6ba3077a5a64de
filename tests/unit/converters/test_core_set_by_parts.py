"""What the approximation of a core set promises, and when it is taken."""

import numpy as np
import pytest

from converters.quality.covering import core_set
from converters.quality.covering.core_set import approximation, k_center_by_parts, k_center_greedy
from converters.quality.covering.coverage import coverage
from converters.quality.covering.unit import unit


def points(seed, rows=2000, width=16, topics=40):
    random = np.random.default_rng(seed)
    topic = random.integers(0, topics, rows)
    return unit(
        (random.standard_normal((topics, width))[topic] + 0.3 * random.standard_normal((rows, width))).astype("f4")
    )


def test_the_radius_of_an_approximation_bounds_what_it_covers_and_is_near_to_the_exact_one():
    vectors = points(0)
    cover, exact = k_center_by_parts(vectors, 150), k_center_greedy(vectors, 150)
    assert len(set(cover.order.tolist())) == 150
    assert coverage(vectors, cover.order).largest <= cover.radius < 1.2 * exact.radius
    by_chance = np.random.default_rng(0).permutation(2000)[:150]
    assert coverage(vectors, cover.order).largest < coverage(vectors, by_chance).largest


def test_its_radii_fall_and_a_smaller_one_is_its_beginning():
    vectors = points(1)
    cover = k_center_by_parts(vectors, 150)
    assert (np.diff(cover.radii[np.isfinite(cover.radii)]) <= 0).all()
    assert k_center_by_parts(vectors, 50).order.tolist() == cover.order.tolist()[:50]


def test_an_approximation_of_one_part_is_exact(monkeypatch):
    monkeypatch.setattr(core_set, "PARTS", 1)
    assert k_center_by_parts(points(2), 60).order.tolist() == k_center_greedy(points(2), 60).order.tolist()


def test_an_approximation_keeps_what_is_given_and_gives_equal_rows_one_place():
    vectors = np.tile(points(3, rows=100), (5, 1))
    cover = k_center_by_parts(vectors, 400, first=[250, 7])
    assert cover.order.tolist()[:2] == [250, 7]
    assert sorted(row % 100 for row in cover.order.tolist()) == list(range(100))
    assert cover.radius == 0


def test_an_approximation_is_taken_for_very_many_and_says_so(monkeypatch):
    assert approximation(80_000, 5_000) == ""
    assert approximation(1_000_000, 5_000) == ""
    assert approximation(1_000_000, 50_000).startswith("50,000 of 1,000,000: an approximation")
    monkeypatch.setattr(core_set, "EXACT", 1000)
    vectors = points(4, rows=300)
    exact, parts = k_center_greedy(vectors, 40).order.tolist(), k_center_by_parts(vectors, 40).order.tolist()
    assert core_set.core_set(vectors, 40).order.tolist() == parts != exact
    assert core_set.core_set(vectors, 40, exact=True).order.tolist() == exact


def test_nothing_of_nothing_is_nothing():
    assert len(k_center_by_parts(np.zeros((0, 4), dtype="f4"), 3).order) == 0
    assert k_center_by_parts(points(5, rows=3), 10).radius == pytest.approx(0)
