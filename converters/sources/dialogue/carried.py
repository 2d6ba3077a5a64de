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
    origin = re.search("来自([\u4e00-\u9fff]{3})", text)
    if origin and origin[0] not in held and re.search(f"来自[\u4e00-\u9fff]{origin[1]}", held):
        return origin[0]
    for start in range(len(text) - 2 * RUN + 1):
        before, after = text[start : start + RUN], text[start + RUN : start + 2 * RUN]
        if not before.isalpha() or not after.isalpha() or before + after[0] in held:
            continue
        found = re.search(f"{before}([^\n\\d{_MAY_GO}]){after}", held)
        if found:
            return before + after
    return ""


_MARKED = 10  # characters in a row that stand in a fact with a mark between them


def unmarked(text: str, known: str) -> str:
    """Words of a fact without the mark that parts them there (也称为祈谷坛是举行…的场所), or ""."""
    held = sources(known).lines
    for clause in re.split(_SIGNS, text.casefold()):
        for start in range(len(clause) - _MARKED + 1):
            words = clause[start : start + _MARKED]
            if words in held and words not in known.casefold():
                return words
    return ""


_LINKS = "的是叫在和与到去游览为一、，：《“从于进向把被对及或名称即看"


def run_on(text: str, names: Iterable[str]) -> str:
    """A clause that ends with a name which began the next sentence of its fact (瞻仰纪念人民英雄纪念碑), or ""."""
    for clause in re.split(r"[，。！？；]", text):
        name = next((name for name in names if len(name) > RUN and clause.endswith(name)), "")
        before = clause[: -len(name)] if name else ""
        if len(before) >= 2 * RUN and before[-1] not in _LINKS:
            return clause
    return ""


_VERBS = "发行|制作|执导|导演|主演|演唱|编剧|出品|拍摄|收录|创作|改编|推出|组成"


def halved(text: str, known: str) -> str:
    """A verb of a fact that lost its second character before 的 (东宝映画发的 for 东宝映画发行的), or ""."""
    held = sources(known).lines
    for verb in _VERBS.split("|"):
        for found in re.finditer(f"([\u4e00-\u9fff]{{2}}){verb[0]}(?=的)", text):
            if found[1] + verb in held and found[0] + "的" not in held:
                return found[0] + "的"
    return ""


def beheaded(text: str, names: Iterable[str], known: str = "") -> str:
    """A name whose first character is missing (领巾公园 for 红领巾公园) as it is not in `known`, or ""."""
    rests = ((name, text.find(name[1:])) for name in names if len(name) > RUN)
    lost = (
        name[1:] for name, place in rests if place >= 0 and not _in_its_place(text[max(place - 1, 0) :], name, known)
    )
    return next(lost, "")


def _in_its_place(text: str, name: str, known: str) -> bool:
    return text[0] == name[0] or (text[1 : len(name)] == name[1:] and text[: len(name)] in known)
