"""Conversations about a passage: a user who wants to know, and an assistant to whom the passage is known.

What the assistant knows stands in the prompt: in a system message or at the head of the first turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, system, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, kind
from converters.expansion.tasks.rows import asked
from converters.templates import fill


class Exchange(Part):
    asked: ClassVar = ("user", "assistant")
    user: str
    assistant: str


class Conversation(Part):
    """Exchanges, not turns: so they alternate and end with the assistant, whatever the model writes."""

    asked: ClassVar = ("kind", "exchanges")
    exchanges: list[Exchange]
    kind: str = ""


def items(answer: Answer[Conversation]) -> Sequence[Item]:
    return [Item("", "", kind(part.kind), turns=_turns(part.exchanges)) for part in answer.items]


def _turns(exchanges: Sequence[Exchange]) -> tuple[Message, ...]:
    return tuple(turn for one in exchanges for turn in (user(one.user), assistant(one.assistant)))


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    where = fill("expansion.DIALOGUE", ("DIALOGUE_SYSTEM", "DIALOGUE_FIRST_TURN"), place).text
    if where == "DIALOGUE_SYSTEM":
        known = asked(where, passage, place)
        return (system(known.text), *item.turns), known.label
    first = asked(where, passage, place, question=item.turns[0].content)
    return (user(first.text), *item.turns[1:]), first.label


TASK = Task(
    "dialogue",
    "a conversation of several turns about a passage, which the assistant has before it",
    0.05,
    "dialogue",
    Answer[Conversation],
    items,
    messages,
    # an answer of a conversation has words around its facts
    Thresholds(ngrams=0.35, shortest=2, longest=500, ratio=3.0),
    per_passage=1,
)
