"""Which rows are a sample? Every k-th, a random choice, or of each stratum its part. All in an order to cut short.

A prefix of a sample is spread over the file as the whole is (`mixing.order`), and of strata each has its share of it.
"""

from __future__ import annotations

import numpy as np

from converters.mixing.order import interleaved, sequence, spread, systematic
from converters.quality.contract import Choice, Numbers
from converters.quality.selection.quotas import quotas, tempered
from converters.quality.selection.strata import Strata

METHODS = ("systematic", "random", "stratified")


def systematic_sample(candidates: Numbers, size: int) -> list[Choice]:
    """⌊i·n/size⌋ for i = 0, 1 …: over the whole file, without chance."""
    return _chosen(candidates[sequence(len(candidates), size, sampling="systematic", seed="")])


def random_sample(candidates: Numbers, size: int, *, seed: int) -> list[Choice]:
    """Every set of `size` is equally likely; the same for the same seed and candidates."""
    return _chosen(candidates[sequence(len(candidates), size, sampling="random", seed=str(seed))])


def stratified_sample(candidates: Numbers, size: int, strata: Strata, *, temperature: float = 1.0) -> list[Choice]:
    """Of each stratum its share of the candidates (made flatter by a temperature above 1), every k-th inside.

    What a stratum is short of goes to the others. Raises Shortage when there are fewer candidates than `size`.
    """
    members = {strata.names[label]: rows for label, rows in strata.members(candidates).items() if len(rows)}
    sizes = {name: len(rows) for name, rows in members.items()}
    weights = dict(zip(sizes, tempered(list(sizes.values()), temperature), strict=True))
    counts = quotas(size, weights, most=sizes, least=dict.fromkeys(sizes, 0))
    ordered = {
        name: iter(rows[systematic(len(rows), counts[name])][spread(counts[name], seed="")].tolist())
        for name, rows in members.items()
    }
    return [Choice(next(ordered[name]), "sample") for name in interleaved(counts)]


def _chosen(numbers: Numbers) -> list[Choice]:
    return [Choice(int(number), "sample") for number in np.asarray(numbers)]
