"""A passage told in another manner, with the same facts: for children, as news, as a talk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from converters.contract import Message, assistant, user
from converters.expansion.contract import Item, Passage, Task, Thresholds
from converters.expansion.tasks.forms import Answer, Part, kind
from converters.expansion.tasks.rows import asked

TEMPLATES = {
    "plain": "REWRITE_PLAIN",
    "news": "REWRITE_NEWS",
    "children": "REWRITE_CHILDREN",
    "formal": "REWRITE_FORMAL",
    "talk": "REWRITE_TALK",
    "guide": "REWRITE_GUIDE",
    "concise": "REWRITE_CONCISE",
}


class Rewriting(Part):
    asked: ClassVar = ("kind", "text")
    text: str
    kind: str = ""


def items(answer: Answer[Rewriting]) -> Sequence[Item]:
    return [Item(kind(part.kind), part.text, kind(part.kind)) for part in answer.items]


def messages(item: Item, passage: Passage, place: str, closed: bool) -> tuple[Sequence[Message], str]:
    """A manner of the user's own prompt, which we have no request for, is named in the request as it is."""
    own = bool(item.kind) and item.kind not in TEMPLATES
    name = "REWRITE_OWN" if own else TEMPLATES.get(item.kind, "REWRITE")
    request = asked(name, passage, place, **({"manner": item.kind} if own else {}))
    return (user(request.text), assistant(item.answer)), request.label


TASK = Task(
    "rewrite",
    "a passage in another manner (plain, news, for children, formal, a talk, a guide, concise), facts unchanged",
    0.05,
    "instruction",
    Answer[Rewriting],
    items,
    messages,
    # other words are the point: fewer n-grams need to be the passage's, and no long run may be
    Thresholds(ngrams=0.3, copied=0.5, shortest=40, longest=1500, ratio=1.8),
    per_passage=1,
)
