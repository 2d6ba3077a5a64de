"""TASKS: everything that can be made of a passage, one small file each."""

from __future__ import annotations

from converters.contract import SourceError
from converters.expansion.contract import Task
from converters.expansion.tasks import classical_qa, dialogue, explain, qa, rewrite, story, summary
from converters.expansion.tasks.forms import can_answer_first, form

__all__ = ["TASKS", "can_answer_first", "form", "task_named"]

TASKS: tuple[Task, ...] = (
    qa.TASK,
    summary.TASK,
    rewrite.TASK,
    explain.TASK,
    dialogue.TASK,
    story.TASK,
    classical_qa.TASK,
)


def task_named(name: str) -> Task:
    for task in TASKS:
        if task.name == name:
            return task
    raise SourceError("task", expected=f"one of {', '.join(task.name for task in TASKS)}", found=name)
