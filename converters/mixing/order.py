"""Which examples of a dataset are taken, and in which order a mixture lists them.

Pure arithmetic over counts. Two promises: a sample represents the whole file, and so does every prefix.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from converters.mixing.quota import largest_remainder

Sampling = Literal["systematic", "stratified", "random"]
SAMPLINGS: tuple[Sampling, ...] = ("systematic", "stratified", "random")
Positions = npt.NDArray[np.int64]

# ⌊2⁶⁴/φ⌋, odd: the multiples of the golden ratio cover a circle evenly after any number of steps (Knuth,
# TAOCP 3, 6.4)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def systematic(available: int, taken: int) -> Positions:
    """⌊i·N/n⌋ for i = 0…n−1: every (N/n)-th example over the whole file; distinct for n ≤ N."""
    return np.arange(taken, dtype=np.int64) * available // max(taken, 1)


def shuffled(available: int, taken: int, *, seed: str) -> Positions:
    """The first n of a seeded permutation, in file order, so that a larger n only adds."""
    return np.sort(_permutation(available, seed)[:taken])


@lru_cache(maxsize=32)  # quotas by tokens ask for many n of the same permutation
def _permutation(available: int, seed: str) -> Positions:
    """Fisher–Yates over `random()`, the one stream that Python promises to keep between versions."""
    generator = random.Random(seed)
    order = list(range(available))
    for last in range(available - 1, 0, -1):
        other = int(generator.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return np.asarray(order, dtype=np.int64)


def stratified(strata: npt.NDArray[np.int32], taken: int) -> Positions:
    """Each stratum gives its share of n (largest remainder), systematically inside; in file order."""
    names, sizes = np.unique(strata, return_counts=True)
    weights = {str(name): Fraction(int(size)) for name, size in zip(names, sizes, strict=True)}
    if not weights:
        return systematic(0, 0)
    shares = largest_remainder(taken, weights)
    members = (np.flatnonzero(strata == name) for name in names)
    parts = [rows[systematic(len(rows), shares[str(name)])] for name, rows in zip(names, members, strict=True)]
    return np.sort(np.concatenate(parts)).astype(np.int64)


def spread(count: int, *, seed: str) -> Positions:
    """The ranks 0…n−1, every prefix covering them evenly: sorted by the fractional part of rank/φ + u(seed).

    A plain bit reversal would list all even ranks first and so, in a file that alternates two tasks, one
    task.
    """
    start = np.uint64(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))
    return np.argsort(np.arange(count, dtype=np.uint64) * GOLDEN + start, kind="stable").astype(np.int64)


def whole_passes(available: int, taken: int) -> tuple[int, int]:
    """(passes over everything, examples of the last partial pass)."""
    return divmod(taken, available) if available else (0, 0)


def sequence(
    available: int, taken: int, *, sampling: Sampling, seed: str, strata: npt.NDArray[np.int32] | None = None
) -> Positions:
    """The n positions of one dataset in the order in which a mixture uses them.

    Whole passes come before the partial one, so that nothing is seen a third time before all was seen twice.
    """
    passes, rest = whole_passes(available, taken)
    blocks = [np.arange(available, dtype=np.int64)] * passes
    blocks.append(chosen(available, rest, sampling=sampling, seed=seed, strata=strata))
    ordered = [block[spread(len(block), seed=f"{seed}:{turn}")] for turn, block in enumerate(blocks)]
    return np.concatenate(ordered)


def chosen(
    available: int, taken: int, *, sampling: Sampling, seed: str, strata: npt.NDArray[np.int32] | None
) -> Positions:
    """The n ≤ N positions of a partial pass, in file order."""
    if sampling == "random":
        return shuffled(available, taken, seed=seed)
    if sampling == "stratified":
        if strata is None:
            raise ValueError("stratified sampling needs the stratum of every example")
        return stratified(strata, taken)
    return systematic(available, taken)


def interleaved(counts: Mapping[str, int]) -> Iterator[str]:
    """Names in an order whose every prefix of m has each name |count − m·q/Q| ≤ 1 − 1/(2K−2) times, so < 1.

    R. Tijdeman, The chairman assignment problem (Discrete Mathematics 32, 1980): among the K names whose
    deficit is at least 1/(2K−2), the one whose deadline comes first. The bound is the best possible; taking
    the largest deficit instead can be off by more than one. All in integers, scaled by Q·(2K−2).
    """
    names = [name for name, count in counts.items() if count > 0]
    quota = [counts[name] for name in names]
    total, scale = sum(quota), max(2 * len(names) - 2, 1)
    used = [0] * len(names)
    for step in range(1, total + 1):
        index = _earliest_deadline(step, quota, used, total=total, scale=scale)
        used[index] += 1
        yield names[index]


def _earliest_deadline(step: int, quota: Sequence[int], used: Sequence[int], *, total: int, scale: int) -> int:
    """Index with the least (1 − 1/s − deficit)/rate among those with deficit ≥ 1/s, where s = 2K−2."""
    chosen, slack_of_chosen = -1, 0
    for index, count in enumerate(quota):
        deficit = scale * (step * count - used[index] * total)
        if deficit < total and len(quota) > 1:
            continue
        slack = (scale - 1) * total - deficit
        # slack/count < slack_of_chosen/quota[chosen], without a division
        if chosen < 0 or slack * quota[chosen] < slack_of_chosen * count:
            chosen, slack_of_chosen = index, slack
    return chosen
