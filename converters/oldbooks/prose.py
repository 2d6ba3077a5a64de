"""Where may running Chinese prose be cut? At sentence ends where every quotation mark and bracket is closed.

Text in, text out: this file knows no source, cleans nothing and judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from converters.text import HAN, han_count

_OPENING = "“‘《（「『〈"
_CLOSING = "”’》）」』〉"
_PARTNER = dict(zip(_CLOSING, _OPENING, strict=True))
_SENTENCE = re.compile(r"[^。！？…]*[。！？…]+[”’》）」』]*|[^。！？…]+$")
_ENDED = re.compile(r"[。！？…][”’》）」』]*$")
_NOT_WRITTEN = re.compile(f"[^{HAN}〇]")
_MARK = re.compile("[，。！？：；、]")


@dataclass(frozen=True, slots=True)
class Unit:
    """The shortest piece of a paragraph that may stand alone; `starts` where it is the first of its paragraph."""

    text: str
    starts: bool


Run = tuple[Unit, ...]


def sentences(paragraph: str) -> list[str]:
    """Pieces of a paragraph, each with its end mark and the closing marks after it; a rest without one comes last."""
    return _SENTENCE.findall(paragraph)


def is_balanced(text: str) -> bool:
    """True where every quotation mark, title mark and bracket is closed in order.

    An opening mark inside one of its own kind means that a closing one was lost.
    """
    open_marks: list[str] = []
    for character in text:
        if character in _OPENING:
            if character in open_marks:
                return False
            open_marks.append(character)
        elif character in _PARTNER and (not open_marks or open_marks.pop() != _PARTNER[character]):
            return False
    return not open_marks


def is_ended(text: str) -> bool:
    return _ENDED.search(text) is not None


def runs(paragraphs: Iterable[str]) -> list[Run]:
    """Units in order; a paragraph that never closes or never ends stands in no run and parts those beside it."""
    found: list[Run] = []
    current: list[Unit] = []
    for paragraph in paragraphs:
        units = _units(paragraph)
        if units:
            current.extend(units)
        elif current:
            found.append(tuple(current))
            current = []
    return [*found, tuple(current)] if current else found


def _units(paragraph: str) -> list[Unit]:
    units: list[Unit] = []
    pending = ""
    for sentence in sentences(paragraph):
        pending += sentence
        if is_balanced(pending) and is_ended(pending):
            units.append(Unit(pending, starts=not units))
            pending = ""
    return [] if pending.strip() else units


def joined(units: Sequence[Unit]) -> str:
    """The text of the units with a line break between paragraphs."""
    return "".join(("\n" if unit.starts and place else "") + unit.text for place, unit in enumerate(units))


def taken(run: Run, start: int, shortest: int, longest: int) -> int:
    """The end of the shortest stretch from `start` with `shortest` Chinese characters, or `start` where there is none.

    None has more than `longest` characters, marks included.
    """
    written = length = 0
    for end in range(start, len(run)):
        written += han_count(run[end].text)
        length += len(run[end].text)
        if length > longest:
            return start
        if written >= shortest:
            return end + 1
    return start


def prolonged(run: Run, start: int, end: int, longest: int) -> int:
    """`end` moved on to the end of its paragraph, where the stretch then has no more than `longest` characters."""
    close = next((place for place in range(end, len(run)) if run[place].starts), len(run))
    return close if sum(len(unit.text) for unit in run[start:close]) <= longest else end


def passages(run: Run, shortest: int, longest: int) -> list[Run]:
    """Stretches one after another, each between the two lengths; units that belong to none are passed over."""
    found: list[Run] = []
    start = 0
    while start < len(run):
        end = taken(run, start, shortest, longest)
        if end > start:
            found.append(run[start:end])
        start = max(end, start + 1)
    return found


def without_marks(text: str) -> str:
    """The characters alone, as an edition without punctuation has them."""
    return _NOT_WRITTEN.sub("", text)


def marks_per_hundred(text: str) -> float:
    """Punctuation marks for a hundred Chinese characters: about 20 in a punctuated text, near 0 in an old print."""
    return 100 * len(_MARK.findall(text)) / max(han_count(text), 1)
