"""Which rows have the same vector, but for rounding? They get one place.

A row goes when an earlier one that stays is its twin: cosine ≥ 1 − 1e-6, two texts that a model does not tell apart.
Found without a look at every pair: on any few directions at right angles two rows are no further apart than they are,
so a tree over the directions in which rows spread most finds all that may be twins, and hardly any others.
"""

from __future__ import annotations

from collections.abc import Collection
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.digests import digest64
from converters.quality.contract import Matrix, Numbers

APART = 1e-6  # 1 − cosine = ‖a − b‖² / 2
REACH = sqrt(2 * APART) * (1 + 1e-6)  # of ‖a − b‖, more than rounding takes away
DIRECTIONS = 8
FITTED, STEPS = 4096, 8  # rows that the directions are found from, and how often these are turned towards theirs
HELD = 1_000_000  # neighbours in memory: of a thousand rows that are nearly equal each has a thousand
BLOCK = 8192

Places = npt.NDArray[np.float64]


def twins(unit: Matrix, numbers: Numbers, kept: Collection[int] = frozenset()) -> dict[int, int]:
    """(row that goes -> its twin that stays) among `numbers`, rows of `unit` with a direction, in the order of rows.

    Rows that the user keeps come before all others, and stay.
    """
    if not len(numbers):
        return {}
    first = np.isin(numbers, np.fromiter(kept, np.int64, len(kept)))
    order = np.concatenate([numbers[first], numbers[~first]])
    same, different = _identical(unit, order)
    near = _near(unit, order[different])
    found = {int(order[place]): int(order[other]) for place, other in same.items()}
    found |= {int(order[different[place]]): int(order[different[other]]) for place, other in near.items()}
    # what goes may have been the first of several that are equal to the last bit
    return {row: found.get(twin, twin) for row, twin in sorted(found.items()) if row not in kept}


def _identical(unit: Matrix, numbers: Numbers) -> tuple[dict[int, int], Numbers]:
    """(place -> first place of the same vector to the last bit, the first places)."""
    first: dict[int, int] = {}
    found = [first.setdefault(digest64(unit[number].tobytes()), place) for place, number in enumerate(numbers)]
    repeats = {place: other for place, other in enumerate(found) if place != other}
    return repeats, np.asarray(list(first.values()), dtype=np.int64)


def _near(unit: Matrix, numbers: Numbers) -> dict[int, int]:
    """(place that goes -> the earlier place that stays) of rows in the order of `numbers`."""
    from scipy.spatial import cKDTree

    points = _projected(unit, numbers)
    tree = cKDTree(points)
    counts = tree.query_ball_point(points, REACH, return_length=True)
    waiting, goes = np.flatnonzero(counts > 1), dict[int, int]()
    while len(waiting):
        ready = max(1, int(np.searchsorted(np.cumsum(counts[waiting]), HELD)))
        for place, others in zip(
            waiting[:ready].tolist(), tree.query_ball_point(points[waiting[:ready]], REACH), strict=True
        ):
            if place not in goes:
                goes.update(dict.fromkeys(_later_twins(unit, numbers, place, others, goes), place))
        waiting = np.asarray([place for place in waiting[ready:].tolist() if place not in goes], dtype=np.int64)
    return goes


def _later_twins(unit: Matrix, numbers: Numbers, place: int, others: Any, goes: Collection[int]) -> list[int]:
    """Those of the neighbours that come later, stay so far and are twins, in float64."""
    later = np.asarray([other for other in others if other > place and other not in goes], dtype=np.int64)
    apart = unit[numbers[later]].astype(np.float64) - unit[numbers[place]]
    found: list[int] = later[(apart * apart).sum(axis=1) / 2 <= APART].tolist()
    return found


def _projected(unit: Matrix, numbers: Numbers) -> Places:
    """Where rows lie along DIRECTIONS orthonormal directions: about those of their largest variance.

    Subspace iteration over an even sample. Any directions would do; the better they are, the fewer pairs are looked at.
    """
    sample = unit[numbers[:: max(1, len(numbers) // FITTED)]].astype(np.float64)
    sample -= sample.mean(axis=0)
    width = unit.shape[1]
    directions = np.random.default_rng(0).normal(size=(width, min(DIRECTIONS, width)))
    for _ in range(STEPS):
        directions = np.linalg.qr(sample.T @ (sample @ directions) + 1e-12 * directions)[0]
    blocks = (unit[numbers[start : start + BLOCK]] @ directions for start in range(0, len(numbers), BLOCK))
    return np.concatenate([np.asarray(block, dtype=np.float64) for block in blocks])
