"""Questions about a passage in literary Chinese: a word, a sentence, a translation, the content, a motive.

`Item.evidence` is what is asked about, as the passage has it: without these words the question cannot be understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, difficulty, kind
from converters.expansion.tasks.rows import asked


class Question(Part):
    asked: ClassVar = ("kind", "difficulty", "evidence", "question", "answer")
    answer_first: ClassVar = ("evidence", "answer", "question", "kind", "difficulty")
    evidence: str
    question: str
    answer: str
    kind: str = ""
    difficulty: str = ""


def items(answer: Answer[Question]) -> Sequence[Item]:
    return [
        Item(part.question, part.answer, kind(part.kind), difficulty(part.difficulty), part.evidence)
        for part in answer.items
    ]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    request = asked("CLASSICAL_QA", passage, place, question=item.question)
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "classical_qa",
    "questions about a passage in literary Chinese: words, sentences, translation, content, motives",
    0.03,
    "reading",
    Answer[Question],
    items,
    messages,
    # an answer in modern Chinese shares no pair of characters with the old text, and numerals and offices are put in
    # today's words; that it is about this passage is seen in its evidence
    Thresholds(ngrams=0.0, numbers=0.5, names=0.7, copied=0.7, shortest=1, longest=600, ratio=4.0),
    suits=lambda passage: passage.classical,
    per_passage=3,
)
