"""What does a report know? Everything that lies in an output folder, read once; absent parts are None or empty."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ewc_plugin import lineage
from ewc_plugin.evaluation.predictions import PredictionsError, Record, read_predictions
from ewc_plugin.matrix import FILE, Matrix, load
from ewc_plugin.report.comparison import Comparison, stage_eval_folder
from ewc_plugin.report.fidelity import Fidelity, files
from ewc_plugin.shapes import is_number, is_there, list_of, number_of, read_object, table_of

SAMPLES = 5
TABLES = ("planned", "trained")  # of trained_on.json, by group

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
    recorded: Mapping[str, Any] = field(default_factory=dict)  # the last stage's entry in stages.json


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
        trained_on=_trained_on(here / "trained_on.json", unread),
        ewc=dict(_ewc_facts(stages[-1].run, anchor)),
        curves=curves_of(_json(output / "trainer_state.json", unread) or {}),
        samples=_samples(matrix, unread),
        rows_without_predictions=[
            row["label"] for row in matrix["rows"] if not is_there(Path(row.get("predictions") or "/-"))
        ],
        unread=unread,
        fidelity=stages,
        comparison=comparison,
        recorded=_recorded(here, matrix, unread),
    )


def _json(path: Path, unread: list[str]) -> dict[str, Any] | None:
    """None when the file is absent; a torn or foreign one is added to `unread`."""
    if not is_there(path):
        return None
    try:
        return read_object(path)
    except ValueError as problem:
        unread.append(f"{path.name}: {problem}")
        return None


def _trained_on(path: Path, unread: list[str]) -> dict[str, Any] | None:
    """Tables of groups with numbers in them, whatever else the file says."""
    found = _json(path, unread)
    if found is None:
        return None
    wrong = [key for key in TABLES if not isinstance(found.get(key, {}), dict)]
    unread += [f"{path.name}: {key} is no table of groups" for key in wrong]
    groups = {key: {g: table_of(entry) for g, entry in table_of(found.get(key)).items()} for key in TABLES}
    numbers = {key: {g: {k: number_of(v) for k, v in e.items()} for g, e in of.items()} for key, of in groups.items()}
    return {**found, **numbers}


def _recorded(here: Path, matrix: Matrix, unread: list[str]) -> Mapping[str, Any]:
    try:
        stages = lineage.read(here)
    except lineage.LineageError as problem:
        unread.append(f"{lineage.FILE}: {problem.found}")
        return {}
    return next((one for one in reversed(stages) if one["label"] == matrix["rows"][-1]["label"]), {})


def _ewc_facts(run: Mapping[str, Any], anchor: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a reader wants to know of the penalty and of the anchor; the tables by layer stay in `ewc.json`."""
    for key, value in run.items():
        if key == "calibration":
            continue  # a table of its own
        yield key.replace("_", " "), _short(value)  # words can wrap
    for key in ("space", "stages", "gamma"):
        if key in anchor:
            yield key, _short(anchor[key])
    for term in map(table_of, list_of(anchor.get("terms"))):
        total = math.fsum(filter(is_number, table_of(term.get("trace")).values()))
        counts = f"{term.get('examples')} examples, {term.get('tokens')} supervised tokens"
        how = f"{term.get('form')}, {term.get('estimator')}, {counts}, trace {total:.4g} per token"
        decay = f", decayed by {_short(term['decay'])}" if term.get("decay", 1) != 1 else ""
        stages = list_of(term.get("sum_of")) or [term.get("stage")]
        yield f"F of {' + '.join(map(str, stages))}", how + decay
    for name, version in table_of(anchor.get("versions")).items():
        yield name, _short(version)


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def curves_of(state: Mapping[str, Any]) -> dict[str, Points]:
    """Every scalar (and the epoch) that was logged at two steps or more; values that are not finite are left out.

    In the order of steps, the last value of a step that was logged twice (a run that was resumed).
    """
    curves: dict[str, dict[float, float]] = {}
    for entry in map(table_of, list_of(state.get("log_history"))):
        step = entry.get("step")
        if not is_number(step) or step < 0:
            continue
        for key, value in entry.items():
            if key != "step" and is_number(value):
                curves.setdefault(key, {})[float(step)] = float(value)
    return {key: sorted(points.items()) for key, points in curves.items() if len(points) > 1}


def _samples(matrix: Matrix, unread: list[str]) -> dict[str, list[Sample]]:
    """For every set with answers in any row, the first items of the last row that has them."""
    found = {}
    for column in matrix["columns"]:
        rows = [_answers(row, column["name"], unread) for row in matrix["rows"]]
        present = [answers for answers in rows if answers]
        if present:
            found[column["name"]] = [_sample(record, rows) for record in list(present[-1].values())[:SAMPLES]]
    return found


def _answers(row: Mapping[str, Any], name: str, unread: list[str]) -> dict[str, Record]:
    try:
        records = read_predictions(Path(row["predictions"]), name) if row.get("predictions") else None
    except PredictionsError as problem:
        unread.append(f"{row['label']}, {problem}")
        return {}
    return {r["id"]: r for r in records or () if r["answer"] is not None}


def _sample(record: Record, rows: Sequence[Mapping[str, Record]]) -> Sample:
    answers = tuple(row[record["id"]]["answer"] if record["id"] in row else None for row in rows)
    return Sample(record["prompt"], record["reference"], answers)
