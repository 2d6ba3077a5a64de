"""How one line of a classical text and its modern line are cleaned before they are compared.

The corpora lost their quotation marks: nothing is left of them, or a space where each stood. Classical lines came out
of converters that put 硃 for 朱; a mark at the end tells a whole sentence from a cut one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from converters.script import simplified
from converters.text import HAN, han_count, has_han, is_damaged, punctuated, tidy

Fault = tuple[str, str]

LONGEST = 300  # characters of a line: longer ones are chapters that were not divided
SHORTEST = 6  # Han characters of the classical side: 京兆太守。 is no sentence to translate

_MISCONVERTED = str.maketrans({"硃": "朱", "籓": "藩", "〈": "《", "〉": "》", "﹑": "、", "∶": "：", "﹕": "："})
_REPEATED = re.compile(f"([{HAN}])々")
_ENDED = re.compile("[。！？；][”’》]*$")
_BEGUN = re.compile(f"^[“‘《]*[{HAN}]")
_ODD = re.compile(f"[^{HAN}，。、；：？！“”‘’《》—…·0-9]")
_HOLE = re.compile("[□■○◎●△▲〇]|《》|“”")
_BRACKET = re.compile(r"[（）()\[\]【】〔〕［］]|^案：|阙文")
_SPOKEN = re.compile("[“‘][^“”‘’]*[”’]")
# 燕王说；为什么？ A mark that was misread: what is said follows.
_SAID = re.compile("(?<=[说曰])(?<![传小学]说)；")
# The fourth of the five notes, which no simplification makes 征.
_NOTE = re.compile("(?<=[商角])征(?=[、，。羽调]|之[别殊异])|征(?=[、]?羽[、，。之])")
_BEYOND = re.compile("[\U00010000-\U0003ffff]")


class Line(NamedTuple):
    """The two sides of a line, cleaned, and as they stood in the file."""

    classical: str
    modern: str
    raw: tuple[str, str]

    @property
    def is_changed(self) -> bool:
        return (self.classical, self.modern) != self.raw


def line(classical: str, modern: str) -> Line:
    """Both sides; marks around the whole of both say that somebody speaks, and who is in another line."""
    old, new = _cleaned(classical), _cleaned(modern)
    if _SPOKEN.fullmatch(old) and _SPOKEN.fullmatch(new):
        old, new = old[1:-1], new[1:-1]
    return Line(old, new, (classical.strip(), modern.strip()))


def fault(pair: Line) -> Fault | None:
    """What makes a side unfit by itself, whatever the other is."""
    if not (has_han(pair.classical) and has_han(pair.modern)):
        return "empty_side", f"{pair.classical} | {pair.modern}"
    return side_fault(pair.classical) or side_fault(pair.modern) or _too_short(pair.classical)


def side_fault(text: str) -> Fault | None:
    if is_damaged(text) or _BEYOND.search(text):
        return "lost_character", text
    for reason, pattern in (("hole", _HOLE), ("editors_note", _BRACKET), ("odd_character", _ODD)):
        match = pattern.search(text)
        if match:
            return reason, f"{match[0]} in: {text}"
    if not (_ENDED.search(text) and _BEGUN.match(text)):
        return "cut", text
    return ("too_long", f"{len(text)} characters") if len(text) > LONGEST else None


def _too_short(classical: str) -> Fault | None:
    return ("too_short", classical) if han_count(classical) < SHORTEST else None


def _cleaned(text: str) -> str:
    text = tidy(text).translate(_MISCONVERTED).replace("柰何", "奈何")
    text = _SAID.sub("：", punctuated(simplified(_quoted(_REPEATED.sub(r"\1\1", text)))))
    text = _NOTE.sub("徵", text)
    return _with_paired_quotes(text)


def _quoted(text: str) -> str:
    """Spaces where quotation marks stood: the marks again if they come in pairs, else nothing."""
    pieces = re.split("[ \u3000]+", text)
    if len(pieces) % 2 == 0 or len(pieces) == 1 or not all(map(_is_quotable, pieces[1::2])):
        return "".join(pieces)
    return "".join(f"“{piece}”" if place % 2 else piece for place, piece in enumerate(pieces))


def _is_quotable(piece: str) -> bool:
    return has_han(piece) and piece[0] not in "，。、；：？！”" and piece[-1] not in "，、；：“"


def _with_paired_quotes(text: str) -> str:
    """Without the marks of a speech that begins or ends in another line."""
    for opening, closing in ("“”", "‘’"):
        depth = 0
        for character in text:
            depth += (character == opening) - (character == closing)
            if depth not in (0, 1):
                break
        if depth:
            text = text.replace(opening, "").replace(closing, "")
    return text
