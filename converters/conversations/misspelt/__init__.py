"""Which character of a modern text was probably written for another one?

A character is doubted where the words around it hardly ever meet, and a homophone or a look-alike in its place, or
two characters in the other order, make words that do. It mends nothing: most doubts in a clean text are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from converters.conversations.misspelt.alike import others
from converters.conversations.misspelt.segments import Reading, cheapest
from converters.conversations.misspelt.vocabulary import LONGEST, alone, together
from converters.text import HAN

AROUND = 2  # words on either side of a doubted one that are read anew
_FREE = frozenset("了着过")  # stand before what is done or behind it: 生了锈, 生锈了
NAME = 3  # times that a pair stands in a text
_CLAUSE = re.compile(f"[{HAN}]+")


@dataclass(frozen=True, slots=True)
class Doubt:
    """`cheaper`: by how many tenths of a decade another writing is likelier."""

    kind: str
    cheaper: int
    written: str
    instead: str


def doubts(text: str) -> Iterator[Doubt]:
    """What stands again and again is a name, and no slip."""
    for clause in _CLAUSE.findall(text):
        reading = cheapest(clause)
        for number, word in enumerate(reading.words):
            if len(word) <= 2 and _stands_alone(reading, number) and not _is_name(word, reading, number, text):
                yield from _in_window(reading, number)


def _stands_alone(reading: Reading, number: int) -> bool:
    return not all(reading.meets[number : number + 2])


def _is_name(word: str, reading: Reading, number: int, text: str) -> bool:
    """小田鼠: a word that stands between the same neighbours, or behind or before the same one, more than twice."""
    beside = [word] if len(word) > 1 else []
    beside += [reading.words[number - 1][-1] + word] if number else []
    beside += [word + reading.words[number + 1][0]] if number + 1 < len(reading.words) else []
    return any(text.count(pair) >= NAME for pair in beside)


def _in_window(reading: Reading, number: int) -> Iterator[Doubt]:
    words = reading.words
    first, last = max(0, number - AROUND), min(len(words), number + AROUND + 1)
    before, after = words[first - 1] if first else "", words[last] if last < len(words) else ""
    written = "".join(words[first:last])
    cost = cheapest(written, before, after).cost
    start = len("".join(words[first:number]))
    for place in range(start, start + len(words[number])):
        for kind, instead in _writings(written, place):
            if kind == "another" and not _is_used(instead, place, before, after):
                continue
            cheaper = cost - cheapest(instead, before, after).cost
            if cheaper > 0:
                yield Doubt(kind, cheaper, written, instead)


def _is_used(written: str, place: int, before: str, after: str) -> bool:
    """Is the character at a place part of a word there, or does it meet a word beside it?"""
    for start in range(max(0, place - LONGEST + 1), place + 1):
        for stop in range(max(place + 1, start + 2), min(start + LONGEST, len(written)) + 1):
            if alone(written[start:stop]) is not None:
                return True
    character = written[place]
    left = [written[start:place] for start in range(max(0, place - LONGEST), place)] or [before]
    right = [written[place + 1 : stop] for stop in range(place + 2, min(place + 1 + LONGEST, len(written)) + 1)] or [
        after
    ]
    return any(together(word, character) is not None for word in left) or any(
        together(character, word) is not None for word in right
    )


def _writings(written: str, place: int) -> Iterator[tuple[str, str]]:
    head, character, tail = written[:place], written[place], written[place + 1 :]
    for other in others(character):
        yield "another", head + other + tail
    if tail and not _FREE & {character, tail[0]}:
        yield "order", head + tail[0] + character + tail[1:]
