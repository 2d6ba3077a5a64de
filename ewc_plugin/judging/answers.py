"""Which answers are judged? Those that an evaluation stored, of the tasks that have a rubric; nothing is generated."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation import EvaluationError
from ewc_plugin.evaluation.predictions import PredictionsError, read_predictions
from ewc_plugin.judging.prompt import RUBRICS

FOLDERS = ("stage_eval", "stage_eval_endpoint", ".")


@dataclass(frozen=True)
class Case:
    """One stored answer, as a string that may be empty, beside its question and reference."""

    id: str
    question: str
    reference: str
    answer: str


@dataclass(frozen=True)
class Stored:
    """The evaluation in `folder`: task and cases of each set that is judged, and why a set could not be read."""

    folder: Path
    tasks: Mapping[str, str]
    cases: Mapping[str, tuple[Case, ...]]
    failed: Mapping[str, str]


def stored(output_dir: Path) -> Stored:
    """Of a stage, of a served model, or of the folder itself (`<output_dir>/stage_eval/base`)."""
    folder = next((output_dir / name for name in FOLDERS if (output_dir / name / "metrics.json").is_file()), None)
    tasks = _tasks(folder / "metrics.json") if folder else {}
    if folder is None or not tasks:
        raise EvaluationError(
            str(output_dir),
            expected=f"an evaluation with answers of one of the tasks {', '.join(RUBRICS)}",
            found="none of these tasks" if folder else "no stage_eval/metrics.json",
            remedy="Name the output_dir of a stage with stage_eval: true, or evaluate it first: "
            "python -m ewc_plugin evaluate …",
        )
    cases: dict[str, tuple[Case, ...]] = {}
    failed: dict[str, str] = {}
    for name in tasks:
        try:
            cases[name] = _cases(folder, name)
        except (OSError, PredictionsError) as problem:  # contained: the other sets are judged
            failed[name] = f"its predictions cannot be read: {type(problem).__name__}: {problem}"
    return Stored(folder, tasks, cases, failed)


def _tasks(path: Path) -> dict[str, str]:
    try:
        sets: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sets"]
        return {name: cell["task"] for name, cell in sets.items() if cell["task"] in RUBRICS and "failed" not in cell}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise EvaluationError(
            str(path),
            expected="the metrics of an evaluation",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Evaluate again: python -m ewc_plugin evaluate …",
        ) from problem


def _cases(folder: Path, name: str) -> tuple[Case, ...]:
    """Items that were only measured by likelihood have no answer and are none."""
    records = read_predictions(folder / "predictions", name)
    if records is None:
        raise FileNotFoundError(f"predictions/{name}.jsonl")
    given = [record for record in records if record["answer"] is not None]
    return tuple(Case(record["id"], record["prompt"], record["reference"], record["answer"]) for record in given)
