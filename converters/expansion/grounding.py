"""How much of an answer stands in its passage: its words, numbers and dates, names, and the longest run."""

from __future__ import annotations

from dataclasses import dataclass

from converters.expansion.contract import Passage


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares from 0 to 1; 1 where there is nothing to look for. `missing_*` are what the passage does not have."""

    ngrams: float = 1.0
    numbers: float = 1.0
    names: float = 1.0
    copied: float = 0.0
    missing_words: tuple[str, ...] = ()
    missing_numbers: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()


def grounding(text: str, passage: Passage, question: str = "") -> Measured:
    return Measured()
