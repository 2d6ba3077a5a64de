"""How many clusters should there be, when nobody says it? The rule that `--clusters auto` goes by, and its words."""

from __future__ import annotations

from math import isqrt

from converters.contract import SourceError

LEAST, MOST = 2, 256


def wanted(text: str, rows: int) -> tuple[int, str]:
    """What `--clusters` says: (k, the rule where it is `auto`). Raises SourceError for what is no number."""
    if text == "auto":
        return how_many(rows)
    if not text.isdecimal():
        raise SourceError("--clusters", expected="a number, or auto", found=text)
    return int(text), ""


def how_many(rows: int) -> tuple[int, str]:
    """(k, the rule): k = √(n/2), the rule of thumb of Mardia et al. 1979 (Multivariate Analysis, p. 365).

    Not the k of the best silhouette: over BELLE, alpaca_zh and poems in multilingual-e5-small it is 2 (0.18, and
    0.02 from 16 to 128), poems and all else, which is nothing to choose examples by.
    """
    k = max(min(LEAST, rows), min(MOST, isqrt(rows // 2)))
    return k, f"auto: √(n/2) of {rows:,} examples, from {LEAST} to {MOST}"
