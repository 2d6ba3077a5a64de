"""What does a measure see? The answers of one evaluation set as strings, and what they may be held against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Turn = Mapping[str, str]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts -> one unit vector each, (n, d)."""


@dataclass(frozen=True)
class Aids:
    """What a user may lend the measures; each has a default that needs no model and no network.

    embed: relevance and style by vectors instead of BM25 and character n-grams. training_texts: what the stages were
    trained on, for the longest copy. prosody: a user's own table of tones and rhymes (a JSON file). embed_name enters
    signatures, so that rows measured with another model are not compared.
    """

    embed: Embed | None = None
    embed_name: str = ""
    training_texts: Sequence[str] = ()
    prosody: str = ""


@dataclass(frozen=True)
class Answers:
    """One set: `answers[i]` to `turns[i]` (all turns before it, role and content) beside `references[i]`.

    An empty answer is there as an empty string and scores as one. fields: the other keys of the item's line.
    """

    answers: Sequence[str]
    references: Sequence[str]
    turns: Sequence[Sequence[Turn]]
    fields: Sequence[Mapping[str, Any]] = ()
    aids: Aids = field(default_factory=Aids)

    @cached_property
    def questions(self) -> list[str]:
        """The last turn before each answer."""
        return [turns[-1]["content"] if turns else "" for turns in self.turns]

    @cached_property
    def prompts(self) -> list[str]:
        """All turns before each answer, joined."""
        return ["\n".join(turn["content"] for turn in turns) for turns in self.turns]
