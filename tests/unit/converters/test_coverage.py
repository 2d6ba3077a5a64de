"""What a selection leaves uncovered, and what lies nearest to a point: against loops over pairs."""

import math
from itertools import pairwise

import numpy as np
import pytest

from converters.quality.covering import distances
from converters.quality.covering.core_set import k_center_greedy
from converters.quality.covering.coverage import coverage
from converters.quality.covering.nearest import cosines, nearest
from converters.quality.covering.unit import unit, usable


def rows(seed, count=200, width=24):
    return unit(np.random.default_rng(seed).standard_normal((count, width)).astype("f4"))


def test_coverage_is_the_distance_of_each_row_to_the_nearest_chosen_one(monkeypatch):
    vectors, chosen = rows(0), [5, 17, 199, 60, 61]
    expected = [min(math.dist(row, vectors[other].tolist()) for other in chosen) for row in vectors.tolist()]
    for piece in (2048, 7):  # all in one product, and in many
        monkeypatch.setattr(distances, "ROWS", piece)
        monkeypatch.setattr(distances, "OTHERS", piece // 2)
        found = coverage(vectors, chosen)
        np.testing.assert_allclose(found.distances, expected, rtol=1e-9)
        assert found.mean == pytest.approx(sum(expected) / 200)
        assert found.p95 == pytest.approx(np.quantile(expected, 0.95))
        assert found.largest == pytest.approx(max(expected))
        assert [found.nearest[row] for row in chosen] == chosen


def test_what_is_chosen_is_covered_whole_and_so_are_its_equals():
    vectors = np.tile(rows(1, 10), (3, 1))
    found = coverage(vectors, [3, 4])
    assert np.flatnonzero(found.distances == 0).tolist() == [3, 4, 13, 14, 23, 24]
    assert coverage(vectors, range(10)).largest == 0


def test_of_chosen_rows_that_are_as_near_the_first_is_the_nearest_in_whatever_slices(monkeypatch):
    vectors = rows(9, 20)
    twice = np.concatenate([vectors, vectors])
    for slices in (4096, 6):
        monkeypatch.setattr(distances, "OTHERS", slices)
        numbers, squares = distances.nearest_of(vectors, twice)
        assert numbers.tolist() == list(range(20))
        assert not squares.any()


def test_the_radius_of_a_core_set_is_its_coverage():
    vectors = rows(2)
    cover = k_center_greedy(vectors, 20)
    assert coverage(vectors, cover.order).largest == pytest.approx(cover.radius, rel=1e-9)


def test_rows_without_a_vector_do_not_count():
    vectors = rows(3)
    holed = vectors.copy()
    holed[[0, 50]] = np.nan
    found, without = coverage(holed, [7, 8]), coverage(np.delete(vectors, [0, 50], axis=0), [6, 7])
    assert (found.mean, found.p95, found.largest) == (without.mean, without.p95, without.largest)
    assert np.flatnonzero(np.isnan(found.distances)).tolist() == np.flatnonzero(found.nearest == -1).tolist() == [0, 50]


def test_a_choice_of_nothing_has_no_coverage():
    with pytest.raises(ValueError, match="nothing is chosen"):
        coverage(rows(4), [])


def test_the_nearest_rows_come_in_the_order_of_their_cosine():
    vectors, centre = rows(5), np.random.default_rng(6).standard_normal(24)
    cosine = [sum(map(math.prod, zip(row, centre.tolist(), strict=True))) for row in vectors.tolist()]
    assert nearest(vectors, centre).tolist() == sorted(range(200), key=lambda row: -cosine[row])
    np.testing.assert_allclose(cosines(vectors, centre) * np.linalg.norm(centre), cosine, atol=1e-9)


def test_rows_that_are_as_near_come_in_the_order_of_the_file():
    vectors = np.tile(rows(7, 5), (4, 1))
    order = nearest(vectors, vectors[2]).tolist()
    assert order[:4] == [2, 7, 12, 17]
    assert all(left < right for left, right in pairwise(order) if left % 5 == right % 5)


def test_rows_without_a_vector_are_not_near_to_anything():
    vectors = rows(8)
    vectors[3] = np.nan
    assert len(nearest(vectors, vectors[0])) == 199
    assert 3 not in nearest(vectors, vectors[0])


def test_unit_rows_have_length_1_and_what_has_no_direction_is_not_a_number():
    matrix = np.array([[3, 4], [0, 0], [np.inf, 1], [np.nan, 1], [1e-30, 0], [3e38, 3e38]], dtype="f4")
    assert usable(matrix).tolist() == [True, False, False, False, True, True]
    np.testing.assert_allclose(unit(matrix)[[0, 4, 5]], [[0.6, 0.8], [1, 0], [0.5**0.5, 0.5**0.5]], rtol=1e-7)
    assert np.isnan(unit(matrix)[1:4]).all()
