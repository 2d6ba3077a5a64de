"""Would chance alone give so large a change? Paired approximate randomisation, and Holm's correction for many tests.

If two rows were equally good, each item's two results could as well have been exchanged. p is how often a random
exchange makes a change as large as the one that was seen (both directions; Riezler and Maxwell 2005, as in sacrebleu's
paired-ar). It holds for any number of items: of five or fewer nothing is ever beyond noise at 5 %, while a bootstrap
interval of one item would have no width at all.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

EXCHANGES = 9999
LEVEL = 0.05
_BLOCK = 1000  # exchanges at once
_ENOUGH = 100  # exchanges at least as large as what was seen: p is known well enough, and far from any level
_SAME = 1e-9  # relative: the same sum added up in another order


def p_value(
    before: NDArray[np.float64 | np.int64],
    after: NDArray[np.float64 | np.int64],
    change: Callable[[Numbers, Numbers], Numbers],
    *,
    seed: int,
    exchanges: int = EXCHANGES,
) -> float:
    """`before` and `after`: (n, d) statistics of the same n items; `change`: (r, d) sums of both -> (r,) changes."""
    old, new = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    sums, apart = (old.sum(0), new.sum(0)), old - new
    seen = float(abs(change(sums[0][None], sums[1][None])[0]))
    generator, done, as_large = np.random.default_rng(seed), 0, 0
    while done < exchanges and as_large < _ENOUGH:
        rows = min(_BLOCK, exchanges - done)
        moved = _chosen(generator, rows, len(old)) @ apart
        drawn = np.abs(change(sums[0] - moved, sums[1] + moved))
        as_large += int((drawn >= seen * (1 - _SAME)).sum())
        done += rows
    return (1 + as_large) / (1 + done)


def _chosen(generator: np.random.Generator, rows: int, n: int) -> Numbers:
    """(rows, n) of 0 and 1, each a fair coin."""
    bits = np.frombuffer(generator.bytes(-(-rows * n // 8)), dtype=np.uint8)
    return np.unpackbits(bits, count=rows * n).reshape(rows, n).astype(np.float64)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p: below α for any of them, when all are chance, with probability α at most (Holm 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted
