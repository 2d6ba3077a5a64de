"""What is a score? A number that says how it was made, how sure it is, and which way is better."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ewc_plugin.bootstrap import DESCRIPTION, RESAMPLES, interval, resampled_ratios

Better = Literal["larger", "smaller", "neither"]


class NothingAppliesError(ValueError):
    """A measure that has nothing to say about any item of a set (openings, where none was given)."""


@dataclass(frozen=True)
class How:
    """How a score is resampled; the same for all scores of a matrix."""

    seed: int = 42
    resamples: int = RESAMPLES

    def signed(self, metric: str, version: int | str, **more: Any) -> dict[str, Any]:
        """A signature: what the number is, in which version, and how its interval was drawn."""
        drawn = {"interval": DESCRIPTION, "resamples": self.resamples, "seed": self.seed}
        return {"metric": metric, "version": version, **more, **drawn}


@dataclass(frozen=True)
class Score:
    """`items` has one value per item, in the order given, NaN where the measure does not apply to an item.

    better: which way is better; `neither` describes (a length ratio) and judges nothing. extra: numbers that belong to
    the cell. Where `value` is the mean of `items`, `mean` is true: such scores are compared item by item.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    items: tuple[float, ...]
    signature: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)
    better: Better = "larger"
    mean: bool = False

    def cell(self, **more: Any) -> dict[str, Any]:
        """As it stands in `metrics.json` and `matrix.json`; `more` enters the signature."""
        numbers = {"value": self.value, "n": self.n, "low": self.low, "high": self.high, "better": self.better}
        kind = {"mean_of_items": True} if self.mean else {}
        return numbers | kind | dict(self.extra) | {"signature": dict(self.signature) | more}


def mean_score(
    name: str,
    items: Sequence[float],
    how: How,
    *,
    version: int,
    better: Better = "larger",
    extra: Mapping[str, Any] | None = None,
    **signature: Any,
) -> Score:
    """The mean of one value per item with its interval; NaN items are left out and counted in `without`.

    signature: parameters that change the value (an n, a tokeniser). Raises NothingAppliesError where no item has one.
    """
    values = [float(value) for value in items if not math.isnan(value)]
    if not values:
        raise NothingAppliesError(f"{name} applies to none of {len(items)} items")
    low, high = interval(resampled_ratios(values, [1.0] * len(values), resamples=how.resamples, seed=how.seed))
    left_out = len(items) - len(values)
    return Score(
        name=name,
        value=math.fsum(values) / len(values),
        low=low,
        high=high,
        n=len(values),
        items=tuple(float(value) for value in items),
        signature=how.signed(name, version, **signature),
        extra={**(extra or {}), **({"without": left_out} if left_out else {})},
        better=better,
        mean=True,
    )
