"""`qa.ngrams=0.5,summary.numbers=0.9` → the thresholds of every task, those that are not named being the task's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

from converters.contract import SourceError
from converters.expansion.contract import Task, Thresholds

SHARES = ("ngrams", "numbers", "names", "copied")
NAMES = tuple(field.name for field in fields(Thresholds))
EVERY = "all"  # in the place of a task: all.numbers=0.9


def thresholds_of(text: str, tasks: Sequence[Task]) -> Mapping[str, Thresholds]:
    """Raises SourceError that lists what is known. Of two values for the same name the last holds."""
    found = {task.name: task.thresholds for task in tasks}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        place, _, value = part.partition("=")
        task, _, name = place.strip().partition(".")
        if task not in (*found, EVERY) or name not in NAMES:
            raise SourceError(
                f"--thresholds {part}",
                expected="TASK.NAME=VALUE",
                found=part,
                remedy=f"Tasks: {', '.join(found)}, or {EVERY}. Names: {', '.join(NAMES)}.",
            )
        for each in found if task == EVERY else (task,):
            found[each] = replace(found[each], **{name: _value(name, value.strip(), part)})
    return found


def _value(name: str, text: str, part: str) -> Any:
    with suppress(ValueError):
        if name in SHARES and 0 <= (share := float(text)) <= 1:
            return share
        if name == "ratio" and 0 < (ratio := float(text)) < float("inf"):
            return ratio
        if name in ("shortest", "longest") and (length := int(text)) >= 0:
            return length
    kind = "a share from 0 to 1" if name in SHARES else "a number above 0" if name == "ratio" else "a whole number"
    raise SourceError(f"--thresholds {part}", expected=kind, found=text or "nothing")


def described(tasks: Sequence[Task]) -> str:
    """For the help text."""
    return f"TASK.NAME=VALUE,… of the tasks {', '.join(task.name for task in tasks)} and the names {', '.join(NAMES)}"
