"""Is the arithmetic in a text right? Every equation of numbers that can be read is computed.

Rounding is allowed as far as the digits that are written, a remainder must be the remainder, and a change of unit
(2小时 = 120分钟) is no mistake. Equations with letters are the question of `unknowns`.
"""

from __future__ import annotations

import re
from fractions import Fraction

from converters.reckoning.equations import Chain, Side, chains

# a remark beside the equation that the result is not exact
_ROUNDED = re.compile(r"约|左右|近似|取整|四舍五入|保留|舍去|舍掉|进一|大概|不到|多一点|\.\.|…|≈")
_ABOUT = Fraction(1, 50)  # 2 %: as far as ≈ may be off
_BY_DECIMALS = Fraction(1, 100)  # 1 %: what a factor such as 0.33 for 1/3 may cost
_UNIT_FACTORS = frozenset(map(Fraction, (10, 100, 1000, 10_000, 60, 3600, 24, 7, 12, 1440, 500, 2))) | {Fraction(18, 5)}
_MEASURE = re.compile(r"米|里|克|吨|斤|升|小时|时|分|秒|天|日|周|月|年|元|角|块|平方|立方|km|kg|cm|mm|mL|ml|min|m/s|h")


def wrong_equation(text: str) -> str:
    """The first equation that does not hold, with what its side comes to; "" if none is wrong."""
    for chain in chains(text):
        for left, right, about in chain.pairs:
            if left.value.is_number and right.value.is_number and not holds(left, right, about or is_rounded(chain)):
                return f"{chain.text}: {shown(left)}"
    return ""


def is_rounded(chain: Chain) -> bool:
    return _ROUNDED.search(chain.text) is not None or _ROUNDED.search(chain.tail) is not None


def shown(side: Side) -> str:
    value = side.value.constant
    return str(value) if value.denominator == 1 else f"{float(value):.6g}"


def holds(left: Side, right: Side, about: bool = False) -> bool:
    """Whether two sides of numbers are equal, as exactly as they are written."""
    if right.remainder is not None:
        return _divides(left, right)
    if not left.operators and not right.operators:
        return True  # 1米 = 100厘米, or a name for a number: nothing was computed
    if _mixes_units(left) or _mixes_units(right):
        return True
    one, other = left.value.constant, right.value.constant
    return (
        abs(one - other) <= _tolerance(left, right, about)
        or (left.percent != right.percent and one in (100 * other, other / 100))
        or _is_change_of_unit(left, right)
    )


def _divides(left: Side, right: Side) -> bool:
    if left.operators != "/" or len(left.numbers) != 2 or right.operators:
        return True
    whole, part = left.numbers
    rest = right.remainder or Fraction(0)
    return part * right.value.constant + rest == whole and 0 <= rest < part


def _tolerance(left: Side, right: Side, about: bool) -> Fraction:
    size = max(abs(left.value.constant), abs(right.value.constant))
    if about:
        return max(_ABOUT * size, Fraction(1) if right.places == 0 else Fraction(1, 10**right.places))
    if any(
        side.places or (number.denominator > 1 and not side.percent)
        for side in (left, right)
        for number in side.numbers
    ):
        rounded = max(right.places if not right.operators else 0, left.places if not left.operators else 0)
        written = Fraction(1, 10**rounded) if rounded else Fraction(0)
        return max(
            written, _BY_DECIMALS * size if _has_rounded_factor(left) or _has_rounded_factor(right) else Fraction(0)
        )
    return Fraction(0)


def _has_rounded_factor(side: Side) -> bool:
    """0.33 × 3: a factor with two decimals or more was probably rounded itself."""
    return bool(side.operators) and any((number * 10).denominator > 1 for number in side.numbers)


def _mixes_units(side: Side) -> bool:
    """2米 + 50厘米 adds what must be converted first."""
    measures = {unit for unit in side.units if _MEASURE.search(unit)}
    return len(measures) > 1 and ("+" in side.operators or "-" in side.operators)


def _is_change_of_unit(left: Side, right: Side) -> bool:
    one, other = left.value.constant, right.value.constant
    if not one or not other or not right.units or not _MEASURE.search(right.units[-1]) or right.units[-1] in left.units:
        return False
    ratio = max(one, other, key=abs) / min(one, other, key=abs)
    return ratio in _UNIT_FACTORS and any(_MEASURE.search(unit) for unit in left.units)
