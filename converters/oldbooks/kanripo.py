"""What does a juan of the Kanseki Repository say? Org text in Mandoku's layout → chapters of clean paragraphs.

Two kinds of edition are met. `tls` is a punctuated reading text of the Thesaurus Linguae Sericae: one clause a line,
`# src:` comments between, `<pb:…>` before a paragraph. `WYG` and `SBCK` are woodblock prints: a line ends at ¶ and a
page at `<pb:…>` wherever the block ended, commentary stands inside as (…/…), and nothing is punctuated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from converters.oldbooks import diction
from converters.oldbooks.chapters import Chapter, Section, side_by_side
from converters.oldbooks.proofread import Fault
from converters.oldbooks.prose import is_ended, marks_per_hundred
from converters.script import simplified
from converters.text import han_count, punctuated, tidy

FEWEST_MARKS = 8.0  # for a hundred characters
SHORTEST_CHAPTER = 80  # Chinese characters

# The reading text of 世説新語 prints 劉孝標's commentary between the sentences without a sign.
COMMENTARY_INSIDE = {"KR3l0002": "劉孝標's commentary stands between the sentences without a sign"}

_PROPERTY = re.compile(r"^#\+(?:PROPERTY: )?(TITLE|ID|BASEEDITION|JUAN):?[ \t]+(.*?)[ \t]*$", re.MULTILINE)
_COMMENT = re.compile(r"^#.*$", re.MULTILINE)
_PAGE = re.compile(r"<pb:[^>]*>¶?")
_ENTITY = re.compile(r"&KR\d+;")
_ORG_HEADING = re.compile(r"^\*+\s+(.*)$")
_NAMED_HEADING = re.compile(r"^[A-Z]?[\d.]*\s*《([^》]+)》[\s\u3000]*$")
_NUMBER = re.compile(r"^[A-Z]?\d+(?:\.\d+)*\.?\s*")
_SMALL_PRINT = re.compile(r"\([^()]*\)")
_VARIANT_MARKS = str.maketrans("︰﹖﹔﹐﹑！", "：？；，、！")
_ORDINAL = re.compile(r"第?[〇一二三四五六七八九十百]+$")
_LOST = "□"  # what an entity for a character outside Unicode becomes


@dataclass(frozen=True, slots=True)
class Header:
    identifier: str
    title: str
    edition: str
    juan: str

    @property
    def address(self) -> str:
        return f"https://github.com/kanripo/{self.identifier}"


def is_juan(text: str) -> bool:
    return "#+TITLE:" in text and "#+PROPERTY: ID KR" in text


def header(text: str) -> Header:
    found = dict(reversed(_PROPERTY.findall(text)))
    return Header(*(found.get(key, "").strip() for key in ("ID", "TITLE", "BASEEDITION", "JUAN")))


def chapters(text: str) -> list[Chapter | Fault]:
    """One for each heading under which text stands; an edition that cannot be used is a single fault."""
    head = header(text)
    body = _body(text)
    if head.identifier in COMMENTARY_INSIDE:
        return [("commentary_inside", f"{head.title}: {COMMENTARY_INSIDE[head.identifier]}")]
    main = without_small_print(body)
    if han_count(main) < SHORTEST_CHAPTER:
        return [("no_text", f"{head.title}, a table of contents or an empty juan")]
    if marks_per_hundred(main) < FEWEST_MARKS:
        return [("unpunctuated", f"{head.title}, edition {head.edition}: {_opening(main)}")]
    found = [_chapter(head, number, title, lines) for number, (title, lines) in enumerate(_headed(body))]
    return found or [("no_text", f"{head.title}, a table")]


def _chapter(head: Header, number: int, title: str, lines: list[str]) -> Chapter | Fault:
    printed = [punctuated(tidy(paragraph)) for paragraph in _paragraphs(lines)]
    plain = tuple(simplified(paragraph) for paragraph in printed)
    text = "\n".join(plain)
    if han_count(text) < SHORTEST_CHAPTER:
        return "too_short", f"{title}: {text[:40]}"
    return Chapter(
        _name(head.title),
        _name(title),
        f"kanripo:{head.identifier}/{head.juan}/{number}",
        diction.register(text),
        (Section(_name(title), plain),),
        attribution=head.address,
        printed=side_by_side(text, "\n".join(printed)),
    )


def _name(title: str) -> str:
    """十二諸侯年表第二 → 十二诸侯年表."""
    name = simplified(_NUMBER.sub("", title.strip(" \u3000"))).strip("《》 \u3000")
    return _ORDINAL.sub("", name) or name


# ---- layout


def _body(text: str) -> str:
    text = tidy(text).translate(_VARIANT_MARKS)
    return _ENTITY.sub(_LOST, _COMMENT.sub("", text)).replace("=>", "")


def main_text(text: str) -> str:
    """A whole juan without its header and small print."""
    return without_small_print(_body(text))


def without_small_print(body: str) -> str:
    """The main text of a woodblock print in one line: commentary, page breaks, ends of lines and indents go."""
    text = _PAGE.sub("", body).replace("¶", "").replace("\n", "")
    return _SMALL_PRINT.sub("", text).replace("\u3000", "").replace(" ", "")


def _headed(body: str) -> Iterator[tuple[str, list[str]]]:
    """Lines under each heading; a heading under which nothing stands gives nothing.

    Table cells run over several lines, so that all that follows the first `|` under a heading is table.
    """
    title, lines, in_table = "", list[str](), False
    for line in body.split("\n"):
        heading = _ORG_HEADING.match(line) or _NAMED_HEADING.match(line)
        if heading:
            if lines:
                yield title, lines
            title, lines, in_table = heading[1], [], False
        else:
            in_table = in_table or "|" in line
            # a page break before any text belongs to no chapter
            if not in_table and (lines or _PAGE.sub("", line).strip("¶ \u3000")):
                lines.append(line)
    if lines:
        yield title, lines


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """A page of `tls` is a paragraph, unless it cuts a sentence; clauses stand one a line and are joined."""
    pending = ""
    for line in lines:
        for place, piece in enumerate(_PAGE.split(line)):
            if place and is_ended(punctuated(pending)):
                yield pending
                pending = ""
            pending += _clause(piece, first=not pending)
    if pending:
        yield pending


def _clause(piece: str, *, first: bool) -> str:
    piece = piece.replace("¶", "").strip(" \u3000")
    return _NUMBER.sub("", piece) if first else piece


def _opening(text: str) -> str:
    return text[:40]
