"""The events of a passage told as a story, without a fact, a name or a number that it does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, kind
from converters.expansion.tasks.rows import asked

TEMPLATES = {"narrated": "STORY", "teller": "STORY_TELLER", "bedtime": "STORY_BEDTIME", "suspense": "STORY_SUSPENSE"}


class Story(Part):
    asked: ClassVar = ("kind", "story")
    story: str
    kind: str = ""


def items(answer: Answer[Story]) -> Sequence[Item]:
    return [Item("", part.story, kind(part.kind)) for part in answer.items]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    request = asked(TEMPLATES.get(item.kind, "STORY"), passage, place)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "story",
    "the events of a passage told as a story, nothing invented",
    0.03,
    "story",
    Answer[Story],
    items,
    messages,
    Thresholds(ngrams=0.25, copied=0.4, shortest=80, longest=2000, ratio=3.0),
    per_passage=1,
)
