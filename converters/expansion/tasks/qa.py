"""Questions about a passage with their answers; a row has the passage in its request, or the question alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, difficulty, kind
from converters.expansion.tasks.rows import asked


class Question(Part):
    asked: ClassVar = ("kind", "difficulty", "question", "answer")
    answer_first: ClassVar = ("evidence", "answer", "question", "kind", "difficulty")
    question: str
    answer: str
    kind: str = ""
    difficulty: str = ""
    evidence: str = ""


def items(answer: Answer[Question]) -> Sequence[Item]:
    return [
        Item(part.question, part.answer, kind(part.kind), difficulty(part.difficulty), part.evidence)
        for part in answer.items
    ]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    if closed:
        return (user(item.question), assistant(item.answer)), "expansion.QUESTION_ALONE"
    request = asked("QA", passage, place, question=item.question)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "qa",
    "questions about a passage, answered from it alone",
    0.16,
    "reading",
    Answer[Question],
    items,
    messages,
    # of 182 answers that were judged by hand, 0.5 rejects three good ones and passes eight wrong ones, 0.3 one and ten;
    # an answer is often a span, so all of it may be one run of the passage, and "是" is an answer too
    Thresholds(ngrams=0.4, longest=800),
    per_passage=3,
    can_be_closed=True,
)
