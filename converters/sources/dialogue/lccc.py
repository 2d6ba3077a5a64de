"""LCCC: 12 million short exchanges from weibo, tieba and subtitles, their characters or words separated by spaces.

Research only. One in a thousand is small talk that a stranger could take part in; only that is kept, and only under a
prompt that asks the assistant to play a friend.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from converters.contract import Context, Outcome, Reject
from converters.digests import digest
from converters.sources.dialogue.smalltalk import exchange
from converters.sources.dialogue.spacing import is_spaced, joined
from converters.sources.dialogue.turns import Pair, finished
from converters.templates import dialogue as templates
from converters.templates import fill
from converters.text import key

DATASET = "dialogue_chat"


def matches_dialogue(record: Any) -> bool:
    """LCCC-base and -large: an array of arrays of utterances, or an object of such arrays by split."""
    return isinstance(record, list) and len(record) > 1 and all(isinstance(said, str) for said in record)


def matches_hub(record: Any) -> bool:
    """The hub's copy: {"dialog": [utterance, …]} on each line."""
    return isinstance(record, dict) and matches_dialogue(record.get("dialog"))


def matches_line(record: Any) -> bool:
    """STC-style text: post, tab, response."""
    halves = record.split("\t") if isinstance(record, str) else []
    return len(halves) == 2 and all(is_spaced(half) for half in halves)


def from_dialogue(record: list[str], context: Context) -> Sequence[Outcome]:
    return [_outcome(record, context)]


def from_hub(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    return [_outcome(record["dialog"], context)]


def from_line(record: str, context: Context) -> Sequence[Outcome]:
    halves = record.split("\t")
    if len(halves) != 2:
        return [Reject(DATASET, "missing_columns", "expected post, tab, response")]
    return [_outcome(halves, context)]


def _outcome(utterances: Sequence[str], context: Context) -> Outcome:
    said = [joined(utterance) for utterance in utterances]
    kept, fault = exchange(said)
    if fault:
        return Reject(DATASET, *fault)
    pairs = [Pair(mine, theirs) for mine, theirs in zip(kept[::2], kept[1::2], strict=True)]
    prompt = fill("dialogue.CHAT", templates.CHAT, by="".join(kept))
    root = digest(key(kept[0]).encode()).hex()[:16]
    notes = ("part_of_dialogue",) if len(kept) < len(said) else ()
    return finished(DATASET, prompt, pairs, context, document=f"dialogue:lccc:{root}", notes=notes)
