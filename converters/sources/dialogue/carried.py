"""What a text says beyond what is known: the clause that neither the known facts carry nor plain words of talk.

A text is carried where it can be cut into runs that stand in a fact, digits, and words of a closed list. A slip of the
keyboard leaves a rest, and so does a claim that nobody can look up. That the pieces make sense together is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

RUN = 3  # characters in a row that stand in a fact are taken from it; two may be chance
_SIGNS = r"[，。！？；：、（）()《》“”\s/]+"


class Lexicon(NamedTuple):
    """Words, and the length of the longest."""

    words: frozenset[str]
    longest: int


def lexicon(*words: Iterable[str]) -> Lexicon:
    together = frozenset(chain(*words))
    return Lexicon(together, max(map(len, together)))


class Sources(NamedTuple):
    """Facts made ready for a search: each line without signs, and the values of two letters that stand whole."""

    lines: str
    items: frozenset[str]


@lru_cache(maxsize=64)
def sources(known: str) -> Sources:
    known = known.casefold()
    lines = "\n".join(_letters(line) for line in known.split("\n"))
    return Sources(lines, frozenset(item for part in re.split(_SIGNS, known) if len(item := _letters(part)) == RUN - 1))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def beyond(text: str, known: str, plain: Lexicon) -> str:
    """The first clause of `text` that says more than `known` in other words than the `plain` ones, or ""."""
    held = sources(known)
    places = [place for place, letter in enumerate(text) if _letters(letter)]
    bare = _letters(text).casefold()
    reached = {0}
    for start in range(len(bare)):
        if start in reached:
            reached.update(_ends(bare, start, held))
            reached.update(_word_ends(text, places[start], start, plain))
    return "" if len(bare) in reached else _clause(text, places[max(reached)])


def _ends(bare: str, start: int, held: Sources) -> Iterator[int]:
    """Where a digit, a short value or a run of a fact that begins at `start` may end."""
    if bare[start].isdigit():
        yield start + 1
    if bare[start : start + RUN - 1] in held.items:
        yield start + RUN - 1
    end = start + RUN
    while end <= len(bare) and bare[start:end] in held.lines:
        yield end
        end += 1


def _word_ends(text: str, place: int, start: int, plain: Lexicon) -> Iterator[int]:
    """Where a word of `words` that begins at `start` may end; no word has a sign in it."""
    sizes = range(1, plain.longest + 1)
    yield from (start + size for size in sizes if text[place : place + size].casefold() in plain.words)


def _clause(text: str, place: int) -> str:
    start = max((match.end() for match in re.finditer(r"[，。！？；]", text[:place])), default=0)
    return re.split(r"[，。！？；]", text[start:])[0]


# ---- a character lost inside a run

_MAY_GO = "的了是在和与及于为有也还被曾个一名位部首张就都其并而且这那等以由均省市县区州镇乡村"


def lost(text: str, known: str) -> str:
    """The place where `text` follows a fact and leaves a character out (中国台流行 for 中国台湾流行), or ""."""
    held = sources(known).lines
    for start in range(len(text) - 2 * RUN + 1):
        before, after = text[start : start + RUN], text[start + RUN : start + 2 * RUN]
        if not before.isalpha() or not after.isalpha() or before + after[0] in held:
            continue
        found = re.search(f"{before}([^\n\\d{_MAY_GO}]){after}", held)
        if found:
            return before + after
    return ""


def beheaded(text: str, names: Iterable[str]) -> str:
    """A name whose first character is missing in `text` (领巾公园 for 红领巾公园), or ""."""
    rests = ((name, text.find(name[1:])) for name in names if len(name) > RUN)
    return next((name[1:] for name, place in rests if place >= 0 and text[max(place - 1, 0)] != name[0]), "")
