"""What does one chapter of chinese-novel say, and whose is it? `<n>.html` with the book's `info.json` → Chapter.

What cannot be trained on (a foreword, a translation, a bad scan, a book for adults) is a fault, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import orjson

from converters.contract import Companion
from converters.oldbooks import diction, proofread
from converters.oldbooks.books import LEFT_OUT
from converters.oldbooks.chapters import Chapter, Section, side_by_side
from converters.oldbooks.novel_pages import MARK_HEADING, in_simplified, paragraphs
from converters.oldbooks.proofread import Fault
from converters.oldbooks.prose import marks_per_hundred
from converters.script import simplified
from converters.text import han_count, tidy

SHORTEST_CHAPTER = 80  # Chinese characters
FEWEST_MARKS = 8.0  # for a hundred characters
FEWEST_KINDS_OF_MARKS = 2
MOST_RARE = 0.012  # of the characters: more outside GB 2312 are old forms that no table resolves, or wrong ones


def is_page(value: Any) -> bool:
    """A page is known by the `info.json` beside it, or by its line breaks."""
    if not isinstance(value, dict) or "info" not in value:
        return False
    return '"catalogues"' in value["info"] or "<br" in value["text"][:4000]


def info_of(path: PurePosixPath) -> Sequence[Companion]:
    return [Companion("info", path.parent / "info.json", optional=True)] if path.suffix in (".html", ".htm") else []


def chapter(page: str, info: str, file: str) -> Chapter | Fault:
    """The cleaned chapter, or why it cannot be used; `file` gives the number, and the book where `info` is missing."""
    book = _Book.read(info, file)
    raw_title = book.title_of(file)
    title = plain_title(raw_title) if raw_title not in ("", "原文") else book.name
    fault = _fault_of_book(book, raw_title)
    if fault:
        return fault
    printed = paragraphs(page)
    plain = in_simplified(printed)
    sections = _sections(plain, title)
    fault = _fault_of_text("\n".join(section.text for section in sections))
    if fault:
        return fault
    sections, notes = _without_translations(sections)
    text = "\n".join(section.text for section in sections)
    register = diction.register(text)
    wanted = set(text.split("\n"))
    if register == "modern":
        return "modern_text", text[:60]
    return Chapter(
        book.name,
        title,
        f"novel:{book.name}/{PurePosixPath(file).stem}",
        register,
        sections,
        genre=book.genre,
        author=book.author,
        dynasty=book.dynasty,
        printed=side_by_side(
            text, "\n".join(line for line, same in zip(printed, plain, strict=True) if same in wanted)
        ),
        notes=notes,
    )


# ---- the book

_UNKNOWN = re.compile("未知|佚名|无名氏|不题撰人|不题撰|不提撰人|不署撰人|不着撰人|不著撰人")
_FRONT_MATTER = re.compile(
    "序$|序[一二三四五]$|^.{0,8}(?:原|自|小|后|总|重刊|新)?[序叙][言文]?$|^叙(?= |$)|叙$|序目|^跋|(?<!拓)跋$|凡例|例言"
    "|题[词辞识]|目[录次]$|总目|前言|引言|后记|提要|附录|作者|简介|导读|引用书目|弁[言语]|丛语|概略|^关于|.评$|读法|批语"
    "|总评|回评|译文|赏析|鉴赏|评析|评介|考证|点校|出版|说明$|广告|小引$|缘起$|广记表$"
)
_DIGITS = "〇零○一二三四五六七八九十百千0-9０-９"
_ORNAMENT = re.compile(r"^[○●◎◇□·—\-\s]+|[《》]")
_VOLUME = re.compile(
    rf"^(?:第?[{_DIGITS}]+集)?(?:第?[{_DIGITS}]+卷|卷\s?之?第?[{_DIGITS}上中下]+|[上中下]卷[上中下]?|[上中下]?[篇编部集])[\s·：、]*"
)
_NUMBER = re.compile(rf"^第\s?[{_DIGITS}]+\s?[回章节则卷集话段尊]\s?[\s：、]*|^[{_DIGITS}]+、")


@dataclass(frozen=True, slots=True)
class _Book:
    name: str
    genre: str
    author: str
    dynasty: str
    titles: tuple[str, ...]

    @classmethod
    def read(cls, info: str, file: str) -> _Book:
        folder = PurePosixPath(file).parent
        try:
            value: Any = orjson.loads(info) if info.strip() else {}
        except orjson.JSONDecodeError:
            value = {}
        value = value if isinstance(value, dict) else {}
        author = value.get("author") if isinstance(value.get("author"), dict) else {}
        known = {"name": folder.name, "bookType": folder.parent.name} | {k: v for k, v in value.items() if v}
        return cls(
            "".join(str(known["name"]).split()),
            str(known["bookType"]),
            _known(str(author.get("name") or "")),
            _known(str(author.get("dynasty") or "")),
            tuple(map(str, titles)) if isinstance(titles := value.get("catalogues"), list) else (),
        )

    def title_of(self, file: str) -> str:
        """`catalogueTotal` can be 0 or wrong, so the list itself decides."""
        stem = PurePosixPath(file).stem
        return self.titles[int(stem)] if stem.isdecimal() and int(stem) < len(self.titles) else ""


def _known(name: str) -> str:
    return "" if _UNKNOWN.search(name) else simplified(name.split("(")[0].strip())


def plain_title(title: str) -> str:
    """Without ornaments and the numbers of volume and chapter: 卷一 考城隍 → 考城隍.

    Two halves of one length are a couplet and stay; of two parts that differ the first is the name of a volume.
    """
    title = " ".join(_ORNAMENT.sub("", simplified(tidy(title)).replace("\u3000", " ")).split())
    for pattern in (_VOLUME, _NUMBER):
        title = pattern.sub("", title).strip() or title
    parts = title.split(" ")
    is_couplet = len(parts) == 2 and abs(len(parts[0]) - len(parts[1])) <= 1 and parts[0][-1] not in "上中下"
    return title if len(parts) != 2 or is_couplet else parts[1]


def _fault_of_book(book: _Book, title: str) -> Fault | None:
    if book.name in LEFT_OUT:
        return "book_left_out", f"{book.name}: {LEFT_OUT[book.name]}"
    if _FRONT_MATTER.search("".join(simplified(title).split())):
        return "front_matter", title
    return None


# ---- the sections


def _sections(lines: Sequence[str], title: str) -> tuple[Section, ...]:
    found: list[tuple[str, list[str]]] = [(title, [])]
    for line in lines:
        if line.startswith(MARK_HEADING):
            found.append((plain_title(line.removeprefix(MARK_HEADING)), []))
        else:
            found[-1][1].append(line)
    return tuple(Section(name, tuple(lines)) for name, lines in found if lines)


_SPOKEN = re.compile("[的了着们这那他她它就]")


def _without_translations(sections: tuple[Section, ...]) -> tuple[tuple[Section, ...], tuple[str, ...]]:
    """Some editions print a modern translation after each classical tale: it goes, where the page is classical else."""
    classical = tuple(Section(section.title, tuple(filter(_is_classical, section.paragraphs))) for section in sections)
    rest = [line for section in sections for line in section.paragraphs if not _is_classical(line)]
    kept = sum(len(section.text) for section in classical)
    if kept < 0.3 * sum(len(section.text) for section in sections) or diction.register("".join(rest)) != "modern":
        return sections, ()
    return tuple(section for section in classical if section.paragraphs), ("translation_removed",)


def _is_classical(line: str) -> bool:
    return diction.classical_share(line) >= 0.5 and len(_SPOKEN.findall(line)) <= 0.02 * len(line)


def _fault_of_text(text: str) -> Fault | None:
    if han_count(text) < SHORTEST_CHAPTER:
        return "too_short", text[:60]
    kinds = sum(text.count(mark) > 0 for mark in "，。")
    if marks_per_hundred(text) < FEWEST_MARKS or kinds < FEWEST_KINDS_OF_MARKS:
        return "unpunctuated", text[:60]
    if proofread.rare_share(text) > MOST_RARE:
        return "rare_characters", text[:60]
    if proofread.is_scrambled(text):
        return "scrambled", text[:60]
    if proofread.is_badly_scanned(text):
        return "badly_scanned", text[:60]
    return None
