"""Which answers are judged? Those that an evaluation stored, of the tasks that have a rubric; nothing is generated."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.stored import Stored
from ewc_plugin.evaluation.stored import stored as evaluation_of
from ewc_plugin.judging.prompt import RUBRICS


@dataclass(frozen=True)
class Case:
    """One stored answer, as a string that may be empty, beside its question and reference."""

    id: str
    question: str
    reference: str
    answer: str


def stored(output_dir: Path) -> Stored[Case]:
    """Of a stage, of a served model, or of the folder itself (`<output_dir>/stage_eval/base`)."""
    return evaluation_of(output_dir, RUBRICS, _case)


def _case(record: Mapping[str, Any]) -> Case:
    return Case(record["id"], record["prompt"], record["reference"], record["answer"])
