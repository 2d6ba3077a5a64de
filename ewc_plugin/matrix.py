"""How good was each task after each stage? The stage × task matrix, which grows by one row a stage.

Row 0 is the base model. Rows that were not measured alike are refused: another base model, other items,
another metric version. A cell is a score, or `failed` with its reason; a cell that is simply not there is an
error, never 0.
"""

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ewc_plugin import matrix_shape
from ewc_plugin.atomic import write_json
from ewc_plugin.errors import EwcError
from ewc_plugin.metrics.score import Better
from ewc_plugin.shapes import is_number, read_object

VERSION = 1
FILE = "matrix.json"
SHOWN = 3  # differences that an error lists

Matrix = dict[str, Any]
Row = Mapping[str, Any]

_BEGIN_ANEW = (
    "Measure as the rows before were measured (stage_eval_samples, stage_eval_generated, seed, cutoff_len), convert "
    "all evaluation sets before the first stage, or delete this matrix.json to begin a new matrix (its base row is "
    "then measured again)."
)


class MatrixError(EwcError):
    """Rows that cannot stand in one matrix, or a file that is not a whole matrix."""


def new(base: Mapping[str, Any], row: Row) -> Matrix:
    """A matrix of one row, the base model's; `base` identifies the model that all rows started from."""
    matrix: Matrix = {
        "version": VERSION,
        "base": dict(base),
        "columns": copy.deepcopy(list(row["columns"])),
        "rows": [_stored(row)],
        "not_built": list(row.get("not_built", ())),
        "notes": [],
    }
    return check(matrix)


def extend(matrix: Matrix, row: Row) -> Matrix:
    """The matrix with one row more; a repeated last stage replaces its row and leaves a note.

    Raises MatrixError with every difference when the row was not measured like the rows before.
    """
    differences = _column_differences(matrix, row["columns"])
    differences += _label_differences(matrix, row["label"])
    differences += [d for name, cell in row["cells"].items() for d in _signature_differences(matrix, name, cell)]
    _refuse(f"matrix, row {row['label']}", differences)
    grown = copy.deepcopy(matrix)
    if grown["rows"][-1]["label"] == row["label"]:
        grown["rows"].pop()
        grown["notes"].append(f"row {row['label']} was measured again and replaced")
    grown["rows"].append(_stored(row))
    grown["not_built"] = list(row.get("not_built", ()))
    return check(grown)


def expect(matrix: Matrix, *, base: Mapping[str, Any], columns: Sequence[Mapping[str, Any]], label: str) -> None:
    """Raise before a stage is trained what `extend` would raise after it; items are only known by then."""
    differences = [] if matrix["base"] == dict(base) else ["another base: " + _changes(matrix["base"], base)]
    differences += _column_differences(matrix, columns) + _label_differences(matrix, label)
    _refuse(f"matrix that stage {label} continues", differences)


def _refuse(where: str, differences: Sequence[str]) -> None:
    others = len(differences) - SHOWN
    if differences:
        raise MatrixError(
            where,
            expected="the same base model, evaluation sets and items in every row",
            found="; ".join([*differences[:SHOWN], *([f"and {others} more"] if others > 0 else [])]),
            remedy=_BEGIN_ANEW,
        )


