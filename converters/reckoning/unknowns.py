"""Does the solution that a text gives satisfy the equations that it set up? 设…为x, and what x came to in the end.

Linear equations in single letters only; a letter that gets two different values stands for two things and is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction

from converters.reckoning.equations import Chain, Side, chains
from converters.reckoning.expressions import Linear

_ROOTS = re.compile(r"或(?:者)?\s*[A-Za-z]\b|\b[A-Za-z]\s*(?:²|\^2)")  # a letter with two roots
_SLACK = Fraction(1, 50)  # 2 %: a solution that is written with decimals was rounded


def unsatisfied(text: str) -> str:
    """The first equation that the stated solution does not satisfy, with the solution; "" if there is none."""
    found: Sequence[Chain] = chains(text) if not _ROOTS.search(text) else ()
    values = _solution(found)
    slack = _SLACK if any(value.denominator > 1 for value in values.values()) else Fraction(0)
    for chain in found:
        for left, right, about in chain.pairs:
            if not about and not _fits(left.value, right.value, values, slack):
                return f"{chain.text}: {_shown(left.value.plus(right.value, -1), values)}"
    return ""


def solved_values(text: str) -> frozenset[Fraction]:
    """The numbers that letters came to."""
    return frozenset(value for _, value in _assigned(chains(text)))


def _solution(found: Sequence[Chain]) -> dict[str, Fraction]:
    values: dict[str, set[Fraction]] = defaultdict(set)
    for letter, value in _assigned(found):
        values[letter].add(value)
    return {letter: next(iter(seen)) for letter, seen in values.items() if len(seen) == 1}


def _assigned(found: Sequence[Chain]) -> Iterator[tuple[str, Fraction]]:
    for chain in found:
        letter = _letter(chain.sides[0])
        numbers = [side.value.constant for side in chain.sides[1:] if side is not None and side.value.is_number]
        if letter and numbers and chain.sides[-1] is not None:
            yield letter, numbers[-1]


def _letter(side: Side | None) -> str:
    """x, if a side is nothing but x."""
    if (
        side is None
        or side.value.constant
        or list(side.value.factors.values()) != [1]
        or side.numbers
        or side.operators
    ):
        return ""
    return next(iter(side.value.factors))


def _fits(left: Linear, right: Linear, values: dict[str, Fraction], slack: Fraction) -> bool:
    letters = {*left.factors, *right.factors}
    if not letters or not letters <= values.keys():
        return True
    one, other = left.at(values), right.at(values)
    return abs(one - other) <= slack * max(abs(one), abs(other))


def _shown(difference: Linear, values: dict[str, Fraction]) -> str:
    return ", ".join(f"{name} = {_decimal(values[name])}" for name in sorted(difference.factors)) or "0"


def _decimal(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.6g}"
