"""How many clusters should there be, when nobody says it? The rule that `--clusters auto` goes by, and its words."""

from __future__ import annotations

from math import isqrt

LEAST, MOST = 2, 256


def how_many(rows: int) -> tuple[int, str]:
    """(k, the rule): k = √(n/2), the rule of thumb of Mardia et al. 1979 (Multivariate Analysis, p. 365)."""
    k = max(min(LEAST, rows), min(MOST, isqrt(rows // 2)))
    return k, f"auto: √(n/2) of {rows:,} examples, from {LEAST} to {MOST}"
