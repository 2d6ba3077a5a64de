"""How sure is a share of so many items? The 95 % score interval of Wilson 1927."""

from __future__ import annotations

import math

Z = 1.959963984540054  # 95 % of a normal distribution lie within ± this


def interval(share: float, n: int) -> tuple[float, float]:
    """(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), of independent items.

    Unlike p ± z·√(p(1−p)/n) it stays within 0 and 1 and is right near them.
    """
    middle = share + Z * Z / (2 * n)
    half = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))
