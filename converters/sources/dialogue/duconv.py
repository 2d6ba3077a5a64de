"""DuConv: one leads the talk from a first thing to a second, with triples of knowledge; the other follows.

The released texts are cut into words by spaces. Which triple a message rests on is not recorded: those whose value it
shares. The test sets have a history and an empty response: nothing to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from converters.contract import Context, Outcome, Reject
from converters.digests import digest
from converters.sources.dialogue import grounding
from converters.sources.dialogue.kdconv import DATASET, Talk, over_facts
from converters.sources.dialogue.knowledge import Fact, cleaned
from converters.sources.dialogue.spacing import joined
from converters.sources.dialogue.stretches import Said
from converters.sources.dialogue.turns import spoken

SHORTEST_SHARED = 2  # characters of a value that a message has, where the value is no longer


def matches(record: Any) -> bool:
    return isinstance(record, dict) and {"goal", "knowledge", "conversation"} <= set(record) and _holds(record)


def _holds(record: dict[str, Any]) -> bool:
    triples, talk = record["knowledge"], record["conversation"]
    return (
        isinstance(triples, list)
        and all(isinstance(triple, list) and len(triple) == 3 for triple in triples)
        and isinstance(talk, list)
        and all(isinstance(utterance, str) for utterance in talk)
    )


def convert(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    facts = (Fact(*(cleaned(_text(str(part))) for part in triple)) for triple in record["knowledge"])
    known = tuple(dict.fromkeys(fact for fact in facts if fact.name and fact.value))
    if not known:
        return [Reject(DATASET, "no_knowledge", "no triples")]
    said = [_said(_text(utterance), known) for utterance in record["conversation"]]
    # several talks were written to one goal: they are held out together
    goal = digest(repr(record["goal"]).encode()).hex()[:16]
    return [over_facts(said, known, Talk("duconv", goal, "film"), context)]


def _text(text: str) -> str:
    return spoken(joined(text))


def _said(text: str, known: Sequence[Fact]) -> Said:
    return Said(text, tuple(fact for fact in known if _rests_on(text, fact)))


def _rests_on(text: str, fact: Fact) -> bool:
    if grounding.numbers(fact.value) & grounding.numbers(text):
        return True
    return grounding.shared(text, fact.value, max(SHORTEST_SHARED, min(3, len(fact.value))))
