"""What changed from row to row, and is it more than noise? Every cell against the best row before it.

A page makes dozens of comparisons, and of forty that are chance two would be called beyond noise at 5 %. So each p is
multiplied by the number of earlier rows among which the best was chosen, and then corrected after Holm among all sets
of the row that have the same kind of score (loss, first score, the others): where all is chance, no alarm at all of a
kind in 19 of 20 pages.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ewc_plugin.evaluation.sets import CHOICE_TASKS
from ewc_plugin.matrix import Matrix, better, headline
from ewc_plugin.metrics.score import Better
from ewc_plugin.paired import Difference, difference
from ewc_plugin.randomisation import LEVEL, holm

Cell = dict[str, Any]
Line = tuple[str, str]  # set and score


@dataclass(frozen=True)
class Change:
    """`delta` is value minus reference value, as measured (a loss that rose is positive).

    test: the paired difference; None where predictions are gone. p: of the test, corrected for the others of its row.
    better: which way the score is better.
    """

    column: str
    reference: str
    before: float
    after: float
    test: Difference | None
    better: Better = "smaller"
    metric: str = "loss"
    p: float = 1.0

    @property
    def delta(self) -> float:
        return self.after - self.before

    @property
    def beyond_noise(self) -> bool:
        return self.test is not None and self.p < LEVEL and self.test.has_a_sign

    @property
    def gain(self) -> float:
        """The change with its sign turned where smaller is better: positive is better; 0 for what only describes."""
        return {"larger": self.delta, "smaller": -self.delta, "neither": 0.0}[self.better]


class Changes:
    """Compares the rows of one matrix; each pair is compared once."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self._against_best: dict[tuple[int, str], dict[Line, Change]] = {}
        self._learned: dict[str, list[Change]] = {}
        self._losses = {column["name"]: loss_of(column) for column in matrix["columns"]}

    def against_best(self, k: int, column: str, metric: str = "loss") -> Change | None:
        """Row k against the best earlier row; None without an earlier value or without a value."""
        kind = self._kind(column, metric)
        if (k, kind) not in self._against_best:
            found = {line: change for line in self._lines(kind) if (change := self._to_best(k, *line))}
            self._against_best[k, kind] = dict(zip(found, _corrected(list(found.values())), strict=True))
        return self._against_best[k, kind].get((column, metric))

    def learned(self, kind: str = "loss") -> list[Change]:
        """The sets of the last row's own stage against the row before; `kind`: loss or first."""
        if kind not in self._learned:
            own, last = last_stage_columns(self.matrix), len(self.matrix["rows"]) - 1
            found = (self._between(last - 1, last, *line) for line in self._lines(kind) if line[0] in own)
            self._learned[kind] = _corrected([change for change in found if change]) if last else []
        return self._learned[kind]

    def older(self, kind: str = "loss") -> list[Change]:
        """The sets that the last stage was not to teach, against their best earlier rows; `kind`: loss or first."""
        last, names = len(self.matrix["rows"]) - 1, older_columns(self.matrix)
        found = (self.against_best(last, *line) for line in self._lines(kind) if line[0] in names)
        return [change for change in found if change]

    def _kind(self, column: str, metric: str) -> str:
        if metric == self._losses[column]:
            return "loss"
        return "first" if metric == headline(self.matrix, column) else "other"

    def _lines(self, kind: str) -> list[Line]:
        """Every set and score of a kind, in the order of the columns."""
        cells = [(name, [row["cells"].get(name, {}) for row in self.matrix["rows"]]) for name in self._losses]
        lines = [(name, m) for name, row in cells for m in dict.fromkeys(m for cell in row for m in cell)]
        return [line for line in lines if line[1] != "failed" and self._kind(*line) == kind]

    def _to_best(self, k: int, column: str, metric: str) -> Change | None:
        earlier = [i for i in range(k) if self._value(i, column, metric) is not None]
        if not earlier or self._value(k, column, metric) is None:
            return None
        sign = -1.0 if better(self.matrix, column, metric) == "smaller" else 1.0
        best = max(earlier, key=lambda i: sign * self.matrix["rows"][i]["cells"][column][metric]["value"])
        found = self._between(best, k, column, metric)
        return found and replace(found, p=min(1.0, len(earlier) * found.p))

    def _between(self, before: int, after: int, column: str, metric: str) -> Change | None:
        old, new = self._value(before, column, metric), self._value(after, column, metric)
        if old is None or new is None:
            return None
        rows = self.matrix["rows"]
        test = difference(rows[before], rows[after], column, metric)
        way = better(self.matrix, column, metric)
        p = test.p if test and not self._guessed(before, after, column, metric) else 1.0
        return Change(column, rows[before]["label"], old, new, test, way, metric, p)

    def _guessed(self, before: int, after: int, column: str, metric: str) -> bool:
        """Whether neither row tells the right option better than chance: then nothing was learned or forgotten."""
        cells = [self.matrix["rows"][k]["cells"][column][metric] for k in (before, after)]
        return "chance" in cells[0] and all(cell["high"] >= cell["chance"] for cell in cells)

    def _value(self, k: int, column: str, metric: str) -> float | None:
        cell: Cell = self.matrix["rows"][k]["cells"][column]
        return float(cell[metric]["value"]) if metric in cell else None


def _corrected(changes: Sequence[Change]) -> list[Change]:
    """Those without a test stay as they are."""
    tested = [change for change in changes if change.test is not None]
    after = iter(holm([change.p for change in tested]))
    return [change if change.test is None else replace(change, p=next(after)) for change in changes]


def loss_of(column: Mapping[str, Any]) -> str:
    """Which loss tells what is known: where options are held against one another, that of the right one among them."""
    return "option_loss" if column["task"] in CHOICE_TASKS else "loss"


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
