"""Which rows lie between the bounds that were asked for? `--perplexity 2:50`, `--reward 20%:`, `--length 5%:95%`.

A criterion is one number of a row. A row without that number (not scored, and why) cannot be chosen by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from converters.contract import SourceError
from converters.quality.contract import Numbers
from converters.quality.selection.candidates import Candidates

Values = npt.NDArray[np.float64]
Scores = Mapping[str, Mapping[str, Any]]


class Criterion(NamedTuple):
    """`metric` and `path`: where its number stands in a row's scores ("" if elsewhere); `help` says what it is."""

    metric: str
    path: tuple[str, ...]
    help: str


CHARACTERS = "characters"  # the one criterion that needs no scores
CRITERIA: Mapping[str, Criterion] = {
    CHARACTERS: Criterion("", (), "characters of the answer; needs no scores"),
    "length": Criterion("length", ("answer",), "tokens of the answer, as training reads it"),
    "perplexity": Criterion("perplexity", ("perplexity",), "of the answer, given its instruction"),
    "instruction-perplexity": Criterion("perplexity", ("instruction", "perplexity"), "of the instruction"),
    "ifd": Criterion("ifd", ("ifd",), "loss of the answer with its instruction over that without"),
    "reward": Criterion("reward", ("reward",), "what a reward model says"),
}


class Bound(NamedTuple):
    """A number, or a quantile of the candidates; None where it is open."""

    value: float
    quantile: bool


class Bounds(NamedTuple):
    low: Bound | None
    high: Bound | None

    @property
    def are_shares(self) -> bool:
        return any(bound is not None and bound.quantile for bound in self)


def bounds_of(option: str, text: str) -> Bounds:
    """`a:b`, either of them a number, a share `5%` or nothing. Raises SourceError."""
    parts = text.split(":")
    try:
        low, high = (_bound(part.strip()) for part in parts)
        if (low, high) == (None, None) or (low and high and low.quantile == high.quantile and low.value > high.value):
            raise ValueError(text)
    except ValueError as error:
        raise SourceError(
            f"{option} {text}",
            expected="FROM:TO, numbers or shares of the candidates, one may be missing: 20:500, 5%:95%, :40",
            found=repr(text),
        ) from error
    return Bounds(low, high)


def _bound(text: str) -> Bound | None:
    if not text:
        return None
    value = float(text.removesuffix("%"))
    if not np.isfinite(value) or (text.endswith("%") and not 0 <= value <= 100):
        raise ValueError(text)
    return Bound(value / 100 if text.endswith("%") else value, text.endswith("%"))


def values_of(criterion: Criterion, ids: Sequence[str], scores: Scores) -> Values:
    """The number of each row; NaN where it has none."""
    found = (_number_at(scores.get(identity, {}), (criterion.metric, *criterion.path)) for identity in ids)
    return np.fromiter(found, np.float64, len(ids))


def _number_at(value: Any, path: Sequence[str]) -> float:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return float(value) if isinstance(value, int | float) else np.nan


def without_unscored(
    pool: Candidates, values: Values, criterion: Criterion, *, ids: Sequence[str], scores: Scores
) -> Candidates:
    """The rows that have a number; why the others have none stands in their scores."""
    missing = pool.numbers[~np.isfinite(values[pool.numbers])].tolist()
    told = {number: scores.get(ids[number], {}).get("unscored", {}) for number in missing}
    details = {number: str(told[number].get(criterion.metric) or "not scored") for number in missing}
    return pool.without(dict.fromkeys(missing, f"no_{criterion.metric}"), details)


def numbers_of(bounds: Bounds, values: Values) -> tuple[float, float]:
    """What bounds come to for the candidates of these values.

    A quantile q is the smallest value that q of them do not exceed, so it is a value that occurs.
    """
    known = values[np.isfinite(values)]
    return _number(bounds.low, known, -np.inf), _number(bounds.high, known, np.inf)


def within(pool: Candidates, values: Values, name: str, members: Numbers, between: tuple[float, float]) -> Candidates:
    """Without those of `members` whose number does not lie between both bounds, these included."""
    members = members[np.isin(members, pool.numbers)]
    own = values[members]
    outside = members[(own < between[0]) | (own > between[1])].tolist()
    details = {number: f"{name} {values[number]:.6g}" for number in outside}
    return pool.without(dict.fromkeys(outside, f"{name}_out_of_bounds"), details)


def _number(bound: Bound | None, values: Values, default: float) -> float:
    if bound is None or not len(values):
        return default
    return float(np.quantile(values, bound.value, method="inverted_cdf")) if bound.quantile else bound.value
