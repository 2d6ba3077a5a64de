"""Classical Chinese and modern Chinese (NiuTrans Classical-Modern in its layouts, WYWMT), in both directions.

A pair passes when `classics.correspondence` finds the same names, numbers and days on both sides and nothing from
nowhere. Lines of the first layout are single sentences; chapters of the second are contiguous and give passages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from converters.classics import bilingual
from converters.classics.renderings import TITLE_CAP, TO_CLASSICAL, TO_MODERN, passages, placed, rejects, single
from converters.classics.stretches import passages_of_lines
from converters.contract import ByHand, Companion, Context, Dataset, Download, Format, GitHub, Outcome, Source
from converters.passage import Lengths, Passages, Refusal
from converters.text import has_han

NEIGHBOURS = 20  # lines of the first layout that are held out together

# File names that are no book's name.
BOOKS = {"北书": "北齐书", "徐霞客": "徐霞客游记", "水经注全": "水经注", "短篇章和资治通鉴": "", "智囊(选录)": "智囊"}
_CHAPTERS, _SIDE = "双语数据", "翻译"

# ---- what a file is of


def _book_of(path: PurePosixPath) -> str:
    """The book that a file of lines is named for."""
    name = path.stem.removesuffix(_SIDE)
    return BOOKS.get(name, name) if has_han(name) else ""


def _chapter_of(path: PurePosixPath) -> tuple[str, str]:
    """双语数据/陈书/列传/卷一/source.txt is of 陈书, 列传·卷一; the part before the book may be missing."""
    parts = path.parent.parts
    parts = parts[parts.index(_CHAPTERS) + 1 :] if _CHAPTERS in parts else parts
    return (BOOKS.get(parts[0], parts[0]), "·".join(parts[1:])) if parts else ("", "")


# ---- the formats

Sides = tuple[str, str, dict[str, str]]  # a classical text, its translation, and where they stand


def from_lines(row: dict[str, str], context: Context) -> Sequence[Outcome]:
    return single(*sides_of_line(row, context))


def sides_of_line(row: dict[str, str], context: Context) -> Sides:
    """`text` and `modern`: a classical line and the same line of the translation."""
    return row["text"], row["modern"], _place(context, _book_of(PurePosixPath(context.file)))


def from_block(block: str, context: Context) -> Sequence[Outcome]:
    found = sides_of_block(block, context)
    return rejects(found.reason, found.detail) if isinstance(found, Refusal) else single(*found)


def sides_of_block(block: str, context: Context) -> Sides | Refusal:
    """`古文：…` and `现代文：…` on two lines."""
    match = _BLOCK.match(block)
    path = PurePosixPath(context.file)
    place = _place(context, _chapter_of(path)[0] if path.name == "bitext.txt" else _book_of(path))
    return (match[1], match[2], place) if match else Refusal("not_two_sides", block[:80])


def from_columns(row: str, context: Context) -> Sequence[Outcome]:
    found = sides_of_columns(row, context)
    return rejects(found.reason, found.detail) if isinstance(found, Refusal) else single(*found)


def sides_of_columns(row: str, context: Context) -> Sides | Refusal:
    """Two columns, divided by a tab."""
    columns = row.split("\t")
    if len(columns) != 2:
        return Refusal("not_two_sides", row[:80])
    return columns[0], columns[1], _place(context, "")


def from_record(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    return single(*sides_of_record(record, context))


def sides_of_record(record: dict[str, Any], context: Context) -> Sides:
    """`classical` and `modern`, and perhaps `info`: 书名·篇名."""
    info = str(record.get("info") or "")
    book, _, section = info.strip("《》").partition("·")
    place = {"title": BOOKS.get(book, book), "section": section, "document": f"classical:{info}" if info else ""}
    return str(record["classical"] or ""), str(record["modern"] or ""), place


def from_chapter(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    found = _chapter(value, context)
    if isinstance(found, Refusal):
        return rejects(found.reason, found.detail)
    return list(passages(*found)) or rejects("empty_side", "no lines")


def _chapter(value: dict[str, str], context: Context) -> tuple[list[bilingual.Line], dict[str, str]] | Refusal:
    """`source.txt` and `target.txt` of a chapter: its sentences in order, one a line."""
    old, new = (_lines(value[side]) for side in ("text", "modern"))
    if len(old) != len(new):
        return Refusal("unequal_lines", f"{len(old)} and {len(new)} lines")
    book, section = _chapter_of(PurePosixPath(context.file))
    place = {
        "title": book,
        "section": section,
        "document": f"classical:{book}/{section}" if book else f"classical:{context.file}",
        "attribution": _origin(value.get("origin", "")),
    }
    return [
        bilingual.line(*sides) for sides in zip(old, new, strict=True) if any(side.strip() for side in sides)
    ], place


def _passages_of_sides(
    sides: Callable[[Any, Context], Sides | Refusal], value: Any, context: Context, lengths: Lengths
) -> Passages:
    found = sides(value, context)
    if isinstance(found, Refusal):
        return [found]
    pair, place = bilingual.line(*found[:2]), found[2]
    return passages_of_lines([pair], placed(pair, place), lengths)


def _passages_of_chapter(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    found = _chapter(value, context)
    return [found] if isinstance(found, Refusal) else passages_of_lines(*found, lengths)


def _lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n")


def _origin(text: str) -> str:
    """数据来源.txt without its heading: where the translation was found."""
    lines = (re.sub(r"^\d+、", "", line.strip()) for line in text.split("\n"))
    return "；".join(line for line in lines if line and not line.startswith("参考资料"))


def _place(context: Context, book: str) -> dict[str, str]:
    """Lines have no chapter: what is held out is a stretch of neighbours, the same for all copies of a file."""
    stretch = (context.number - 1) // NEIGHBOURS
    return {"title": book, "section": "", "document": f"classical:{book or context.file}:{stretch}"}


# ---- how files are recognised

_BLOCK = re.compile("古文：(.*)\n现代文：(.*)")


def _beside(path: PurePosixPath) -> Sequence[Companion]:
    """data/新唐书 belongs to data/新唐书翻译."""
    return [] if path.stem.endswith(_SIDE) else [Companion("modern", path.with_name(path.name + _SIDE))]


def _across(path: PurePosixPath) -> Sequence[Companion]:
    """source/陈书 belongs to target/陈书翻译."""
    if path.parent.name != "source":
        return []
    return [Companion("modern", path.parent.with_name("target") / f"{path.name}{_SIDE}")]


def _of_chapter(path: PurePosixPath) -> Sequence[Companion]:
    if path.name != "source.txt":
        return []
    return [
        Companion("modern", path.with_name("target.txt")),
        Companion("origin", path.with_name("数据来源.txt"), optional=True),
    ]


def _is_pair(row: Any) -> bool:
    return isinstance(row, dict) and has_han(row.get("text", "")) and has_han(row.get("modern", ""))


def _is_block(block: Any) -> bool:
    return isinstance(block, str) and _BLOCK.match(block) is not None


def _is_columns(row: Any) -> bool:
    columns = row.split("\t") if isinstance(row, str) else []
    return len(columns) == 2 and all(map(has_han, columns))


def _is_record(record: Any) -> bool:
    return isinstance(record, dict) and {"classical", "modern"} <= set(record) <= {"classical", "modern", "info"}


SOURCE = Source(
    name="classical",
    group="domain",
    licence="MIT",
    origin="https://github.com/NiuTrans/Classical-Modern",
    formats=(
        Format(
            "chapters",
            "NiuTrans Classical-Modern 2: 双语数据/<book>/…/<chapter>/source.txt with target.txt beside it",
            "document",
            _is_pair,
            from_chapter,
            _passages_of_chapter,
            companions=_of_chapter,
        ),
        Format(
            "lines",
            "NiuTrans Classical-Modern 1: source/<book> with target/<book>翻译, line by line",
            "aligned",
            _is_pair,
            from_lines,
            partial(_passages_of_sides, sides_of_line),
            companions=_across,
        ),
        Format(
            "flat",
            "BangBOOM Classical-Chinese: data/<book> with data/<book>翻译, line by line",
            "aligned",
            _is_pair,
            from_lines,
            partial(_passages_of_sides, sides_of_line),
            companions=_beside,
            licence="GPL-3.0-only",
        ),
        Format(
            "blocks",
            "NiuTrans Classical-Modern 1: bitext/<book>, blocks of 古文：… and 现代文：…",
            "block",
            _is_block,
            from_block,
            partial(_passages_of_sides, sides_of_block),
        ),
        Format(
            "columns",
            "WYWMT train.tsv: a classical and a modern column, no header",
            "line",
            _is_columns,
            from_columns,
            partial(_passages_of_sides, sides_of_columns),
            licence="LicenseRef-unstated",
        ),
        Format(
            "records",
            "JSON records: classical, modern and perhaps info",
            "record",
            _is_record,
            from_record,
            partial(_passages_of_sides, sides_of_record),
            licence="LicenseRef-unstated",
        ),
    ),
    datasets=(
        Dataset(
            TO_MODERN,
            "translate classical Chinese into modern Chinese",
            0.18,
            "classical",
            caps={"short": 0.1, "close": 0.15},
        ),
        Dataset(
            TO_CLASSICAL,
            "write modern Chinese in classical Chinese",
            0.2,
            "classical",
            caps={"short": 0.1, "close": 0.15},
        ),
    ),
    wanted=("双语数据/<book>/…/source.txt and target.txt", "source/<book> and target/<book>翻译", "bitext/<book>"),
    ignored={
        "古文原文": "classical text without a translation",
        "数据来源.txt": "says where a translation is from",
        "bitext.txt": "the pairs of source.txt and target.txt again",
        "statistic.md": "documentation",
    },
    title_cap=TITLE_CAP,
    downloads=(
        Download("classical-modern", GitHub("NiuTrans/Classical-Modern"), "MIT"),
        Download("classical-chinese", GitHub("BangBOOM/Classical-Chinese"), "GPL-3.0-only", "the same", usual=False),
        Download(
            "WYWMT",
            ByHand("no licence is stated", "https://github.com/baudzhou/WYWEB"),
            "LicenseRef-unstated",
        ),
    ),
)
