"""Terms of a passage, each explained from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part
from converters.expansion.tasks.rows import asked


class Explanation(Part):
    asked: ClassVar = ("term", "explanation")
    answer_first: ClassVar = ("evidence", "explanation", "term")
    term: str
    explanation: str
    evidence: str = ""


def items(answer: Answer[Explanation]) -> Sequence[Item]:
    """Marks around a term are the request's business: “鱼嘴” is 鱼嘴."""
    return [Item(part.term.strip("“”\"'「」"), part.explanation, evidence=part.evidence) for part in answer.items]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    request = asked("EXPLAIN", passage, place, term=item.question)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "explain",
    "a term of a passage, explained from it",
    0.05,
    "instruction",
    Answer[Explanation],
    items,
    messages,
    Thresholds(ngrams=0.5, copied=0.9, shortest=10, longest=600, ratio=1.2),
    per_passage=2,
)
