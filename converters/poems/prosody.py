"""Which form a poem has, as far as its tones and rhymes prove it: 绝句, 律诗, 排律, and whether lines rhyme at all.

Data in, data out: `form_of(lines)`, `rhyme_of(finals)`, `tone(character)`. Rules: 王力《诗词格律》 ch. 2. A character
with a level and an oblique reading counts as either. What is not confirmed has no name: `Verdict.name` is "".
Not here: tunes of lyrics (`tunes`), and counting alone (`verse.form`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from converters.poems.rhymebook import Rhyme, RhymeBook, Tone, pingshui

# Tones of a verse of five by the tone of its second character and of its end; 中 is either. One of seven has two more
# in front, the second of them opposite to the second of the five.
_OPEN = {"仄": ("中仄中平仄",), "平": ("中平平仄仄", "中平仄仄仄", "中平仄平仄")}  # verses that do not rhyme
_RHYMED = {"平": ("平平中仄平", "中平平仄平"), "仄": ("中仄仄平平",)}  # never 孤平 (仄平仄仄平), never 三平尾
# 大拗: the fourth is oblique where it should be level, and the verse after it makes up for it in its third.
_BENT, _MENDS = "中仄中仄仄", "中平平仄平"
_OPPOSITE = {"平": "仄", "仄": "平"}
_NAMES = {4: "绝句", 8: "律诗"}
_METRES = {5: "五言", 7: "七言"}
_SHORTEST_SERIES = 10  # verses of a 排律
_MOST_UNDECIDED = 0.4  # of all characters: where more may be either tone, nothing is proved

_VERSE = re.compile("[^，。？！；：、,.?!;:\\s]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`name` is 五言绝句, 七言律诗, … or ""; `why` says what speaks for or against it; `rhyme` is the group."""

    name: str
    why: str
    rhyme: str = ""


def tone(character: str, *, book: RhymeBook | None = None, simplified: bool = False) -> Tone:
    """平, 仄, 多 (either) or "" (unknown to the book)."""
    return (book or pingshui()).tone(character, simplified=simplified)


def verses_of(lines: Sequence[str]) -> list[str]:
    return _VERSE.findall("\n".join(lines))


def rhyme_of(finals: Sequence[str], *, book: RhymeBook | None = None, simplified: bool = False) -> frozenset[Rhyme]:
    """The level rhymes that all the characters share: none where they do not rhyme as regulated verse must."""
    if not finals:
        return frozenset()
    readings = [(book or pingshui()).readings(final, simplified=simplified) for final in finals]
    return frozenset(rhyme for rhyme in frozenset.intersection(*readings) if rhyme.tone == "平")


def form_of(lines: Sequence[str], *, book: RhymeBook | None = None, simplified: bool = False) -> Verdict:
    """The regulated form of a whole poem; `simplified` says that characters may have merged, and is more lenient."""
    book = book or pingshui()
    verses = verses_of(lines)
    shape = _shape(verses)
    if not shape:
        return Verdict("", "not 4, 8 or an even number of at least 10 verses, all of 5 or all of 7 characters")
    finals = [verse[-1] for verse in verses[1::2]]
    rhymes = rhyme_of(finals, book=book, simplified=simplified)
    if not rhymes:
        return Verdict("", f"no level rhyme is shared by the even verses: {''.join(finals)}")
    if len(set(finals)) < len(finals):
        return Verdict("", f"a rhyme word twice: {''.join(finals)}")
    tones = [[book.tone(character, simplified=simplified) for character in verse] for verse in verses]
    undecided = sum(one in ("多", "") for verse in tones for one in verse)
    if undecided > _MOST_UNDECIDED * sum(map(len, verses)):
        return Verdict("", f"{undecided} characters may be level or oblique")
    faults = [_faults(tones, opening) for opening in "平仄"]
    if all(faults):
        return Verdict("", min(faults, key=len)[0])
    return Verdict(shape, "tones and rhyme agree", min(rhymes).group)


def is_confirmed(name: str, lines: Sequence[str], *, book: RhymeBook | None = None, simplified: bool = False) -> bool:
    return form_of(lines, book=book, simplified=simplified).name == name


def _shape(verses: Sequence[str]) -> str:
    lengths = {len(verse) for verse in verses}
    metre = _METRES.get(min(lengths, default=0), "") if len(lengths) == 1 else ""
    count = len(verses)
    series = "排律" if count >= _SHORTEST_SERIES and count % 2 == 0 else ""
    kind = _NAMES.get(count, series)
    return metre + kind if metre and kind else ""


def _faults(tones: Sequence[Sequence[Tone]], opening: str) -> list[str]:
    """Where the tones leave the pattern that begins with `opening` as the second character of the (last) five.

    Within a couplet the second characters are opposite (对), between couplets they are equal (粘).
    """
    faults = []
    second = opening
    for number in range(0, len(tones), 2):
        upper, lower = tones[number], tones[number + 1]
        if not _upper_agrees(upper, lower, second, may_rhyme=number == 0):
            faults.append(f"verse {number + 1}: {''.join(one or '?' for one in upper)}")
        if not _agrees(lower, _OPPOSITE[second], _RHYMED[_OPPOSITE[second]]):
            faults.append(f"verse {number + 2}: {''.join(one or '?' for one in lower)}")
        second = _OPPOSITE[second]
    return faults


def _upper_agrees(upper: Sequence[Tone], lower: Sequence[Tone], second: str, *, may_rhyme: bool) -> bool:
    if _agrees(upper, second, _OPEN[second]) or (may_rhyme and _agrees(upper, second, _RHYMED[second])):
        return True
    return second == "仄" and _agrees(upper, second, (_BENT,)) and _agrees(lower, "平", (_MENDS,))


def _agrees(tones: Sequence[Tone], second: str, patterns: Sequence[str]) -> bool:
    front = "中" + _OPPOSITE[second] if len(tones) == 7 else ""
    return any(
        all(wanted in ("中", one) or one in ("多", "") for wanted, one in zip(front + pattern, tones, strict=True))
        for pattern in patterns
    )
