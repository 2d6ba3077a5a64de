"""What does a report know? Everything that lies in an output folder, read once; absent parts are None or empty."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.predictions import Record, read_predictions
from ewc_plugin.matrix import FILE, Matrix, load
from ewc_plugin.report.comparison import Comparison, stage_eval_folder
from ewc_plugin.report.fidelity import Fidelity, files

SAMPLES = 5

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Sample:
    """One prompt with the answer of every row; None where that row's predictions are gone."""

    prompt: str
    reference: str
    answers: tuple[str | None, ...]


@dataclass(frozen=True)
class ReportData:
    """`unread` names files that are there but are not whole; the page says so instead of leaving them out."""

    folder: Path
    matrix: Matrix
    trained_on: Mapping[str, Any] | None
    ewc: Mapping[str, str]
    curves: Mapping[str, Points]
    samples: Mapping[str, Sequence[Sample]]
    rows_without_predictions: Sequence[str]
    unread: Sequence[str]
    fidelity: Sequence[Fidelity] = ()
    comparison: Comparison | None = None


def read_report(folder: Path, comparison: Comparison | None = None) -> ReportData:
    """`folder` is an output folder or its `stage_eval`. MatrixError when no matrix is in it."""
    here = stage_eval_folder(folder)
    output = here.parent if here.name == "stage_eval" else here
    matrix = load(here / FILE)
    unread: list[str] = []
    stages = [Fidelity(label, _json(path, unread) or {}) for label, path in files(matrix, here)]
    anchor = _json(output / "ewc" / "ewc.json", unread) or {}
    return ReportData(
        folder=here,
        matrix=matrix,
        trained_on=_json(here / "trained_on.json", unread),
        ewc=dict(_ewc_facts(stages[-1].run, anchor)),
        curves=_curves(_json(output / "trainer_state.json", unread) or {}),
        samples=_samples(matrix),
        rows_without_predictions=[
            row["label"] for row in matrix["rows"] if not Path(row.get("predictions") or "/-").is_dir()
        ],
        unread=unread,
        fidelity=stages,
        comparison=comparison,
    )


def _json(path: Path, unread: list[str]) -> dict[str, Any] | None:
    """None when the file is absent; a torn or foreign one is added to `unread`."""
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        unread.append(f"{path.name}: {problem}")
        return None
    if isinstance(found, dict):
        return found
    unread.append(f"{path.name}: not an object")
    return None


def _ewc_facts(run: Mapping[str, Any], anchor: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a reader wants to know of the penalty and of the anchor; the tables by layer stay in `ewc.json`."""
    for key, value in run.items():
        if key == "calibration":
            continue  # a table of its own
        yield key.replace("_", " "), _short(value)  # words can wrap
    for key in ("space", "stages", "gamma"):
        if key in anchor:
            yield key, _short(anchor[key])
    for term in anchor.get("terms", ()):
        total = sum(term.get("trace", {}).values())
        counts = f"{term.get('examples')} examples, {term.get('tokens')} supervised tokens"
        how = f"{term.get('form')}, {term.get('estimator')}, {counts}, trace {total:.4g} per token"
        decay = f", decayed by {_short(term['decay'])}" if term.get("decay", 1) != 1 else ""
        yield f"F of {' + '.join(map(str, term.get('sum_of', [term.get('stage')])))}", how + decay
    for name, version in anchor.get("versions", {}).items():
        yield name, _short(version)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _curves(state: Mapping[str, Any]) -> dict[str, Points]:
    """Every scalar (and the epoch) that was logged at two steps or more; values that are not finite are left out."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for entry in state.get("log_history", ()):
        for key, value in entry.items():
            if key != "step" and isinstance(value, int | float) and math.isfinite(value):
                curves.setdefault(key, []).append((float(entry["step"]), float(value)))
    return {key: points for key, points in curves.items() if len(points) > 1}


def _samples(matrix: Matrix) -> dict[str, list[Sample]]:
    """For every set with answers in any row, the first items of the last row that has them."""
    found = {}
    for column in matrix["columns"]:
        rows = [_answers(row, column["name"]) for row in matrix["rows"]]
        present = [answers for answers in rows if answers]
        if present:
            found[column["name"]] = [_sample(record, rows) for record in list(present[-1].values())[:SAMPLES]]
    return found


def _answers(row: Mapping[str, Any], name: str) -> dict[str, Record]:
    records = read_predictions(Path(row["predictions"]), name) if row.get("predictions") else None
    return {r["id"]: r for r in records or () if r["answer"] is not None}


def _sample(record: Record, rows: Sequence[Mapping[str, Record]]) -> Sample:
    answers = tuple(row[record["id"]]["answer"] if record["id"] in row else None for row in rows)
    return Sample(record["prompt"], record["reference"], answers)
