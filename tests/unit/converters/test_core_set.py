"""What a core set is, against the greedy algorithm written down in five lines of float64."""

from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from converters.quality.covering import core_set, distances
from converters.quality.covering.core_set import k_center_greedy
from converters.quality.covering.furthest import Furthest
from converters.quality.covering.unit import unit


def oracle(vectors, size, first=()):
    """All distances, by differences, in float64; argmax takes the lowest row of equal ones."""
    wide = vectors.astype(np.float64)
    squares = ((wide[:, None, :] - wide[None, :, :]) ** 2).sum(axis=2)
    nearest, order, radii = np.full(len(wide), np.inf), [], []
    while len(order) < min(size, len(wide)) and (len(order) < len(first) or nearest.max() > 1e-12):
        radii.append(nearest.max() ** 0.5)
        order.append(first[len(order)] if len(order) < len(first) else int(nearest.argmax()))
        nearest = np.minimum(nearest, squares[order[-1]])
    return order, radii, nearest.max() ** 0.5


def agrees(vectors, size, first=()):
    cover = k_center_greedy(vectors, size, first=first)
    order, radii, radius = oracle(vectors, size, first)
    assert cover.order.tolist() == order
    np.testing.assert_allclose([*cover.radii, cover.radius], [*radii, radius], rtol=1e-6, atol=1e-6)
    return cover


def points(seed, rows=300, width=16, topics=12, noise=0.3):
    """Unit rows around a few topics of uneven size."""
    random = np.random.default_rng(seed)
    topic = np.minimum(random.pareto(1.0, rows).astype(int), topics - 1)
    return unit(
        (random.standard_normal((topics, width))[topic] + noise * random.standard_normal((rows, width))).astype("f4")
    )


@pytest.fixture(params=[3, 40, 2048], ids=lambda block: f"block of {block}")
def block(request, monkeypatch):
    """A small block is opened again and again, a large one holds all rows."""
    monkeypatch.setattr(core_set, "Furthest", partial(Furthest, block=request.param))
    return request.param


@pytest.mark.parametrize("seed", range(6))
def test_a_core_set_is_that_of_the_greedy_algorithm_to_the_last_row(block, seed):
    agrees(points(seed), 300)


@pytest.mark.parametrize("noise", [0.0, 1e-4, 3.0])
def test_it_is_so_too_for_rows_that_are_equal_nearly_equal_and_without_any_order(block, noise):
    agrees(points(1, noise=noise), 120)


def test_ties_go_to_the_lowest_row(block):
    corners = (
        np.array([[a, b, c, d] for a in (1, -1) for b in (1, -1) for c in (1, -1) for d in (1, -1)], dtype="f4") / 2
    )
    cover = agrees(corners, 16)
    assert cover.order.tolist()[:4] == [0, 15, 3, 5]  # after two opposite corners all others are as far as one another
    assert k_center_greedy(np.eye(60, dtype="f4"), 60).order.tolist() == list(range(60))


def test_equal_rows_get_one_place_and_the_set_ends_when_nothing_is_left_to_cover(block):
    cover = agrees(np.tile(points(2, rows=20), (10, 1)), 150)
    assert sorted(cover.order.tolist()) == list(range(20))
    assert cover.radius == 0


def test_rows_that_are_given_come_first_and_the_rest_covers_what_they_leave(block):
    cover = agrees(points(3), 50, first=[7, 250, 3])
    assert cover.order.tolist()[:3] == [7, 250, 3]


def test_rows_that_are_given_stay_even_when_they_repeat_one_another(block):
    agrees(np.tile(points(4, rows=30), (2, 1)), 20, first=[4, 34, 5])


def test_a_smaller_core_set_is_the_beginning_of_a_larger_one():
    vectors = points(5)
    assert k_center_greedy(vectors, 40).order.tolist() == k_center_greedy(vectors, 90).order.tolist()[:40]


def test_many_centres_are_looked_at_in_several_products(monkeypatch):
    monkeypatch.setattr("converters.quality.covering.furthest.OTHERS", 7)
    monkeypatch.setattr(core_set, "Furthest", partial(Furthest, block=20))
    agrees(points(6), 100)


def test_neither_threads_nor_blocks_change_a_choice(monkeypatch):
    vectors = points(7, rows=3000, width=384, noise=2.0)
    expected = k_center_greedy(vectors, 400).order.tolist()
    for threads, rows in ((1, 37), (2, 500), (2, 4000)):
        monkeypatch.setattr(core_set, "Furthest", partial(Furthest, block=rows))
        monkeypatch.setattr(core_set, "threadpool_limits", lambda _, threads=threads: threadpool_limits(threads))
        assert k_center_greedy(vectors, 400).order.tolist() == expected


def test_products_that_float32_cannot_tell_apart_are_reckoned_in_float64():
    """A thousand rows on a small circle: their distances to the pole differ by less than float32 resolves."""
    angles = np.linspace(0, 1, 1000)
    circle = np.stack([np.full(1000, 10.0), np.cos(angles) * 1e-3, np.sin(angles) * 1e-3, angles * 1e-6], axis=1)
    agrees(unit(np.concatenate([[[1.0, 0, 0, 0]], circle]).astype("f4")), 40)


def test_the_error_of_a_product_stays_below_what_is_reckoned_with():
    vectors = points(8, rows=200, width=768, noise=5.0)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    squares = ((vectors[:, None].astype(np.float64) - vectors[None]) ** 2).sum(axis=2)
    assert np.abs(vectors @ vectors.T - exact).max() < distances.slack(768) / 2
    assert np.abs(squares - (2 - 2 * (vectors @ vectors.T))).max() < distances.slack(768)


def test_more_than_there_are_gives_all_and_nothing_gives_nothing():
    assert sorted(k_center_greedy(points(9, rows=30), 1000).order.tolist()) == list(range(30))
    assert k_center_greedy(points(9, rows=30), 0).order.tolist() == []


def test_the_distance_that_is_left_is_told_before_each_choice():
    told = []
    cover = k_center_greedy(points(10), 5, report=lambda chosen, radius: told.append((chosen, radius)))
    assert told == list(enumerate(cover.radii))


@pytest.mark.parametrize(
    ("first", "expected"),
    [([1, 1], "twice"), ([0, 1, 2], "at most 2"), ([300], "rows 0 to 299"), ([-1], "rows 0 to 299")],
)
def test_rows_that_cannot_be_given_are_an_error(first, expected):
    with pytest.raises(ValueError, match=expected):
        k_center_greedy(points(11), 2, first=first)


def test_rows_that_are_not_of_length_1_are_an_error():
    vectors = points(12)
    vectors[5] = np.nan
    with pytest.raises(ValueError, match="1 others, the first is row 5 with nan"):
        k_center_greedy(vectors, 2)
