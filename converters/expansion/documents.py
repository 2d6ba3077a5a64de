"""A user's own text, plain or in Markdown -> sections of whole paragraphs; what is no running text parts them.

Nothing is judged here but whether a piece is text: what a user's texts say is the user's to answer for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from converters.passage import Refusal
from converters.text import HAN, han_count, punctuated, tidy
from converters.wikitext.prose import joined

LONGEST_HEADING = 30  # characters of a line that is a heading by its look
SHORTEST_WRAPPED = 15  # characters: a shorter line that stops in mid-air was not wrapped there
LEAST_HAN_SHARE = 0.3

Piece = str | Refusal

_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*$")
_NUMBERED_HEADING = re.compile(
    r"^(?:第\s?[〇零一二三四五六七八九十百千\d]+\s?([卷部编篇章回节])|(附录|前言|序言|引言|后记|结语|总则|附则))"
    r"(?:[ \u3000：:、].*|[^，。；！？]*)$"
)
# 第二条　本办法…: the one blank between Chinese characters that a printer sets
_NUMBER = re.compile(r"(第\s?[〇零一二三四五六七八九十百千\d]+\s?[条款章节编篇部卷回])[ \u3000]+")
_RANKS = {"卷": 1, "部": 1, "编": 1, "篇": 1, "章": 2, "回": 2, "节": 3}
_UNDERLINE = re.compile(r"^\s*(?:={3,}|-{3,})\s*$")
_RULE = re.compile(r"^\s*(?:[-*_=—─~]\s*){3,}$")
_TABLE = re.compile(r"^\s*\||\|.*\||\t.*\t")
_PAGE = re.compile(
    r"^[\s\-—–·.|/]*(?:第?\s*\d+\s*页?[\s,，/]*(?:共?\s*\d+\s*页?)?|Page\s+\d+.*)[\s\-—–·.|]*$", re.IGNORECASE
)
_CONTENTS = re.compile(r"(?:\.{4,}|…{2,}|·{4,})\s*\d+\s*$")
_ITEM = re.compile(
    r"^\s*(?:[-*+•●▪◦·]\s+|\d{1,3}[.、)）]\s*(?!\d)|[（(]\s?(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s?[）)]|[①-⑳])"
)
_BULLET = re.compile(r"^\s*[*+•●▪◦·]\s+")
_ENDED = re.compile("[。！？!?….][”’」』）)\"'】》]*$")
_GOES_ON = re.compile("[：:；;，,、]$")
_ABOVE = re.compile("(?:以上|上述|上[表图]|如上|[其此]中|这[些个])(?!海)")  # what stood there is gone
_INDENT = re.compile("^(?:\u3000| {2,}|\t)")
_INLINE = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[\^[^\]]+\]:?"), ""),
    (re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^()]*\))*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![A-Za-z0-9*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![A-Za-z0-9*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]*>"), ""),
)


@dataclass(frozen=True, slots=True)
class Section:
    """`path` are the headings that it stands under, outermost first; a Refusal parts what is beside it."""

    path: tuple[str, ...]
    pieces: tuple[Piece, ...]


def is_text(head: str) -> bool:
    """Chinese running text: no markup of another kind, no table, no objects."""
    first = next((line.strip() for line in head.split("\n") if line.strip()), "")
    return (
        not first.startswith(("<", "{"))
        and not _is_header(first)
        and han_count(head) >= LEAST_HAN_SHARE * _written(head)
    )


def _is_header(line: str) -> bool:
    """The names of columns: several short words between commas or tabs, or a single Latin one."""
    cells = re.split("[,\t]", line)
    if len(cells) == 1:
        return line.isascii() and line.isidentifier()
    return all(len(cell) <= LONGEST_HEADING for cell in cells)


def _written(text: str) -> int:
    return len(re.sub(r"\s", "", text))


def title_of(text: str) -> str:
    """The first heading of the first rank, where the text begins with it."""
    first = next((line for line in _body(text).split("\n") if line.strip()), "")
    heading = _HEADING.match(first)
    return _plain(heading[2]) if heading and len(heading[1]) == 1 else ""


def sections(text: str) -> Iterator[Section]:
    path: list[tuple[int, str]] = []
    pieces: list[Piece] = []
    for block in _blocks(_lines(_body(text))):
        if isinstance(block, _Heading):
            if pieces:
                yield Section(tuple(name for _, name in path), tuple(_whole(pieces)))
            path = [*(each for each in path if each[0] < block.rank), (block.rank, block.text)]
            pieces = []
        else:
            pieces.append(block)
    if pieces:
        yield Section(tuple(name for _, name in path), tuple(_whole(pieces)))


# ---- lines


@dataclass(frozen=True, slots=True)
class _Heading:
    rank: int
    text: str


@dataclass(frozen=True, slots=True)
class _Line:
    """`apart` where a blank line stood before."""

    text: str
    apart: bool


def _body(text: str) -> str:
    return _COMMENT.sub("", _FRONT_MATTER.sub("", tidy(text)))


def _lines(text: str) -> Iterator[_Line | _Heading | Refusal]:
    """Without blank lines, code, tables, rules and numbers of pages."""
    apart, fence = True, ""
    lines = [*text.split("\n"), ""]
    for place, line in enumerate(lines[:-1]):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
            yield Refusal("code", line)
        elif fence:
            fence = "" if mark and mark[1] == fence else fence
        elif not line.strip() or _PAGE.match(line):
            apart = True
        elif found := _apart(line, below=lines[place + 1], before=lines[place - 1] if place else ""):
            if not isinstance(found, str):
                yield found
            apart = True
        else:
            yield _Line(line.rstrip(), apart)
            apart = False


def _apart(line: str, *, below: str, before: str) -> _Heading | Refusal | str | None:
    """A heading, what is no text, or the name of what is nothing at all; None for a line of text."""
    marked, numbered = _HEADING.match(line), _NUMBERED_HEADING.match(line.strip())
    if marked:
        return _Heading(len(marked[1]), _plain(marked[2]))
    if (
        _UNDERLINE.match(below)
        and len(line.strip()) <= LONGEST_HEADING
        and not _RULE.match(line)
        and not before.strip()
    ):
        return _Heading(1 if "=" in below else 2, _plain(line))
    if _RULE.match(line):
        return "rule"
    if _CONTENTS.search(line):
        return Refusal("table_of_contents", line[:40])
    if _TABLE.search(line):
        return Refusal("table", line[:40])
    if numbered and len(line.strip()) <= LONGEST_HEADING:
        return _Heading(_RANKS.get(numbered[1] or "", 2), _plain(line))
    return _Heading(4, _plain(line)) if _looks_like_heading(line, below, before) else None


_NO_HEADING = re.compile("[，。；！？：,;!?:]")


def _looks_like_heading(line: str, below: str, before: str) -> bool:
    """A short line without punctuation, set apart, with something below it."""
    text = line.strip()
    is_set_apart = not before.strip() or (_ENDED.search(before.strip()) is not None and len(before.strip()) > len(text))
    return (
        len(text) <= LONGEST_HEADING
        and is_set_apart
        and not _NO_HEADING.search(text)
        and han_count(text) > 1
        and (not _ITEM.match(line) or _ENDED.search(below.strip()) is not None)
    )


# ---- paragraphs


def _blocks(lines: Iterable[_Line | _Heading | Refusal]) -> Iterator[_Heading | Piece]:
    """Paragraphs: a line that stops in mid-air goes on in the next one."""
    held: list[str] = []
    for line in lines:
        if not isinstance(line, _Line):
            if held:
                yield _paragraph(held)
            held = []
            yield line
            continue
        if held and not (not line.apart and _is_wrapped(held[-1], line.text)):
            yield _paragraph(held)
            held = []
        held.append(line.text)
    if held:
        yield _paragraph(held)


def _is_wrapped(before: str, line: str) -> bool:
    stops = _ENDED.search(before) or (_GOES_ON.search(before) and _ITEM.match(line))
    return not stops and len(before) >= SHORTEST_WRAPPED and not _INDENT.match(line) and not _ITEM.match(line)


def _paragraph(lines: list[str]) -> str:
    return _plain(joined([line.strip(" \t\u3000") for line in lines]))


def _plain(text: str) -> str:
    """Without the marks of Markdown, with mainland punctuation."""
    text = re.sub(r"^\s*>+\s?", "", text)
    for pattern, shown in _INLINE:
        text = pattern.sub(shown, text)
    text = _BULLET.sub("- ", tidy(text))
    number = _NUMBER.match(text)
    if number is None:
        return punctuated(text)
    return f"{number[1]} {punctuated(text[number.end() :])}"


def _whole(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """What announces or is a part of a list stands with the rest of it; what never ends is refused."""
    held: list[str] = []
    for piece in _parted(pieces):
        if isinstance(piece, str) and held and _belongs(held[-1], piece):
            held.append(piece)
            continue
        if held:
            yield _checked("\n".join(held))
        held = [piece] if isinstance(piece, str) else []
        if isinstance(piece, Refusal):
            yield piece
    if held:
        yield _checked("\n".join(held))


def _parted(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The lines of a table are one refusal, and with it goes what speaks of them."""
    refused = ""
    for piece in pieces:
        if isinstance(piece, Refusal):
            if piece.reason != refused:
                yield piece
            refused = piece.reason
        elif refused and _ABOVE.match(piece):
            yield Refusal("refers_elsewhere", piece[:40])
        else:
            yield piece
            refused = ""


def _belongs(before: str, piece: str) -> bool:
    return _GOES_ON.search(before) is not None or (_ITEM.match(before) is not None and _ITEM.match(piece) is not None)


def _checked(text: str) -> Piece:
    is_list = _ITEM.match(text.rpartition("\n")[2]) is not None
    if _GOES_ON.search(text) or not (_ENDED.search(text) or is_list):
        return Refusal("no_full_stop", text[-40:])
    if han_count(text) < LEAST_HAN_SHARE * _written(text) or not re.search(f"[{HAN}]", text):
        return Refusal("not_chinese", text[:40])
    return text
