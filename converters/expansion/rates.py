"""What share was accepted, how sure is that, and do two shares differ by more than chance?

Items count as independent. Those of one answer are alike, so the truth is a little less sure than what is said here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from converters.wilson import interval


@dataclass(frozen=True, slots=True)
class Rate:
    """Of `offered` items `accepted` were."""

    accepted: int
    offered: int

    @property
    def share(self) -> float:
        """ZeroDivisionError where nothing was offered."""
        return self.accepted / self.offered


def wilson(rate: Rate) -> tuple[float, float]:
    """The 95 % interval of the share that was accepted."""
    return interval(rate.share, rate.offered)


def fisher(first: Rate, second: Rate) -> float:
    """The two-sided p of Fisher's exact test: how often chance alone parts the accepted at least so unevenly.

    The sum of all hypergeometric probabilities that are not above that of what was seen (the rule of R's fisher.test).
    """
    accepted = first.accepted + second.accepted
    least, most = max(0, accepted - second.offered), min(first.offered, accepted)

    def logarithm(x: int) -> float:
        return _log_choose(first.offered, x) + _log_choose(second.offered, accepted - x)

    every = _log_choose(first.offered + second.offered, accepted)
    chances = [math.exp(logarithm(x) - every) for x in range(least, most + 1)]
    seen = chances[first.accepted - least] * (1 + 1e-7)  # what is equally likely may differ in its last digits
    return min(1.0, math.fsum(chance for chance in chances if chance <= seen))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
