"""Summaries of a passage: one sentence, a paragraph, or its key points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, kind
from converters.expansion.tasks.rows import asked

TEMPLATES = {"sentence": "SUMMARY_SENTENCE", "paragraph": "SUMMARY_PARAGRAPH", "points": "SUMMARY_POINTS"}


class Summary(Part):
    asked: ClassVar = ("kind", "summary")
    summary: str
    kind: str = ""


def items(answer: Answer[Summary]) -> Sequence[Item]:
    return [Item("", part.summary, kind(part.kind)) for part in answer.items]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    request = asked(TEMPLATES.get(item.kind, "SUMMARY"), passage, place)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "summary",
    "a passage in one sentence, in a paragraph or as its key points",
    0.06,
    "summary",
    Answer[Summary],
    items,
    messages,
    # shorter than the passage, and in words that are mostly its own; one run of it would be a cutting, not a summary
    Thresholds(ngrams=0.5, copied=0.7, shortest=10, longest=600, ratio=0.7),
    per_passage=2,
)
