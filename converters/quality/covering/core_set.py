"""Which few rows cover all others? k-center-greedy: again and again the row that is furthest from all chosen.

Gonzalez 1985: the radius is at most twice that of the best choice of as many rows. `furthest` knows how to do it fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

import numpy as np
from threadpoolctl import threadpool_limits

from converters.quality.contract import Cover, Matrix, Numbers
from converters.quality.covering.clusters import kmeans
from converters.quality.covering.distances import nearest_of
from converters.quality.covering.furthest import Furthest, FurthestOfParts

Report = Callable[[int, float], None]
EXACT = 10_000_000_000  # distances between rows and chosen ones: about a minute of one core at 384 numbers each
PARTS, FITTED = 32, 20_000  # clusters that the approximation goes by, and the rows that they are found from


def unheard(chosen: int, radius: float) -> None:
    """Nobody watches."""


def core_set(
    vectors: Matrix,
    size: int,
    *,
    first: Sequence[int] = (),
    exact: bool = False,
    seed: int = 0,
    report: Report = unheard,
) -> Cover:
    """`k_center_greedy`, or `k_center_by_parts` where `approximation` says so and `exact` does not forbid it."""
    if exact or not approximation(len(vectors), size):
        return k_center_greedy(vectors, size, first=first, report=report)
    return k_center_by_parts(vectors, size, first=first, seed=seed, report=report)


def approximation(rows: int, size: int) -> str:
    """What is done instead of the exact greedy for so many, as a line for the user; "" where it is exact."""
    if rows * min(size, rows) <= EXACT:
        return ""
    return (
        f"{size:,} of {rows:,}: an approximation, each example is compared within its own of {PARTS} clusters only "
        "(the radius is an upper bound; --exact compares all with all)"
    )


def k_center_greedy(vectors: Matrix, size: int, *, first: Sequence[int] = (), report: Report = unheard) -> Cover:
    """`size` rows of `vectors` (unit rows), those of `first` before all others; without any, row 0 begins.

    Ties go to the lowest row. Fewer than `size` when every row is at distance 0 from a chosen one: of equal rows one is
    enough. `report(chosen, radius)` is called before each. Raises ValueError for rows that are not of length 1, and
    when `first` repeats itself or holds more than `size`.
    """
    given = _checked(first, len(vectors), size)
    with threadpool_limits(1):  # thousands of small products: threads only wait for one another
        return _greedy(Furthest(vectors), len(vectors), size, given, report)


def k_center_by_parts(
    vectors: Matrix, size: int, *, first: Sequence[int] = (), seed: int = 0, report: Report = unheard
) -> Cover:
    """The same with each row compared to the chosen ones of its own part alone, one of PARTS clusters.

    The radii are upper bounds: a row may have a nearer one in another part. So every row is within `radius` of a chosen
    one, but the radius may be more than twice that of the best choice. Measured: 1 to 16 % above the exact one, in half
    the time at a million rows; at 80,000 it takes longer (benchmarks/results/core_set.md).
    """
    given = _checked(first, len(vectors), size)
    if not len(vectors):
        return k_center_greedy(vectors, size)
    with threadpool_limits(1):
        labels = _parts(vectors, seed)
        return _greedy(FurthestOfParts(vectors, labels), len(vectors), size, given, report)


def _parts(vectors: Matrix, seed: int) -> Numbers:
    rows = np.sort(np.random.default_rng(seed).permutation(len(vectors))[:FITTED])
    fitted = kmeans(vectors[rows], min(PARTS, len(rows)), seed=seed)
    # on all rows a cluster of the sample may be left with none
    return np.unique(nearest_of(vectors, fitted.centres)[0], return_inverse=True)[1]


def _greedy(furthest: Furthest | FurthestOfParts, rows: int, size: int, given: list[int], report: Report) -> Cover:
    order, radii = list[int](), list[float]()
    while len(order) < min(size, rows):
        square, row = furthest.furthest()
        if len(order) < len(given):
            row = given[len(order)]
        elif square == 0:
            break
        report(len(order), sqrt(square))
        order.append(row)
        radii.append(sqrt(square))
        furthest.add(row)
    radius = sqrt(furthest.furthest()[0]) if rows else 0.0
    return Cover(np.asarray(order, dtype=np.int64), np.asarray(radii, dtype=np.float64), radius)


def _checked(first: Sequence[int], rows: int, size: int) -> list[int]:
    given = [int(row) for row in first]
    if len(set(given)) < len(given):
        raise ValueError("a row is given twice")
    if len(given) > size or not all(0 <= row < rows for row in given):
        raise ValueError(f"at most {size:,} of the rows 0 to {rows - 1:,} can be given, found {len(given):,}")
    return given
