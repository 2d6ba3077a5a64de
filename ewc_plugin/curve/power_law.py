"""Which power law goes through the losses, and how sure is what it says? L(n) = a + b·n^(−c), by least squares.

The form is that of Hestness et al. 2017, "Deep Learning Scaling is Predictable, Empirically" (eq. 1) and of Kaplan et
al. 2020: a is what no amount of such data takes away. For a given c the best a and b follow in closed form, so only c
is searched (variable projection): no starting values, no local minimum, thousands of curves at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewc_plugin.bootstrap import interval

Numbers = NDArray[np.float64]

FEWEST = 4  # three numbers go through any three points: only from a fourth on can a law fit or not
STEEPEST, FLATTEST, GRID = 4.0, 0.01, 80
GOLDEN, NARROWINGS = (5**0.5 - 1) / 2, 40
# points further from the curve than this share of their range (r.m.s.) lie on another, unless that is next to nothing
WELL, NOTHING = 0.1, 0.003


@dataclass(frozen=True)
class Curves:
    """Laws, one a row: arrays of the same length; b is in units of N = `largest`, L(n) = a + b·(n/N)^(−c)."""

    a: Numbers
    b: Numbers
    c: Numbers
    squares: Numbers
    largest: float

    def at(self, n: ArrayLike) -> Numbers:
        """(laws, n)"""
        share = np.asarray(n, dtype=np.float64) / self.largest
        found: Numbers = self.a[:, None] + self.b[:, None] * share[None, :] ** -self.c[:, None]
        return found


@dataclass(frozen=True)
class Law:
    """The law of the measured losses, and those of resampled ones, which say how sure it is.

    distance: of the points from it, root mean square; range: from the highest to the lowest loss.
    """

    sizes: tuple[int, ...]
    best: Curves
    drawn: Curves
    distance: float
    range: float

    @property
    def fits(self) -> bool:
        return self.distance <= max(WELL * self.range, NOTHING)

    @property
    def numbers(self) -> tuple[float, float, float]:
        """a, b and c of L(n) = a + b·n^(−c)."""
        a, b, c = (float(values[0]) for values in (self.best.a, self.best.b, self.best.c))
        return a, b * self.best.largest**c, c

    def at(self, n: ArrayLike) -> tuple[Numbers, Numbers, Numbers]:
        """L(n) with the ends of its 95 % interval."""
        low, high = np.percentile(self.drawn.at(n), [2.5, 97.5], axis=0)
        return self.best.at(n)[0], low, high

    def gain(self, n: int, times: float = 2.0) -> tuple[float, float, float]:
        """How far the loss falls from n examples to `times` as many, with its 95 % interval."""
        of_best, of_drawn = (curves.at([n, n * times]) for curves in (self.best, self.drawn))
        return float(of_best[0, 0] - of_best[0, 1]), *interval(of_drawn[:, 0] - of_drawn[:, 1])


def law(sizes: tuple[int, ...], losses: ArrayLike, draws: ArrayLike, *, seed: int = 42) -> Law:
    """Of losses (k) at k ≥ 4 sizes, and of the same losses on resampled items (r, k).

    Items are the same at every size, so what they add is the same too; what training adds is not (one run a size), and
    is told by how far the points lie from the law: noise of that size is added to each draw. Its variance has k − 3
    degrees of freedom, so that with four sizes an interval is wide unless they lie close to the law.
    """
    measured, resampled = np.asarray(losses, dtype=np.float64), np.asarray(draws, dtype=np.float64)
    best = fitted(sizes, measured[None, :])
    freedom = len(sizes) - 3
    generator = np.random.default_rng(seed)
    scale = np.sqrt(best.squares[0] / generator.chisquare(freedom, size=(len(resampled), 1)))
    noise = scale * generator.standard_normal(resampled.shape)
    drawn = fitted(sizes, np.maximum(best.at(sizes) + (resampled - measured) + noise, 0.0))
    distance = float(np.sqrt(best.squares[0] / len(sizes)))
    return Law(tuple(sizes), best, drawn, distance, float(np.ptp(measured)))


def fitted(sizes: tuple[int, ...], losses: Numbers) -> Curves:
    """The least-squares laws of (r, k) losses with a ≥ 0, b ≥ 0 and 0.01 ≤ c ≤ 4."""
    n = np.asarray(sizes, dtype=np.float64) / max(sizes)
    grid = np.geomspace(FLATTEST, STEEPEST, GRID)
    squares = np.stack([_projected(n, losses, np.full(len(losses), c))[2] for c in grid])
    nearest = squares.argmin(0)
    low, high = grid[np.maximum(nearest - 1, 0)], grid[np.minimum(nearest + 1, GRID - 1)]
    for _ in range(NARROWINGS):
        inner = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left, right = (_projected(n, losses, c)[2] for c in inner)
        low, high = np.where(left <= right, low, inner[0]), np.where(left <= right, inner[1], high)
    c = (low + high) / 2
    a, b, least = _projected(n, losses, c)
    return Curves(a, b, c, least, float(max(sizes)))


def _projected(n: Numbers, losses: Numbers, c: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The best a ≥ 0 and b ≥ 0 for each c, and the sum of squares that is left."""
    x = n[None, :] ** -c[:, None]
    x_mean, mean = x.mean(1), losses.mean(1)
    spread = ((x - x_mean[:, None]) ** 2).sum(1)
    b = ((x - x_mean[:, None]) * losses).sum(1) / spread
    a = mean - b * x_mean
    # losses are positive, so at most one of the two is below zero, and the best lies where that one is zero
    b = np.where(a < 0, (x * losses).sum(1) / (x * x).sum(1), np.maximum(b, 0.0))
    a = np.where(a < 0, 0.0, mean - b * x_mean)
    left = losses - a[:, None] - b[:, None] * x
    return a, b, (left * left).sum(1)
