"""How sure is a score computed on n items? Percentile bootstrap over the items.

Items are drawn, never tokens: the tokens of one answer are not independent. One (seed, n) always gives the
same draws, so that two rows or two runs resampled with them are compared on the same draws (a paired test).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 1000
DESCRIPTION = "95 % percentile bootstrap over items"
# how many numbers of the draw table are held at once (32 MB)
_BLOCK = 4_000_000


def resampled_sums(statistics: ArrayLike, *, resamples: int, seed: int) -> Numbers:
    """Sums over n items drawn with replacement: (n, d) statistics -> (resamples, d)."""
    table = np.asarray(statistics, dtype=np.float64)
    blocks = [counts @ table for counts in _draws(len(table), resamples=resamples, seed=seed)]
    return np.concatenate(blocks)


def _draws(n: int, *, resamples: int, seed: int) -> Iterator[Numbers]:
    """How often each of n items was drawn, in blocks of resamples: (block, n), each row summing to n."""
    generator = np.random.default_rng(seed)
    block = max(1, _BLOCK // n)
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        drawn = generator.integers(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def interval(values: ArrayLike) -> tuple[float, float]:
    """The central 95 % of resampled values."""
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(np.asarray(values, dtype=np.float64), [tail, 100 - tail])
    return float(low), float(high)


def resampled_ratios(numerators: ArrayLike, denominators: ArrayLike, *, resamples: int, seed: int) -> Numbers:
    """Ratio of sums, resampled: Σ numerators / Σ denominators over the same drawn items."""
    sums = resampled_sums(np.column_stack([numerators, denominators]), resamples=resamples, seed=seed)
    ratios: Numbers = sums[:, 0] / sums[:, 1]
    return ratios
