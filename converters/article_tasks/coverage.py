"""How much of a text can be known from another one: its words (as pairs of characters), its numbers, its names."""

from __future__ import annotations

import re

# Characters that carry no content: a pair with one of them says nothing about the subject.
_FUNCTION = (
    "的了是在和与為为以之其也而及或并且则所于由从对被把将向到都不有这那此该它他她们等个种名位年月日时者中上下内外后前间"
)


def _ranges(first: int, last: int, without: str) -> str:
    """A class of characters less some: a class is many times faster than a look ahead at each character."""
    edges = sorted(ord(character) for character in set(without) if first <= ord(character) <= last)
    starts, ends = [first, *(edge + 1 for edge in edges)], [*(edge - 1 for edge in edges), last]
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True) if a <= b)


_CONTENT = re.compile(f"[\u3400-\u4dbf{_ranges(0x4E00, 0x9FFF, _FUNCTION)}]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# letters that are no Chinese characters: Latin, Greek, Cyrillic, kana, Hangul
_LETTERS = re.compile("[A-Za-z\u00c0-\u024f\u0370-\u052f\u1f00-\u1fff\u3041-\u30ff\uac00-\ud7a3]{2,}")


def pairs(text: str) -> set[str]:
    return {run[i : i + 2] for run in _CONTENT.findall(text) for i in range(len(run) - 1)}


def numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(text))


def names(text: str) -> set[str]:
    """Words in letters."""
    return {word.casefold() for word in _LETTERS.findall(text)}


def share_of_pairs(text: str, known: set[str]) -> float:
    """The share of a text's content pairs that stand in `known`; 0 for a text without any."""
    wanted = pairs(text)
    return len(wanted & known) / len(wanted) if wanted else 0.0


def longest_unknown(text: str, known: set[str]) -> str:
    """The longest run of characters of which no pair stands in `known`: 旧热河省全, a thing that was not spoken of."""
    longest = ""
    for run in _CONTENT.findall(text):
        start = 0
        for place in range(1, len(run)):
            if run[place - 1 : place + 1] in known:
                start = place
            elif place - start + 1 > len(longest):
                longest = run[start : place + 1]
    return longest
