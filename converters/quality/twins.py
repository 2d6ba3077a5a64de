"""Which rows have the same vector, but for rounding? They get one place.

Rows of cosine ≥ 1 − 1e-6 are linked, and whoever hangs together has one place: two texts that a model does not tell
apart. Without looking at every pair: |u·(a − b)| ≤ ‖a − b‖ for a unit vector u, so that rows whose projections on any
direction are further apart than √(2·1e-6) are no twins. Sorted along the direction in which the rows spread most, each
is compared with its neighbours alone.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from converters.digests import digest64
from converters.quality.contract import Matrix, Numbers
from converters.quality.distances import slack

APART = 1e-6  # 1 − cosine
BLOCK, COLUMNS = 256, 16_384  # rows that are compared with so many neighbours at a time
FITTED, STEPS = 4096, 12  # rows that the direction is found from, and how often it is turned towards it
HELD = 4_000_000  # pairs in memory before they are joined: a thousand equal rows are half a million pairs

Pairs = npt.NDArray[np.int64]


def twins(unit: Matrix, numbers: Numbers, kept: Collection[int] = frozenset()) -> dict[int, int]:
    """(row that goes -> its twin that stays) among `numbers`, rows of `unit` with a direction.

    The first of each family stays, or those that the user keeps.
    """
    if not len(numbers):
        return {}
    same, firsts = _identical(unit, numbers)
    families = _joined(len(numbers), np.concatenate([same, firsts[_near(unit, numbers[firsts])]]))
    return _going(numbers, families, kept)


def _identical(unit: Matrix, numbers: Numbers) -> tuple[Pairs, Numbers]:
    """(places that are equal to the last bit, as pairs; the first place of each different vector)."""
    digests = np.fromiter((digest64(unit[number].tobytes()) for number in numbers), np.uint64, len(numbers))
    _, first, inverse = np.unique(digests, return_index=True, return_inverse=True)
    return _different(first[inverse], np.arange(len(numbers))), np.sort(first)


def _near(unit: Matrix, numbers: Numbers) -> Pairs:
    """Places in `numbers` of rows with 1 − cosine ≤ APART, as pairs."""
    along = _projected(unit, numbers)
    order = np.argsort(along, kind="stable")
    ends = np.searchsorted(along[order], along[order] + 1.01 * np.sqrt(2 * APART), side="right")
    found, held = [np.zeros((0, 2), dtype=np.int64)], 0
    for start in range(0, len(order), BLOCK):
        stop = min(start + BLOCK, len(order))
        for column in range(start, int(ends[stop - 1]), COLUMNS):
            others = order[column : min(column + COLUMNS, int(ends[stop - 1]))]
            found.append(_close(unit, numbers, order[start:stop], others))
            held += len(found[-1])
        if held > HELD:
            found, held = [_links(_joined(len(numbers), np.concatenate(found)))], 0
    return np.concatenate(found)


def _projected(unit: Matrix, numbers: Numbers) -> npt.NDArray[np.float64]:
    """u·x of each row x; u is about the direction of the largest variance of an even sample (power iteration).

    Any direction would do. The better it is, the fewer rows are compared.
    """
    sample = unit[numbers[:: max(1, len(numbers) // FITTED)]].astype(np.float64)
    sample -= sample.mean(axis=0)
    direction = sample[int(np.argmax((sample * sample).sum(axis=1)))]
    for _ in range(STEPS):
        direction = direction / max(float(np.linalg.norm(direction)), 1e-300)
        direction = sample.T @ (sample @ direction)
    direction = direction / max(float(np.linalg.norm(direction)), 1e-300)
    blocks = (unit[numbers[start : start + 8192]] @ direction for start in range(0, len(numbers), 8192))
    return np.concatenate([np.asarray(block, dtype=np.float64) for block in blocks])


def _close(unit: Matrix, numbers: Numbers, places: Numbers, others: Numbers) -> Pairs:
    """Twins of some places among others: float32 says which pairs may be, float64 which are."""
    rows, beside = unit[numbers[places]], unit[numbers[others]]
    left, right = np.nonzero(rows @ beside.T >= 1 - APART - slack(unit.shape[1]) / 2)
    apart = rows[left].astype(np.float64) - beside[right]
    true = (apart * apart).sum(axis=1) / 2 <= APART
    return _different(places[left[true]], others[right[true]])


def _joined(count: int, pairs: Pairs) -> Numbers:
    """The number of the family of each place."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    found: Numbers = connected_components(links, directed=False)[1].astype(np.int64)
    return found


def _links(families: Numbers) -> Pairs:
    """The fewest pairs that join the same families: each place with the first of its own."""
    _, first, inverse = np.unique(families, return_index=True, return_inverse=True)
    return _different(first[inverse], np.arange(len(families)))


def _different(left: Numbers, right: Numbers) -> Pairs:
    pairs: Pairs = np.stack([left, right], axis=1)[left != right]
    return pairs


def _going(numbers: Numbers, families: Numbers, kept: Collection[int]) -> dict[int, int]:
    stays: dict[int, int] = {}
    for place in sorted(range(len(numbers)), key=lambda place: (int(numbers[place]) not in kept, numbers[place])):
        stays.setdefault(int(families[place]), int(numbers[place]))
    found = ((int(number), stays[int(family)]) for number, family in zip(numbers, families, strict=True))
    return {number: twin for number, twin in found if number != twin and number not in kept}
