"""What is a score? A number that says how it was made and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Score:
    """`items` has one value per item, in the order given; `extra` holds numbers that belong to the cell."""

    name: str
    value: float
    low: float
    high: float
    n: int
    items: tuple[float, ...]
    signature: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def cell(self, **more: Any) -> dict[str, Any]:
        """As it stands in `metrics.json` and `matrix.json`; `more` enters the signature."""
        numbers = {"value": self.value, "n": self.n, "low": self.low, "high": self.high}
        return numbers | dict(self.extra) | {"signature": dict(self.signature) | more}
