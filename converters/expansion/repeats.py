"""Does an item say again what another one of the same answer says? Nearly the same counts.

Across answers the conversion drops exact duplicates, and `python -m converters dedupe` near ones.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from operator import add

from converters.expansion.contract import Item
from converters.expansion.grounding import fold
from converters.text import key

ALIKE = 0.8  # Jaccard of pairs of characters: the same text with a word changed
SIMILAR = 0.45  # two ways to ask for the same thing; the answers decide
LEAST_ANSWER = 12  # characters: a shorter answer may be right twice


def repeats(item: Item, before: Sequence[Item]) -> tuple[str, str] | None:
    """Reason and detail where an item repeats one of those before it."""
    return next((found for other in before if (found := _repeats(item, other))), None)


def _repeats(item: Item, other: Item) -> tuple[str, str] | None:
    asked, said = (_question(each) for each in (item, other)), (_answer(each) for each in (item, other))
    (question, earlier), (answer, given) = asked, said
    questions, answers = _alike(question, earlier), _alike(answer, given)
    if question and (key(question) == key(earlier) or (questions >= SIMILAR and answers >= ALIKE)):
        return "duplicate_question", f"{question} / {earlier}"[:160]
    if answers >= ALIKE and len(key(answer)) >= LEAST_ANSWER:
        return "duplicate_answer", answer[:80]
    return None


def _question(item: Item) -> str:
    return item.turns[0].content if item.turns else item.question if item.question != item.kind else ""


def _answer(item: Item) -> str:
    return "\n".join(item.answers)


def _alike(one: str, other: str) -> float:
    first, second = _pairs(one), _pairs(other)
    union = len(first | second)
    return len(first & second) / union if union else float(one == other)


def _pairs(text: str) -> Set[str]:
    letters = key(fold(text))
    return set(map(add, letters, letters[1:])) or set(letters)
