"""How evenly do parts share a whole, and how might they? Effective numbers, and shares made flatter by a temperature.

Pure arithmetic over counts. What the parts are (datasets of a group, strata of rows) is for others to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from converters.mixing.quota import Shortage, capped_shares
from converters.quality.selection.quotas import tempered


@dataclass(frozen=True)
class Part:
    """`units` are what shares are of, examples or tokens; `now` is the part's share of the whole at present."""

    name: str
    examples: int
    tokens: int
    units: int
    now: float


@dataclass(frozen=True)
class Proposal:
    """`share` of the whole for each part, `short`: (units wanted, units that can be had) where a whole is too large."""

    shares: Mapping[str, float]
    short: tuple[int, int] | None = None


def effective_number(shares: Sequence[float]) -> float:
    """exp(−Σ pᵢ ln pᵢ): how many equal parts are as diverse (Hill 1973, order 1). From 1 to the number of parts."""
    whole = math.fsum(shares)
    parts = [share / whole for share in shares if share > 0] if whole else []
    return math.exp(-math.fsum(part * math.log(part) for part in parts)) if parts else 0.0


def proposal(parts: Sequence[Part], temperature: float, *, whole: int | None, uses: int) -> Proposal:
    """pᵢ ∝ nᵢ^(1/T), but no part is used more than `uses` times in a whole of so many units; others fill the gap.

    Without a whole there is no limit. When all parts together are too few for it, each has its share of what there is.
    """
    weights = dict(
        zip([part.name for part in parts], tempered([part.units for part in parts], temperature), strict=True)
    )
    if whole is None:
        return Proposal(_normalised(weights))
    capacity = {part.name: part.units * uses for part in parts}
    present = {name: weight for name, weight in weights.items() if weight}
    try:
        counts = capped_shares(whole, present, capacity) if present else {}
    except Shortage:
        return Proposal(_normalised(by_size(parts)), (whole, sum(capacity.values())))
    return Proposal(_normalised({name: Fraction(counts.get(name, 0)) for name in weights}))


def by_size(parts: Sequence[Part]) -> dict[str, Fraction]:
    return {part.name: Fraction(part.units) for part in parts}


def _normalised(weights: Mapping[str, Fraction]) -> dict[str, float]:
    whole = sum(weights.values(), Fraction(0))
    return {name: float(weight / whole) if whole else 0.0 for name, weight in weights.items()}


def times_used(share: float, whole: int | None, units: int) -> float | None:
    """How often each example of a part stands in a whole; None where there is no whole."""
    if whole is None or not units:
        return None
    return share * whole / units
