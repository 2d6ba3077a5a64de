"""Which of several runs kept more and learned more? Old and new loss of each on the same items.

Old loss: mean over the protected sets that the last stage did not bring, of each set's loss per token. New
loss: mean over the sets of the last stage. A mean over sets, not over pooled tokens: a set of long answers
does not decide alone. Multiple choice and minimal pairs are in neither: their losses are no losses of answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ewc_plugin.bootstrap import RESAMPLES, Numbers, interval, resampled_ratios
from ewc_plugin.matrix import FILE, Matrix, MatrixError, load
from ewc_plugin.paired import Difference, Items, items_of
from ewc_plugin.randomisation import p_value
from ewc_plugin.report.changes import loss_of


@dataclass(frozen=True)
class Estimate:
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class RunResult:
    """`*_change` is against the first run on the same draws of items (paired); None for the first run."""

    name: str
    old: Estimate | None
    new: Estimate | None
    old_change: Difference | None
    new_change: Difference | None


@dataclass(frozen=True)
class Comparison:
    runs: tuple[RunResult, ...]
    stage: str
    old_sets: tuple[str, ...]
    new_sets: tuple[str, ...]
    items: Mapping[str, int]
    resamples: int
    seed: int


@dataclass(frozen=True)
class _Mean:
    """A mean over sets, the same mean in every resample, and (items, 2 · sets) what it is the mean of."""

    value: float
    draws: Numbers
    sums: Numbers


def stage_eval_folder(folder: Path) -> Path:
    """`folder` itself or its `stage_eval`, whichever holds the matrix."""
    for candidate in (folder / "stage_eval", folder):
        if (candidate / FILE).is_file():
            return candidate
    raise MatrixError(
        str(folder),
        expected="an output folder of a run with stage evaluation (stage_eval/matrix.json in it)",
        found="no matrix.json",
        remedy="Train with stage_eval: true, or name the folder that was the run's output_dir.",
    )


def compare(
    folders: Sequence[Path], *, names: Sequence[str] = (), seed: int = 42, resamples: int = RESAMPLES
) -> Comparison:
    """The last rows of several runs side by side; `names` default to the folders' own.

    Raises MatrixError when the runs do not share base, sets and items, or when a cell or its predictions are
    missing.
    """
    if not folders or len(names) not in (0, len(folders)):
        raise MatrixError(
            "compare",
            expected="at least one run, and a name for each or none",
            found=f"{len(folders)} runs, {len(names)} names",
            remedy="Name one or more output folders; --labels needs as many words as there are folders.",
        )
    matrices = [load(stage_eval_folder(folder) / FILE) for folder in folders]
    stage = _shared_stage(folders, matrices)
    old_sets, new_sets = _sides(matrices[0], stage)
    items = [
        {name: _items(folder, matrix, name) for name in old_sets + new_sets}
        for folder, matrix in zip(folders, matrices, strict=True)
    ]
    _same_items(folders, items)
    how = {"seed": seed, "resamples": resamples}
    old = [_mean(run, old_sets, **how) for run in items]
    new = [_mean(run, new_sets, **how) for run in items]
    labels = names or _distinct(folders)
    return Comparison(
        runs=tuple(
            RunResult(
                str(label),
                _estimate(old[i]),
                _estimate(new[i]),
                _change(old[0], old[i], seed) if i else None,
                _change(new[0], new[i], seed) if i else None,
            )
            for i, label in enumerate(labels)
        ),
        stage=stage,
        old_sets=old_sets,
        new_sets=new_sets,
        items={name: len(found) for name, found in items[0].items()},
        **how,
    )


def _distinct(folders: Sequence[Path]) -> list[str]:
    names = [folder.resolve().name for folder in folders]
    return names if len(set(names)) == len(names) else [str(folder) for folder in folders]


def _shared_stage(folders: Sequence[Path], matrices: Sequence[Matrix]) -> str:
    first = matrices[0]
    stage = first["rows"][-1]["stage"]
    for folder, matrix in zip(folders, matrices, strict=True):
        found = matrix["rows"][-1]["stage"]
        same = (matrix["base"], matrix["columns"], found) == (first["base"], first["columns"], stage)
        if not same or stage is None:
            raise MatrixError(
                str(folder),
                expected=f"the base model, evaluation sets and last stage of {folders[0]} ({stage})",
                found=f"last stage {found}, base {matrix['base']}, {len(matrix['columns'])} sets",
                remedy="Compare runs of one stage that continue from the same model.",
            )
    return str(stage)


def _sides(matrix: Matrix, stage: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    columns = [c for c in matrix["columns"] if loss_of(c) == "loss"]
    old = tuple(c["name"] for c in columns if c["protected"] and c["stage"] != stage)
    return old, tuple(c["name"] for c in columns if c["stage"] == stage)


def _items(folder: Path, matrix: Matrix, name: str) -> Items:
    row = matrix["rows"][-1]
    failed = row["cells"][name].get("failed")
    found = None if failed else items_of(row, name)
    if not found:
        raise MatrixError(
            f"{folder}, set {name}",
            expected="a likelihood for every item",
            found=failed or f"no predictions in {row.get('predictions')}",
            remedy="Evaluate that run again, or compare the others.",
        )
    return found


def _same_items(folders: Sequence[Path], runs: Sequence[Mapping[str, Items]]) -> None:
    for folder, run in zip(folders, runs, strict=True):
        for name, found in run.items():
            tokens = {i: t for i, (_, t) in found.items()}
            if tokens != {i: t for i, (_, t) in runs[0][name].items()}:
                raise MatrixError(
                    f"{folder}, set {name}",
                    expected=f"the items and tokens of {folders[0]}",
                    found=f"{len(tokens)} items that are not the same",
                    remedy="Evaluate both runs with the same stage_eval_samples, seed, template and cutoff.",
                )


def _mean(run: Mapping[str, Items], names: Sequence[str], *, seed: int, resamples: int) -> _Mean | None:
    if not names:
        return None
    # sorted by id, so that the draws of every run hit the same items
    tables = [np.array([run[name][i] for i in sorted(run[name])]) for name in names]
    draws = [
        resampled_ratios(table[:, 0], table[:, 1], resamples=resamples, seed=seed + k) for k, table in enumerate(tables)
    ]
    value = float(np.mean([table[:, 0].sum() / table[:, 1].sum() for table in tables]))
    return _Mean(value, np.mean(draws, axis=0), _side_by_side(tables))


def _side_by_side(tables: Sequence[Numbers]) -> Numbers:
    """(n, 2) of each set -> (all n, 2 · sets): an item has its own set's columns, and zeros elsewhere."""
    rows = [np.pad(table, ((0, 0), (2 * k, 2 * (len(tables) - k - 1)))) for k, table in enumerate(tables)]
    return np.concatenate(rows)


