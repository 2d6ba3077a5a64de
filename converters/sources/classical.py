"""Classical Chinese and modern Chinese (NiuTrans Classical-Modern in its layouts, WYWMT), in both directions.

A pair passes when `converters.correspondence` finds the same names, numbers and days on both sides and nothing from
nowhere. Lines of the first layout are single sentences; chapters of the second are contiguous and give passages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

from converters import bilingual, correspondence
from converters.bilingual import Line
from converters.contract import Companion, Context, Dataset, Example, Format, Outcome, Reject, Source, assistant, user
from converters.templates import classical as templates
from converters.templates import fill
from converters.text import han_count, has_han, key

TO_MODERN, TO_CLASSICAL = "classical_to_modern", "modern_to_classical"
DATASETS = (TO_MODERN, TO_CLASSICAL)

MOST_SENTENCES = 8  # in a passage
PASSAGE_LENGTHS = (40, 80, 120, 160)  # characters of classical text from which a passage is long enough
SHORT = 8  # characters of classical text: fewer teach a phrase
CLOSE = 0.2  # share of new characters in a translation: fewer teach little
TITLE_CAP = 3  # sentences that differ by their date only: 辛酉，舆驾亲祠南郊
MASKED = 20  # characters of the longest sentence of that sort
NEIGHBOURS = 20  # lines of the first layout that are held out together
NAMED_IN = 3  # one request in so many names the book

# File names that are no book's name.
BOOKS = {"北书": "北齐书", "徐霞客": "徐霞客游记", "水经注全": "水经注", "短篇章和资治通鉴": "", "智囊(选录)": "智囊"}
_CHAPTERS, _SIDE = "双语数据", "翻译"
_DATE = re.compile("[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]|[春夏秋冬闰正一二三四五六七八九十]+月|[春夏秋冬]")

Checked = tuple[Line, bilingual.Fault | None]


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


def from_lines(row: dict[str, str], context: Context) -> Sequence[Outcome]:
    """`text` and `modern`: a classical line and the same line of the translation."""
    return _single(row["text"], row["modern"], _place(context, _book_of(PurePosixPath(context.file))))


def from_block(block: str, context: Context) -> Sequence[Outcome]:
    """`古文：…` and `现代文：…` on two lines."""
    match = _BLOCK.match(block)
    path = PurePosixPath(context.file)
    place = _place(context, _chapter_of(path)[0] if path.name == "bitext.txt" else _book_of(path))
    if not match:
        return _rejects("not_two_sides", block[:80])
    return _single(match[1], match[2], place)


def from_columns(row: str, context: Context) -> Sequence[Outcome]:
    """Two columns, divided by a tab."""
    columns = row.split("\t")
    if len(columns) != 2:
        return _rejects("not_two_sides", row[:80])
    return _single(columns[0], columns[1], _place(context, ""))


def from_record(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """`classical` and `modern`, and perhaps `info`: 书名·篇名."""
    info = str(record.get("info") or "")
    book, _, section = info.strip("《》").partition("·")
    place = {"title": BOOKS.get(book, book), "section": section, "document": f"classical:{info}" if info else ""}
    return _single(str(record["classical"] or ""), str(record["modern"] or ""), place)


def from_chapter(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """`source.txt` and `target.txt` of a chapter: its sentences in order, one a line."""
    old, new = (_lines(value[side]) for side in ("text", "modern"))
    if len(old) != len(new):
        return _rejects("unequal_lines", f"{len(old)} and {len(new)} lines")
    book, section = _chapter_of(PurePosixPath(context.file))
    place = {
        "title": book,
        "section": section,
        "document": f"classical:{book}/{section}" if book else f"classical:{context.file}",
        "attribution": _origin(value.get("origin", "")),
    }
    pairs = [bilingual.line(*sides) for sides in zip(old, new, strict=True) if any(side.strip() for side in sides)]
    return list(_passages(pairs, place)) or _rejects("empty_side", "no lines")


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


# ---- sentences and passages


def _single(classical: str, modern: str, place: dict[str, str]) -> Sequence[Outcome]:
    pair = bilingual.line(classical, modern)
    fault = _fault(pair, known="")
    if fault:
        return _rejects(*fault)
    place = place if place["document"] else place | {"document": f"classical:{key(pair.classical)}"}
    return _examples([pair], place)


def _passages(pairs: Sequence[Line], place: dict[str, str]) -> Iterator[Outcome]:
    """Runs of sentences that pass, cut into passages; what an earlier sentence of the passage names is known."""
    passage: list[Line] = []
    for pair in pairs:
        fault = _fault(pair, known="".join(line.classical for line in passage))
        if passage and (fault or _is_enough(passage)):
            yield from _examples(passage, place)
            passage = []
            fault = _fault(pair, known="")
        if fault:
            yield from _rejects(*fault)
        else:
            passage.append(pair)
    if passage:
        yield from _examples(passage, place)


def _is_enough(passage: Sequence[Line]) -> bool:
    """The first sentence decides how long its passage is to be."""
    wanted = PASSAGE_LENGTHS[hashlib.sha256(passage[0].classical.encode()).digest()[0] % len(PASSAGE_LENGTHS)]
    length = sum(len(line.classical) for line in passage)
    return len(passage) >= MOST_SENTENCES or (len(passage) > 1 and length >= wanted)


def _fault(pair: Line, known: str) -> bilingual.Fault | None:
    return bilingual.fault(pair) or correspondence.fault(pair.classical, pair.modern, known)


def _rejects(reason: str, detail: str) -> list[Outcome]:
    return [Reject(dataset, reason, detail) for dataset in DATASETS]


# ---- examples


def _examples(lines: Sequence[Line], place: dict[str, str]) -> list[Outcome]:
    """The passage in both directions."""
    old, new = (_ended("".join(side)) for side in zip(*((line.classical, line.modern) for line in lines), strict=True))
    is_passage = len(lines) > 1
    common = place | {
        "kind": _kind(old, new, is_passage),
        "same_as": key(old),
        "linked": tuple(f"classical:{key(line.classical)}" for line in lines),
        "title_key": "" if is_passage else _masked(old),
        "notes": ("cleaned",) if any(line.is_changed for line in lines) else (),
    }
    raw = ["".join(line.raw[side] for line in lines) for side in (0, 1)]
    return [
        _example(TO_MODERN, old, new, raw[1], is_passage, common),
        _example(TO_CLASSICAL, new, old, raw[0], is_passage, common),
    ]


def _ended(text: str) -> str:
    return text[:-1] + "。" if text.endswith("；") else text


def _kind(old: str, new: str, is_passage: bool) -> str:
    if is_passage:
        return "passage"
    if han_count(old) < SHORT:
        return "short"
    return "close" if correspondence.new_share(old, new) < CLOSE else "sentence"


def _masked(text: str) -> str:
    """What sentences share that say the same of different days; nothing for a long one."""
    return _DATE.sub("〇", text) if len(text) <= MASKED else ""


def _example(dataset: str, text: str, answer: str, raw: str, is_passage: bool, common: dict[str, Any]) -> Example:
    name, choices = _templates(dataset, is_passage, text, common["title"])
    request = fill(f"classical.{name}", choices, f"{dataset}\0{text}", text=text, book=common["title"])
    return Example(
        dataset,
        (user(request.text), assistant(answer)),
        original=raw if raw != answer else "",
        template=request.label,
        **common,
    )


def _templates(dataset: str, is_passage: bool, text: str, book: str) -> tuple[str, Sequence[str]]:
    name = ("PASSAGE" if is_passage else "SENTENCE") + ("_TO_MODERN" if dataset == TO_MODERN else "_TO_CLASSICAL")
    if book and hashlib.sha256(f"book {text}".encode()).digest()[0] % NAMED_IN == 0:
        name += "_FROM" if dataset == TO_MODERN else "_LIKE"
    choices: Sequence[str] = getattr(templates, name)
    # quotation marks around what has its own are what nobody writes
    return name, [choice for choice in choices if "“" not in text or "“{text}”" not in choice]


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
            companions=_of_chapter,
        ),
        Format(
            "lines",
            "NiuTrans Classical-Modern 1: source/<book> with target/<book>翻译, line by line",
            "aligned",
            _is_pair,
            from_lines,
            companions=_across,
        ),
        Format(
            "flat",
            "BangBOOM Classical-Chinese: data/<book> with data/<book>翻译, line by line",
            "aligned",
            _is_pair,
            from_lines,
            companions=_beside,
            licence="GPL-3.0-only",
        ),
        Format(
            "blocks",
            "NiuTrans Classical-Modern 1: bitext/<book>, blocks of 古文：… and 现代文：…",
            "block",
            _is_block,
            from_block,
        ),
        Format(
            "columns",
            "WYWMT train.tsv: a classical and a modern column, no header",
            "line",
            _is_columns,
            from_columns,
            licence="LicenseRef-unstated",
        ),
        Format(
            "records",
            "JSON records: classical, modern and perhaps info",
            "record",
            _is_record,
            from_record,
            licence="LicenseRef-unstated",
        ),
    ),
    datasets=(
        Dataset(
            TO_MODERN,
            "translate classical Chinese into modern Chinese",
            0.17,
            "classical",
            caps={"short": 0.1, "close": 0.15},
        ),
        Dataset(
            TO_CLASSICAL,
            "write modern Chinese in classical Chinese",
            0.12,
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
)
