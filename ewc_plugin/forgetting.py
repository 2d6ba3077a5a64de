"""What was learned and what was forgotten? Numbers from the matrix, with one definition each.

R[k, j] is the score of column j after stage k, row 0 the base model; scores that are better when smaller (losses) enter
with their sign turned, so that more is better everywhere. T is the last row. s(j) is the row of the stage that
introduced column j; columns whose stage has no row are in no mean, since nothing introduced them. A cell that failed is
an error (MissingCellError), never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from ewc_plugin.matrix import Matrix, MatrixError, better, headline
from ewc_plugin.metrics.translation import CORPUS, PERCENT


class MissingCellError(MatrixError):
    """A number was asked for that needs a cell which failed or was never measured."""


@dataclass(frozen=True)
class Table:
    """R and s: `values[k][j]`, `introduced[j]`."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    introduced: tuple[int | None, ...]
    values: tuple[tuple[float, ...], ...]

    @property
    def last(self) -> int:
        return len(self.rows) - 1


@dataclass(frozen=True)
class Summary:
    """None where a definition has nothing to stand on (one stage has no backward transfer)."""

    average: tuple[float | None, ...]
    backward_transfer: float | None
    forward_transfer: float | None
    mean_forgetting: float | None
    mean_plasticity: float | None


def table(matrix: Matrix, scores: str | Mapping[str, str] = "loss") -> Table:
    """One score of every column that has it in any row, or that of each named: BLEU and chrF as shares of 100."""
    return _table(matrix, dict.fromkeys(measured(matrix, scores), scores) if isinstance(scores, str) else scores)


def scored(matrix: Matrix) -> dict[str, str]:
    """Columns whose first score is better one way, and which that is."""
    firsts = ((c["name"], headline(matrix, c["name"])) for c in matrix["columns"])
    return {name: metric for name, metric in firsts if metric and better(matrix, name, metric) != "neither"}


def _table(matrix: Matrix, metrics: Mapping[str, str]) -> Table:
    stages = [row["stage"] for row in matrix["rows"]]
    kinds = {c["name"]: c["stage"] for c in matrix["columns"]}
    return Table(
        rows=tuple(row["label"] for row in matrix["rows"]),
        columns=tuple(metrics),
        introduced=tuple(stages.index(kinds[n]) if kinds.get(n) in stages else None for n in metrics),
        values=tuple(tuple(_score(matrix, row, *line) for line in metrics.items()) for row in matrix["rows"]),
    )


def measured(matrix: Matrix, metric: str) -> list[str]:
    """Columns that have the metric in any row."""
    names = [c["name"] for c in matrix["columns"]]
    return [n for n in names if any(metric in row["cells"].get(n, {}) for row in matrix["rows"])]


def _score(matrix: Matrix, row: Matrix, name: str, metric: str) -> float:
    cell = row["cells"].get(name, {})
    if metric not in cell:
        raise MissingCellError(
            f"matrix, row {row['label']}, column {name}",
            expected=f"a {metric}",
            found=str(cell.get("failed", "nothing")),
            remedy="Repair the set and evaluate that stage again, or ask for the other columns only.",
        )
    value = float(cell[metric]["value"]) / (PERCENT if metric in CORPUS else 1.0)
    return -value if better(matrix, name, metric) == "smaller" else value


def average(scores: Table, k: int) -> float | None:
    """A_k = mean_j R[k, j], over the columns that the stages up to T introduced."""
    return _mean([scores.values[k][j] for j, s in enumerate(scores.introduced) if s is not None])


def backward_transfer(scores: Table) -> float | None:
    """BWT = 1/(T−1) Σ_{j<T} (R[T, j] − R[s(j), j]): the mean over columns introduced before stage T."""
    last = scores.values[-1]
    return _mean([last[j] - scores.values[s][j] for j, s in _introduced(scores) if s < scores.last])


def forgetting(scores: Table, k: int, j: int) -> float:
    """F_k(j) = max_{l<k} R[l, j] − R[k, j]; negative when the last is the best (Chaudhry et al. 2018)."""
    return max(scores.values[earlier][j] for earlier in range(k)) - scores.values[k][j]


def mean_forgetting(scores: Table, k: int) -> float | None:
    """Mean of F_k(j) over the columns introduced before stage k."""
    return _mean([forgetting(scores, k, j) for j, s in _introduced(scores) if s < k])


def forward_transfer(scores: Table) -> float | None:
    """Mean of R[s(j)−1, j] − R[0, j] over columns introduced after the first stage (Lopez-Paz 2017)."""
    return _mean([scores.values[s - 1][j] - scores.values[0][j] for j, s in _introduced(scores) if s > 1])


def plasticity(scores: Table, j: int) -> float | None:
    """R[s(j), j] − R[s(j)−1, j]: what the stage that introduced column j added to it."""
    s = scores.introduced[j]
    return None if s is None or s == 0 else scores.values[s][j] - scores.values[s - 1][j]


def mean_plasticity(scores: Table) -> float | None:
    found = (plasticity(scores, j) for j in range(len(scores.columns)))
    return _mean([value for value in found if value is not None])


def summary(scores: Table) -> Summary:
    return Summary(
        average=tuple(average(scores, k) for k in range(len(scores.rows))),
        backward_transfer=backward_transfer(scores),
        forward_transfer=forward_transfer(scores),
        mean_forgetting=mean_forgetting(scores, scores.last),
        mean_plasticity=mean_plasticity(scores),
    )


def _introduced(scores: Table) -> list[tuple[int, int]]:
    return [(j, s) for j, s in enumerate(scores.introduced) if s is not None]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
