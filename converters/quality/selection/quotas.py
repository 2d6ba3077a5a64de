"""How many rows does each stratum give, so that shares stay as they are? Largest remainder, within what there is.

Not in the arithmetic: which rows (`choosing`), and what the strata are (`strata`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from converters.mixing.quota import Shortage, capped_shares


def quotas(
    size: int, weights: Mapping[str, Fraction], *, most: Mapping[str, int], least: Mapping[str, int]
) -> dict[str, int]:
    """size·w/W each, by largest remainder, nobody under `least` or over `most`; what one lacks goes to others.

    `least` are rows that are chosen already. Raises Shortage when all together hold fewer than `size`, and ValueError
    when `least` alone is more.
    """
    if sum(least.values()) > size:
        raise ValueError(f"{sum(least.values())} rows are chosen already, of {size}")
    fixed: dict[str, int] = {}
    while True:
        free = {name: weight for name, weight in weights.items() if name not in fixed}
        shares = _capped(size - sum(fixed.values()), free, most)
        under = {name: least[name] for name, share in shares.items() if share < least[name]}
        if not under:
            merged = shares | fixed
            return {name: merged[name] for name in weights}
        fixed |= under


def _capped(size: int, weights: Mapping[str, Fraction], most: Mapping[str, int]) -> dict[str, int]:
    """A stratum without any weight takes only what the others cannot."""
    if size > sum(most[name] for name in weights):
        raise Shortage({" + ".join(weights): (size, sum(most[name] for name in weights))})
    heavy = {name: weight for name, weight in weights.items() if weight}
    light = {name: Fraction(1) for name in weights if name not in heavy}
    first = capped_shares(min(size, sum(most[name] for name in heavy)), heavy, most) if heavy else {}
    return first | (capped_shares(size - sum(first.values()), light, most) if light else {})


def tempered(sizes: Sequence[int], temperature: float) -> list[Fraction]:
    """pᵢ ∝ nᵢ^(1/T): the shares themselves at T = 1, equal ones as T grows (Conneau & Lample 2019, sec. 3.1, α = 1/T).

    As fractions of the floats, so that no rounding decides who gets the last example.
    """
    return [Fraction(size ** (1 / temperature)) if size else Fraction(0) for size in sizes]


def whole_number_of(text: str, rows: int) -> int:
    """`1000`, or `10%` of the rows, rounded down and at least 1. Raises ValueError for anything else."""
    try:
        share = Fraction(text.removesuffix("%"))
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if text.endswith("%") and 0 < share <= 100:
        return max(1, int(rows * share / 100))
    if text.replace(",", "").isdecimal() and int(text.replace(",", "")) > 0:
        return int(text.replace(",", ""))
    raise ValueError(f"no size: {text!r}")
