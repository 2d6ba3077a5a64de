"""Which answers are judged? Those that an evaluation stored, of the tasks that have a rubric; nothing is generated."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ewc_plugin.evaluation.predictions import PredictionsError, read_predictions
from ewc_plugin.evaluation.stored import evaluated
from ewc_plugin.judging.prompt import RUBRICS


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
    folder, tasks = evaluated(output_dir, RUBRICS)
    cases: dict[str, tuple[Case, ...]] = {}
    failed: dict[str, str] = {}
    for name in tasks:
        try:
            cases[name] = _cases(folder, name)
        except (OSError, PredictionsError) as problem:  # contained: the other sets are judged
            failed[name] = f"its predictions cannot be read: {type(problem).__name__}: {problem}"
    return Stored(folder, tasks, cases, failed)


def _cases(folder: Path, name: str) -> tuple[Case, ...]:
    """Items that were only measured by likelihood have no answer and are none."""
    records = read_predictions(folder / "predictions", name)
    if records is None:
        raise FileNotFoundError(f"predictions/{name}.jsonl")
    given = [record for record in records if record["answer"] is not None]
    return tuple(Case(record["id"], record["prompt"], record["reference"], record["answer"]) for record in given)
