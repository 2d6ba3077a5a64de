"""How sure is a number that was measured on n examples? Percentile bootstrap over documents, or over examples.

Examples of one document are not independent, so whole documents are drawn; never tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters import wilson

Numbers = npt.NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 2000
SEED = 42
FEWEST = 10  # documents: of fewer, examples are drawn, and the interval is rather too narrow
_BLOCK = 4_000_000  # numbers of the draw table at once, 32 MB


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number and its 95 % interval; `units` were drawn: documents, or examples where these are few."""

    value: float
    low: float
    high: float
    units: int

    def as_json(self) -> dict[str, float | int]:
        return {"value": self.value, "low": self.low, "high": self.high, "units": self.units}


def by_unit(values: Sequence[Sequence[float]], units: Sequence[str]) -> Numbers:
    """Rows summed by document, (documents, d), where there are at least FEWEST; else the rows as they are.

    "" is no document: such a row stands for itself.
    """
    table = np.asarray(values, dtype=np.float64)
    numbers = {unit: number for number, unit in enumerate(dict.fromkeys(filter(None, units)))}
    alone = len(numbers)
    places = []
    for unit in units:
        places.append(numbers[unit] if unit else alone)
        alone += not unit
    if alone < FEWEST:
        return table
    sums = np.zeros((alone, table.shape[1]))
    np.add.at(sums, places, table)
    return sums


def resampled(table: Numbers, *, seed: int = SEED, resamples: int = RESAMPLES) -> Numbers:
    """Sums over rows drawn with replacement, as many as there are: (n, d) -> (resamples, d)."""
    n = len(table)
    generator = np.random.default_rng(seed)
    blocks = []
    for start in range(0, resamples, block := max(1, _BLOCK // n)):
        counts = generator.multinomial(n, np.full(n, 1 / n), size=min(block, resamples - start))
        blocks.append(counts.astype(np.float64) @ table)
    return np.concatenate(blocks)


def central(draws: Numbers) -> tuple[float, float]:
    """The central 95 % of resampled values."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(draws, [tail, 100 - tail])
    return float(low), float(high)


def ratio_of_sums(above: Sequence[float], below: Sequence[float], units: Sequence[str]) -> Estimate:
    """Σ above / Σ below; with `below` all 1 the mean."""
    table = by_unit(np.column_stack([above, below]).tolist(), units)
    sums, draws = table.sum(axis=0), resampled(table)
    return Estimate(float(sums[0] / sums[1]), *central(draws[:, 0] / draws[:, 1]), len(table))


def mean(values: Sequence[float], units: Sequence[str]) -> Estimate:
    return ratio_of_sums(values, [1.0] * len(values), units)


def share(hits: Sequence[bool], units: Sequence[str]) -> Estimate:
    """Per cent of hits. At least as wide as Wilson's interval (1927) of as many independent ones as were drawn.

    Resampling ten hits of ten never draws a miss; ten say no more than that 72 % or more are hits.
    """
    found = mean([100.0 * hit for hit in hits], units)
    low, high = wilson.interval(found.value / 100, found.units)
    return Estimate(found.value, min(found.low, 100 * low), max(found.high, 100 * high), found.units)


def difference_of_ratios(
    one: tuple[Sequence[float], Sequence[float]], other: tuple[Sequence[float], Sequence[float]], units: Sequence[str]
) -> Estimate:
    """Σ/Σ of the one − Σ/Σ of the other over the same examples, which are drawn together (a paired comparison)."""
    table = by_unit(np.column_stack([*one, *other]).tolist(), units)
    sums, draws = table.sum(axis=0), resampled(table)
    value = sums[0] / sums[1] - sums[2] / sums[3]
    return Estimate(float(value), *central(draws[:, 0] / draws[:, 1] - draws[:, 2] / draws[:, 3]), len(table))
