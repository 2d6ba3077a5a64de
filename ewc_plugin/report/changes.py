"""What changed from row to row, and is it more than noise? Every cell against the best row before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ewc_plugin.matrix import Matrix, better
from ewc_plugin.metrics.score import Better
from ewc_plugin.paired import Difference, difference

Cell = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """`delta` is value minus reference value, as measured (a loss that rose is positive).

    test: the paired difference; None where predictions are gone. better: which way the score is better.
    """

    column: str
    reference: str
    before: float
    after: float
    test: Difference | None
    better: Better = "smaller"

    @property
    def delta(self) -> float:
        return self.after - self.before

    @property
    def beyond_noise(self) -> bool:
        return self.test is not None and self.test.beyond_noise

    @property
    def gain(self) -> float:
        """The change with its sign turned where smaller is better: positive is better; 0 for what only describes."""
        return {"larger": self.delta, "smaller": -self.delta, "neither": 0.0}[self.better]


class Changes:
    """Compares the rows of one matrix; each pair is compared once."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self._tests: dict[tuple[int, int, str, str], Difference | None] = {}

    def against_best(self, k: int, column: str, metric: str = "loss") -> Change | None:
        """Row k against the best earlier row; None without an earlier value or without a value."""
        earlier = [i for i in range(k) if self._value(i, column, metric) is not None]
        if not earlier or self._value(k, column, metric) is None:
            return None
        sign = -1.0 if better(self.matrix, column, metric) == "smaller" else 1.0
        best = max(earlier, key=lambda i: sign * self.matrix["rows"][i]["cells"][column][metric]["value"])
        return self.between(best, k, column, metric)

    def between(self, before: int, after: int, column: str, metric: str = "loss") -> Change | None:
        old, new = self._value(before, column, metric), self._value(after, column, metric)
        if old is None or new is None:
            return None
        test = self._test(before, after, column, metric)
        label = self.matrix["rows"][before]["label"]
        return Change(column, label, old, new, test, better(self.matrix, column, metric))

    def _value(self, k: int, column: str, metric: str) -> float | None:
        cell: Cell = self.matrix["rows"][k]["cells"][column]
        return float(cell[metric]["value"]) if metric in cell else None

    def _test(self, before: int, after: int, column: str, metric: str) -> Difference | None:
        key = before, after, column, metric
        if key not in self._tests:
            rows = self.matrix["rows"]
            self._tests[key] = difference(rows[before], rows[after], column, metric)
        return self._tests[key]


def last_stage_columns(matrix: Matrix) -> list[str]:
    """The sets that the last row's stage was to teach."""
    stage = matrix["rows"][-1]["stage"]
    return [c["name"] for c in matrix["columns"] if stage is not None and c["stage"] == stage]


def older_columns(matrix: Matrix) -> list[str]:
    """Sets of stages that stand before the last row, and protected sets that no stage of this matrix taught."""
    rows: Sequence[Any] = matrix["rows"]
    stages = {row["stage"] for row in rows[:-1]}
    last = rows[-1]["stage"]
    return [c["name"] for c in matrix["columns"] if c["stage"] != last and (c["stage"] in stages or c["protected"])]
