"""Which characters of an answer does each of its tokens write?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from converters.quality.difficulty.facts import Span

_UNFINISHED = "\ufffd"  # what a decoder shows for the first bytes of a character


def characters_of(tokenizer: Any, ids: Sequence[int], answer: str) -> list[Span] | None:
    """For each token its characters of the answer, empty or outside of it for what the template adds.

    Tokens that write one character together have it each. None where the tokens do not give the answer back (a
    tokenizer that changes text).
    """
    text, starts, ends = "", [0], list[int]()
    for at in range(1, len(ids) + 1):
        text = tokenizer.decode(list(ids[:at]), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        starts.append(len(text.rstrip(_UNFINISHED)))
        ends.append(len(text))
    offset = text.find(answer)
    if offset < 0 or _UNFINISHED in answer:
        return None
    return [Span(start - offset, end - offset) for start, end in zip(starts, ends, strict=False)]


def stating(characters: Sequence[Span], facts: Sequence[Span]) -> list[bool]:
    """Whether each token writes a character of a fact."""
    return [any(one.start < fact.end and fact.start < one.end for fact in facts) for one in characters]