def _changes(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> str:
    keys = sorted(k for k in ours.keys() | theirs.keys() if ours.get(k) != theirs.get(k))
    return ", ".join(f"{k} {ours.get(k)!r} became {theirs.get(k)!r}" for k in keys)


def _column_differences(matrix: Matrix, columns: Sequence[Mapping[str, Any]]) -> list[str]:
    ours = {c["name"]: c for c in matrix["columns"]}
    theirs = {c["name"]: c for c in columns}
    missing = [f"{name} was measured in the rows before and is missing" for name in ours if name not in theirs]
    added = [f"{name} is not in the rows before" for name in theirs if name not in ours]
    changed = [
        f"{name} was {ours[name]} and is {theirs[name]}"
        for name in ours.keys() & theirs.keys()
        if ours[name] != theirs[name]
    ]
    return missing + added + sorted(changed)


def _label_differences(matrix: Matrix, label: str) -> list[str]:
    earlier = [row["label"] for row in matrix["rows"][:-1]]
    return [f"there is a row {label} already, with other rows after it"] if label in earlier else []


def _signature_differences(matrix: Matrix, name: str, cell: Mapping[str, Any]) -> list[str]:
    differences = []
    for metric, score in _scores(cell).items():
        known = [
            _scores(r["cells"][name])[metric] for r in matrix["rows"] if metric in _scores(r["cells"].get(name, {}))
        ]
        if known and known[-1]["signature"] != score["signature"]:
            changes = _changes(known[-1]["signature"], score["signature"])
            differences.append(f"{name}, {metric}: {changes}")
    return differences


def _scores(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    return {} if "failed" in cell else cell


def better(matrix: Matrix, column: str, metric: str) -> Better:
    """Which way a score is better: as its cells say; cells of an older version say nothing and hold few scores."""
    cells = [row["cells"].get(column, {}) for row in matrix["rows"]]
    said = [cell[metric]["better"] for cell in cells if "better" in _scores(cell).get(metric, {})]
    found: Better = said[-1] if said else "smaller" if metric == "loss" else "larger"
    return found


def headline(matrix: Matrix, column: str) -> str | None:
    """The first score beside the loss that a column has: the one that sentences and the gate speak of."""
    for row in matrix["rows"]:
        for metric in _scores(row["cells"].get(column, {})):
            if metric != "loss":
                return str(metric)
    return None


def _stored(row: Row) -> dict[str, Any]:
    """What a row keeps: its columns and unbuilt sets are the matrix's."""
    kept = {key: value for key, value in row.items() if key not in ("columns", "not_built")}
    return copy.deepcopy(kept)


def check(matrix: Matrix) -> Matrix:
    """The matrix itself if every row has every column's cell and every score is a finite number."""
    names = [c["name"] for c in matrix["columns"]]
    faults = [] if names and matrix["rows"] else ["no columns or no rows"]
    for row in matrix["rows"]:
        faults += [f"row {row['label']} has no cell {n}" for n in names if n not in row["cells"]]
        faults += [fault for n, cell in row["cells"].items() for fault in _cell_faults(row["label"], n, cell)]
    if faults:
        raise MatrixError(
            "matrix",
            expected="in every row a cell for every evaluation set: a finite value or why it failed",
            found="; ".join(faults),
            remedy=_BEGIN_ANEW,
        )
    return matrix


def _cell_faults(label: str, name: str, cell: Mapping[str, Any]) -> list[str]:
    if "failed" not in cell and "loss" not in cell:
        return [f"row {label}, {name} has no loss"]
    return [
        f"row {label}, {name}, {metric} is {score['value']}"
        for metric, score in _scores(cell).items()
        if not is_number(score["value"])
    ]


def save(matrix: Matrix, path: Path) -> None:
    """Whole or not at all; folders of predictions are kept relative, so that a moved tree stays whole."""
    check(matrix)
    stored = copy.deepcopy(matrix)
    for row in stored["rows"]:
        if row.get("predictions"):
            row["predictions"] = Path(os.path.relpath(row["predictions"], path.parent.resolve())).as_posix()
    write_json(path, stored)


def load(path: Path) -> Matrix:
    """A checked matrix with absolute folders of predictions. MatrixError for a torn or foreign file."""
    try:
        matrix: Matrix = read_object(path)
        if matrix.get("version") != VERSION:
            raise ValueError(f"version {matrix.get('version')}")
        if wrong := matrix_shape.faults(matrix):
            raise ValueError("; ".join(wrong))
        check(matrix)
        for row in matrix["rows"]:
            if row.get("predictions"):
                row["predictions"] = str((path.parent / row["predictions"]).resolve())
    except (OSError, ValueError, MatrixError) as problem:
        raise MatrixError(
            str(path),
            expected=f"a whole stage × task matrix of version {VERSION}",
            found=problem.found if isinstance(problem, MatrixError) else f"{type(problem).__name__}: {problem}",
            remedy="Take it again from the stage before, or delete it to begin a new matrix.",
        ) from problem
    return matrix
