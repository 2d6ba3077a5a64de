"""What is an expression worth? Tokens of numbers, letters, signs and brackets → constant + Σ factor · letter.

None wherever the tokens are no complete expression, or none that is linear in its letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

LARGEST_POWER = 6


class Token(NamedTuple):
    """`kind`: number, letter, operator, open or close; others have no place in an expression."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True)
class Linear:
    """constant + Σ factor · letter; a side without letters is a number."""

    constant: Fraction
    factors: Mapping[str, Fraction] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return not self.factors

    def plus(self, other: Linear, sign: int = 1) -> Linear:
        letters = {*self.factors, *other.factors}
        factors = {
            name: self.factors.get(name, Fraction(0)) + sign * other.factors.get(name, Fraction(0)) for name in letters
        }
        return Linear(self.constant + sign * other.constant, {name: value for name, value in factors.items() if value})

    def times(self, factor: Fraction) -> Linear:
        return Linear(self.constant * factor, {name: value * factor for name, value in self.factors.items() if factor})

    def at(self, values: Mapping[str, Fraction]) -> Fraction:
        return self.constant + sum((factor * values[name] for name, factor in self.factors.items()), Fraction(0))


def number(text: str) -> Fraction:
    if text.isdecimal():
        return Fraction(int(text))
    value = Fraction(text.rstrip("% ").replace(",", ""))
    return value / 100 if "%" in text else value


class Parser:
    """Recursive descent: sum → product → power → number, letter or bracket; None wherever it does not fit."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.place = tokens, 0

    def value(self) -> Linear | None:
        result = self._sum()
        return result if self.place == len(self.tokens) else None

    def _next_is(self, *texts: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place].text in texts

    def _take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1].text

    def _sum(self) -> Linear | None:
        sign = -1 if self._next_is("-") and self._take() else 1
        result = self._product()
        result = result.times(Fraction(sign)) if result is not None else None
        while result is not None and self._next_is("+", "-"):
            sign = 1 if self._take() == "+" else -1
            other = self._product()
            result = result.plus(other, sign) if other is not None else None
        return result

    def _product(self) -> Linear | None:
        result = self._power()
        while result is not None and self.place < len(self.tokens):
            token = self.tokens[self.place]
            if token.text in ("*", "/"):
                result = _multiplied(result, self._take(), self._power())
            elif token.kind in ("open", "letter") and self.tokens[self.place - 1].kind != "operator":
                result = _multiplied(result, "*", self._power())
            else:
                break
        return result

    def _power(self) -> Linear | None:
        base = self._atom()
        if base is None or not self._next_is("^"):
            return base
        self._take()
        exponent = self._atom()
        if (
            exponent is None
            or not base.is_number
            or exponent.factors
            or exponent.constant not in range(LARGEST_POWER + 1)
        ):
            return None
        return Linear(base.constant ** int(exponent.constant))

    def _atom(self) -> Linear | None:
        if self.place >= len(self.tokens):
            return None
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "number":
            return Linear(number(token.text))
        if token.kind == "letter":
            return Linear(Fraction(0), {token.text: Fraction(1)})
        if token.text == "-":
            inner = self._atom()
            return inner.times(Fraction(-1)) if inner is not None else None
        if token.kind != "open":
            return None
        inner = self._sum()
        return inner if inner is not None and self._next_is(")") and self._take() else None


def _multiplied(left: Linear, sign: str, right: Linear | None) -> Linear | None:
    if right is None:
        return None
    if sign == "/":
        return left.times(1 / right.constant) if right.is_number and right.constant else None
    if right.is_number:
        return left.times(right.constant)
    return right.times(left.constant) if left.is_number else None
