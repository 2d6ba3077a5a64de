"""Sentences of a chapter that follow one another -> passages to be asked about, of the text and of its translation.

The files have one sentence a line and no quotation marks: a passage begins with the chapter, or at a sentence that
opens something new. Whether the two sides say the same is no question here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from converters.classics import bilingual, correspondence, slips
from converters.classics.bilingual import Fault, Line
from converters.classics.renderings import CLOSE, ended, unfit
from converters.expansion.packing import packed
from converters.passage import Lengths, Passage, Refusal
from converters.text import han_count

TEXT, TRANSLATION = 0, 1  # the sides of a line
LONG_LINE = 20  # Chinese characters
SHORTEST_PARAGRAPH = 60  # characters of the side: an annal opens something new with every day

# Their translations were scanned: one name in some dozens is wrong (直眶司马模), and no rule finds all of them.
SCANNED = frozenset(["晋书", "宋书", "南齐书", "梁书", "陈书", "魏书", "北齐书", "周书", "南史", "北史", "新五代史"])

# a day, a year, a man, a judgement of the author
_OPENS = re.compile(
    "初，|先是|[元正二三四五六七八九十百]{1,4}[年月]|[春夏秋冬](?:，|[正二三四五六七八九十])|[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥][，朔晦]"
    "|(?:太史公|史臣|臣光|君子)曰|[赞论]曰|夫(?![人妇子差])|凡|昔者?|古[者之]|[^，。；：]{2,4}(?:，字|字)[^，。]{1,3}，|[^，。；：曰]{2,5}者，[^，。]{2,6}[人也]"
    "|[^，。；：曰]{2,4}，[^，。]{2,6}人[，。也]"
)


def passages_of_lines(lines: Sequence[Line], place: Mapping[str, str], lengths: Lengths) -> Iterator[Passage | Refusal]:
    """`place` as in `renderings`. Both sides are of one document: neither is asked about when it is held out."""
    wrong = unfit(place)
    if wrong:
        yield Refusal(*wrong)
        return
    about = Passage(
        "",
        place["document"],
        "classical",
        title=place["title"],
        section=place["section"],
        attribution=place.get("attribution", ""),
    )
    yield from _of_side(lines, lambda line: bilingual.side_fault(line.classical), TEXT, about, lengths)
    if place["title"] in SCANNED:
        yield Refusal("badly_scanned", place["title"])
    else:
        yield from _of_side(lines, _fault_of_translation, TRANSLATION, about, lengths)


def _fault_of_translation(line: Line) -> Fault | None:
    """What shows that its characters are wrong. What a translator adds for his reader may stand in a passage."""
    sides = line.classical, line.modern
    found = bilingual.side_fault(line.modern) or correspondence.damage(*sides) or _left(*sides)
    if found is None:
        strange = correspondence.strange_characters(*sides, "")
        found = strange if strange and strange[0] != "from_nowhere" else slips.fault(*sides)
    return found


def _left(classical: str, modern: str) -> Fault | None:
    """A translation that is the original with a word exchanged."""
    is_long = han_count(modern) >= LONG_LINE
    return ("still_classical", modern[:40]) if is_long and correspondence.new_share(classical, modern) < CLOSE else None


def _of_side(
    lines: Sequence[Line], faults: Callable[[Line], Fault | None], side: int, about: Passage, lengths: Lengths
) -> Iterator[Passage | Refusal]:
    is_first = True
    for wrong, run in groupby(lines, faults):
        if wrong:
            yield from (Refusal(*wrong) for _ in run)
        else:
            texts = packed(_paragraphs(_begun(list(run), is_first=is_first), side), lengths)
            yield from _sized(texts, side, about, lengths)
        is_first = False


def _begun(run: Sequence[Line], *, is_first: bool) -> Sequence[Line]:
    opened = (place for place, line in enumerate(run) if _OPENS.match(line.classical))
    return run if is_first else run[next(opened, len(run)) :]


def _paragraphs(lines: Sequence[Line], side: int) -> list[str]:
    paragraphs: list[str] = []
    for line in lines:
        if not paragraphs or (_OPENS.match(line.classical) and len(paragraphs[-1]) >= SHORTEST_PARAGRAPH):
            paragraphs.append("")
        paragraphs[-1] += line.modern if side else line.classical
    return [ended(text) for text in paragraphs]


def _sized(texts: Sequence[str], side: int, about: Passage, lengths: Lengths) -> Iterator[Passage | Refusal]:
    for text in texts:
        if len(text) < lengths.shortest:
            yield Refusal("too_short", text[:40])
        else:
            yield replace(about, text=text, classical=side == TEXT)
