"""Which numbers do the steps of a worked solution use and give, and which number does it end on?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations

from converters.reckoning.equations import Chain, Side, chains
from converters.reckoning.numerals import named, shares
from converters.reckoning.unknowns import solved_values

LONGEST_SEARCH = 6  # numbers of a problem that are combined; more and almost any result could be reached
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}")
_CONCLUSIONS = ("所以", "因此", "答案", "答：", "综上")


def numbers(chain: Chain) -> list[Side]:
    return [side for side in chain.sides if side is not None and side.value.is_number]


def divisions(solution: str) -> Iterator[Side]:
    """Divisions of one whole number by another."""
    for chain in chains(solution):
        for side in numbers(chain):
            if (
                side.operators == "/"
                and len(side.numbers) == 2
                and all(number.denominator == 1 for number in side.numbers)
            ):
                yield side


def results(solution: str) -> set[Fraction]:
    """What was computed: values of expressions and what they were said to equal, remainders, letters."""
    found = set(solved_values(solution))
    for chain in chains(solution):
        sides = numbers(chain)
        if any(side.operators for side in sides):
            found |= {side.value.constant for side in sides}
            found |= {side.remainder for side in sides if side.remainder is not None}
    for side in divisions(solution):
        whole, part = side.numbers
        found |= {Fraction(whole // part), Fraction(-(-whole // part)), Fraction(whole % part)}
    return found


def one_step_from(given: Iterable[Fraction]) -> set[Fraction]:
    """Everything that one operation on two or three of these numbers gives, and the sum of them all."""
    given = list(given)[:LONGEST_SEARCH]
    found = {sum(given, Fraction(0))}
    for one, other in combinations(given, 2):
        found |= {one + other, abs(one - other), one * other}
        for high, low in ((one, other), (other, one)):
            if low:
                found |= {high / low, Fraction(high // low), Fraction(high % low)}
    for three in combinations(given, 3):
        total = sum(three, Fraction(0))
        found |= {total, *(abs(total - 2 * number) for number in three)}
    return found


def conclusion(solution: str) -> str:
    """The last line that has a number in it, from its last 所以 or 答案 on."""
    lines = [line for line in solution.split("\n") if named(line)]
    if not lines:
        return ""
    cut = max(lines[-1].rfind(word) for word in _CONCLUSIONS)
    return lines[-1][max(cut, 0) :]


def concluded(solution: str) -> set[Fraction]:
    last = _LATEX_FRACTION.sub(r"\1/\2", conclusion(solution))
    return {*named(last), *shares(last)}


def is_rounding(written: Fraction, value: Fraction) -> bool:
    """89.67 of 269/3."""
    if written.denominator == 1:
        return False
    places = len(shown(written).partition(".")[2])
    return abs(written - value) <= Fraction(1, 10**places)


def shown(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"{float(number):.6g}"
