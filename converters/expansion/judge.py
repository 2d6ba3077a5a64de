"""Is an item worth learning: true to its passage, about the thing and not about the text, whole, in the right script?

One reason for each item, the first that holds. Pure: other thresholds cost no request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.grounding import Measured

NOTHING = Measured()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is "" for an item that passes."""

    reason: str = ""
    detail: str = ""
    measured: Measured = NOTHING


def judged(task: Task, item: Item, passage: Passage, thresholds: Thresholds | None = None) -> Verdict:
    """`thresholds`, when given, replace the task's own."""
    return Verdict()


def repeats(item: Item, before: Sequence[Item]) -> tuple[str, str] | None:
    """Reason and detail where an item says again what one before it in the same answer says."""
    return None


def stands_alone(item: Item, passage: Passage) -> bool:
    """Whether a question can be understood without the passage."""
    return bool(passage.title) and passage.title in item.question
