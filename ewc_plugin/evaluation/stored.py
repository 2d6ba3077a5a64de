"""Where did an evaluation leave its answers, and of which tasks? For what looks at them afterwards."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.sets import EvaluationError

FOLDERS = ("stage_eval", "stage_eval_endpoint", ".")


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