def _change_of_means(old: Numbers, new: Numbers) -> Numbers:
    change: Numbers = (new[:, ::2] / new[:, 1::2] - old[:, ::2] / old[:, 1::2]).mean(axis=1)
    return change


def _estimate(mean: _Mean | None) -> Estimate | None:
    return Estimate(mean.value, *interval(mean.draws)) if mean else None


def _change(first: _Mean | None, mean: _Mean | None, seed: int) -> Difference | None:
    if first is None or mean is None:
        return None
    p = p_value(first.sums, mean.sums, _change_of_means, seed=seed)
    return Difference(mean.value - first.value, *interval(mean.draws - first.draws), len(mean.sums), p)


def cells(comparison: Comparison) -> list[list[Any]]:
    """The table that terminal, Markdown and HTML share: one list a run, a header first."""
    header = ["run", "old loss", "new loss"]
    first = comparison.runs[0].name
    if len(comparison.runs) > 1:
        header += [f"old − {first}", f"new − {first}"]
    rows = [[run.name, estimate_text(run.old), estimate_text(run.new)] for run in comparison.runs]
    if len(comparison.runs) > 1:
        for row, run in zip(rows, comparison.runs, strict=True):
            row += [change_text(run.old_change), change_text(run.new_change)]
    return [header, *rows]


def estimate_text(estimate: Estimate | None) -> str:
    return "—" if estimate is None else f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def change_text(change: Difference | None) -> str:
    """`*` marks a change beyond noise (5 %, paired approximate randomisation)."""
    if change is None:
        return "—"
    return f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]{'*' if change.beyond_noise else ''}"


def footnote(comparison: Comparison) -> str:
    items = ", ".join(f"{name} n={n}" for name, n in comparison.items.items())
    return (
        "Loss in nats per supervised token, mean over the sets; 95 % intervals by resampling items "
        f"({comparison.resamples} draws, seed {comparison.seed}); * = beyond noise in a paired test (5 %). "
        f"Old: {', '.join(comparison.old_sets) or 'none'}. New: {', '.join(comparison.new_sets)}. {items}."
    )
