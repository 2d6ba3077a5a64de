"""Where did an evaluation leave its answers, and of which tasks? For what looks at them afterwards."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from ewc_plugin.evaluation.predictions import PredictionsError, Record, read_predictions
from ewc_plugin.evaluation.sets import EvaluationError

FOLDERS = ("stage_eval", "stage_eval_endpoint", ".")
One = TypeVar("One")


@dataclass(frozen=True)
class Stored(Generic[One]):
    """The evaluation in `folder`: task and answered items of each set, and why a set has none."""

    folder: Path
    tasks: Mapping[str, str]
    items: Mapping[str, tuple[One, ...]]
    failed: Mapping[str, str]


def stored(
    output_dir: Path,
    wanted: Collection[str],
    one: Callable[[Record], One],
    why_not: Callable[[Sequence[Record]], str] = lambda given: "",
) -> Stored[One]:
    """Every stored answer of the wanted tasks as `one` makes it of its record; `why_not` may refuse a whole set."""
    folder, tasks = evaluated(output_dir, wanted)
    items: dict[str, tuple[One, ...]] = {}
    failed: dict[str, str] = {}
    for name in tasks:
        try:
            given = _answered(folder, name)
        except (OSError, PredictionsError) as problem:  # contained: the other sets are looked at
            failed[name] = f"its predictions cannot be read: {type(problem).__name__}: {problem}"
            continue
        if why := why_not(given):
            failed[name] = why
        else:
            items[name] = tuple(map(one, given))
    return Stored(folder, tasks, items, failed)


def _answered(folder: Path, name: str) -> list[Record]:
    """Items that were only measured by likelihood have no answer and are none."""
    records = read_predictions(folder / "predictions", name)
    if records is None:
        raise FileNotFoundError(f"predictions/{name}.jsonl")
    return [record for record in records if record["answer"] is not None]


def evaluated(output_dir: Path, wanted: Collection[str]) -> tuple[Path, dict[str, str]]:
    """The folder, and the task of each of its sets that has one of the wanted tasks.

    Of a stage, of a served model, or of the folder itself (`<output_dir>/stage_eval/base`). Raises EvaluationError
    where there is none.
    """
    folder = next((output_dir / name for name in FOLDERS if (output_dir / name / "metrics.json").is_file()), None)
    tasks = _tasks(folder / "metrics.json", wanted) if folder else {}
    if folder is None or not tasks:
        raise EvaluationError(
            str(output_dir),
            expected=f"an evaluation with answers of one of the tasks {', '.join(wanted)}",
            found="none of these tasks" if folder else "no stage_eval/metrics.json",
            remedy="Name the output_dir of a stage with stage_eval: true, or evaluate it first: "
            "python -m ewc_plugin evaluate …",
        )
    return folder, tasks


def _tasks(path: Path, wanted: Collection[str]) -> dict[str, str]:
    try:
        sets: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["sets"]
        return {name: cell["task"] for name, cell in sets.items() if cell["task"] in wanted and "failed" not in cell}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise EvaluationError(
            str(path),
            expected="the metrics of an evaluation",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Evaluate again: python -m ewc_plugin evaluate …",
        ) from problem
