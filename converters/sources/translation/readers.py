"""What a record of each format says of a pair, and by what it is recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from converters.contract import Companion, Context, Outcome
from converters.pairs import tmx, wmt
from converters.pairs.pair_checks import PAIR_CHECKS
from converters.pairs.parallel import Checks, Fault
from converters.pairs.strictness import CRAWLED_CHECKS, LIST_CHECKS, TATOEBA_CHECKS
from converters.sources.translation.examples import Origin, from_pair, from_segments, rejected, segment
from converters.text import has_han, key, one_line, word_count

TATOEBA = "CC-BY-2.0-FR"

# ---- Tatoeba


def from_tatoeba_line(line: str, context: Context) -> Sequence[Outcome]:
    """English, Chinese and perhaps an attribution, separated by tabs; files of two columns say nothing of a licence."""
    columns = line.split("\t")
    credit = one_line(columns[2]) if len(columns) > 2 else ""
    origin = Origin(attribution=_LICENCE.sub("", credit), licence=_stated_licence(credit, context))
    return from_pair(columns[0], columns[1], context, origin=origin, checks=_checks_of_line(credit, context))


def _checks_of_line(credit: str, context: Context) -> Checks:
    """Of lists that are not Tatoeba's nothing is known; the words of a trade are in no table."""
    return TATOEBA_CHECKS if _NUMBERS.search(credit) or _is_named_cmn(context) else LIST_CHECKS


_NUMBERS = re.compile(r"#(\d+)\b.*? & #(\d+)\b")
_LICENCE = re.compile(r"^CC[\w -]*? ?[\d.]+ (?:\(France\) )?Attribution: ")


def _stated_licence(credit: str, context: Context) -> str:
    """Each line of Tatoeba states it; an old copy of cmn.txt, of two columns, is known by its name."""
    if credit.startswith("CC0"):
        return "CC0-1.0"
    return TATOEBA if credit.startswith("CC-BY") or (_is_named_cmn(context) and not credit) else ""


def _is_named_cmn(context: Context) -> bool:
    return PurePosixPath(context.file).name.lower().startswith("cmn")


def is_tatoeba_line(line: Any) -> bool:
    columns = line.split("\t") if isinstance(line, str) else []
    if len(columns) not in (2, 3):
        return False
    return _are_sides(columns[0], columns[1]) or (len(columns) == 2 and _are_sides(columns[1], columns[0]))


def _are_sides(english: str, chinese: str) -> bool:
    return word_count(english) > 0 and not has_han(english) and has_han(chinese)


def has_two_columns(line: Any) -> bool:
    return isinstance(line, str) and len(line.split("\t")) in (2, 3)


def from_tatoeba_export(line: str, context: Context) -> Sequence[Outcome]:
    """Tatoeba's own export of pairs: id, sentence, id, translation."""
    one, first, other, second = line.split("\t")
    english, chinese = (second, first) if has_han(first) else (first, second)
    origin = Origin(attribution=f"tatoeba.org #{one.strip()} & #{other.strip()}")
    return from_pair(english, chinese, context, origin=origin, checks=TATOEBA_CHECKS)


def is_tatoeba_export(line: Any) -> bool:
    columns = line.lstrip("\ufeff").split("\t") if isinstance(line, str) else []
    return len(columns) == 4 and columns[0].strip().isdigit() and columns[2].strip().isdigit()


# ---- records


def _pair_of(record: Any) -> tuple[str, str] | None:
    """The two sides of a record: `translation` with languages, or columns named after them."""
    if not isinstance(record, dict):
        return None
    inner = record.get("translation")
    columns = {str(name).lower(): value for name, value in (inner if isinstance(inner, dict) else record).items()}
    english = next((columns[name] for name in _ENGLISH_COLUMNS if name in columns), None)
    chinese = next((columns[name] for name in _CHINESE_COLUMNS if name in columns), None)
    return (english, chinese) if isinstance(english, str) and isinstance(chinese, str) else None


_ENGLISH_COLUMNS = ("en", "eng", "english", "eng_latn", "en_us", "英文", "英语", "source_en", "en_text")
_CHINESE_COLUMNS = (
    *(
        "zh",
        "zh_cn",
        "zh-cn",
        "zho",
        "cmn",
        "chinese",
        "zho_hans",
        "zh_hans",
        "zh_tw",
        "zh-tw",
        "中文",
        "汉语",
        "zh_text",
    ),
)


def is_crawled(record: Any) -> bool:
    return isinstance(record, dict) and {"english", "chinese"} <= set(record) and _pair_of(record) is not None


def is_record(record: Any) -> bool:
    return _pair_of(record) is not None and not is_crawled(record)


CRAWLED = "crawled"


def from_crawled(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """translation2019zh was collected from the web, with what that brings: only what is plain and proven is kept.

    Where machines wrote one of the sides, no table of words shows it: of those that pass, one in six is no
    translation that anyone would be glad of. So they are of a kind of their own, of which the source takes a small
    share.
    """
    english, chinese = record["english"], record["chinese"]
    origin = Origin(kind=CRAWLED)
    return from_pair(english, chinese, context, origin=origin, checks=CRAWLED_CHECKS)


def from_record(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    english, chinese = _pair_of(record) or ("", "")
    return from_pair(english, chinese, context, origin=Origin(), checks=LIST_CHECKS)


# ---- translation memories


def from_tmx_run(run: dict[str, Any], context: Context) -> Sequence[Outcome]:
    units = run["units"]
    note = units[0]["note"]
    origin = Origin(document=run["document"], title=run["document"], attribution=note if "://" in note else "")
    return from_segments((segment(unit["en"], unit["zh"], unit["id"], context) for unit in units), origin, context)


# ---- files of lines that belong together


_LANGUAGE_END = re.compile(
    r"(?P<before>(?:^|.*[._-]))(?P<language>en|eng|en_us|en-us|english)(?P<after>(?:\.txt)?(?:\.gz)?)$", re.I
)
_OTHER_ENDS = ("zh", "zh_CN", "zh-CN", "zh_cn", "zh-cn", "cmn", "zho", "cn", "chinese", "zh_TW", "zh_tw")


def chinese_lines(path: PurePosixPath) -> Sequence[Companion]:
    """x.en -> x.zh and the like, and OPUS's x.ids; () for all other files."""
    found = _LANGUAGE_END.match(path.name)
    if found is None:
        return ()
    names = (f"{found['before']}{end}{found['after']}" for end in _OTHER_ENDS)
    sides = [Companion(f"zh{place}", path.with_name(name), optional=True) for place, name in enumerate(names)]
    return [*sides, Companion("ids", path.with_name(f"{found['before']}ids"), optional=True)]


def test_lines(path: PurePosixPath) -> Sequence[Companion]:
    """A file that is named after a test set, whichever side of it: it is its own companion, so that it fits alone."""
    return (Companion("itself", path),) if wmt.TEST_SET.search("/".join(path.parts[-2:])) else ()


def _chinese_line(value: dict[str, Any]) -> str:
    return next((text for role, text in value.items() if role.startswith("zh") and text), "")


def is_line_pair(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("text"), str)
        and _are_sides(value["text"], _chinese_line(value))
    )


def is_two_lines(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str)


def from_line_pair(value: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """Moses, OPUS, UN, Europarl: line n of one file is line n of the other. Their order is not known to be a text's."""
    origin = _opus_origin(value.get("ids", ""))
    return from_pair(value["text"], _chinese_line(value), context, origin=origin, checks=PAIR_CHECKS)


def _opus_origin(ids: str) -> Origin:
    """OPUS's line of x.ids: the English file, the Chinese one and the numbers of their sentences, by tabs."""
    columns = ids.split("\t")
    if len(columns) != 4:
        return Origin()
    return Origin(document=columns[0].removesuffix(".gz"), section=f"{columns[2]} / {columns[3]}")


# ---- News Commentary: English and Chinese by a tab, articles divided by blank lines

_DATELINE = re.compile(r"[A-Z][A-Z.,/ ]{3,40} [–-] ")
MOST_LINES = 400  # of an article


def is_article(block: Any) -> bool:
    lines = block.split("\n") if isinstance(block, str) else []
    pairs = [line.split("\t") for line in lines]
    if not 2 <= len(lines) <= MOST_LINES or any(len(columns) != 2 for columns in pairs):
        return False
    return any(_DATELINE.match(columns[0]) or _DATELINE.match(columns[1]) for columns in pairs[:6])


def from_article(block: str, context: Context) -> Sequence[Outcome]:
    pairs = [line.split("\t") for line in block.split("\n")]
    title = one_line(pairs[0][0])
    found = (
        segment(columns[0], columns[1] if len(columns) > 1 else "", f"line {number}", context, number)
        for number, columns in enumerate(pairs, start=1)
    )
    return from_segments(found, Origin(document=key(title), title=title), context)


# ---- shared tasks


def from_wmt_document(document: dict[str, Any], context: Context) -> Sequence[Outcome]:
    sides = {side["language"].lower().split("-")[0]: side["segments"] for side in reversed(document["sides"])}
    if not {"en", "zh"} <= set(sides):
        return rejected(Fault("no_pair", f"languages: {', '.join(sorted(sides)) or 'none'}"))
    chinese = {segment["id"]: segment["text"] for segment in sides["zh"]}
    found = (
        segment(one["text"], chinese.get(one["id"], ""), one["id"], context, one["paragraph"]) for one in sides["en"]
    )
    name = document["document"]
    return from_segments(found, Origin(document=name, title=name), context) or rejected(Fault("empty", name))


def from_sgm(value: dict[str, Any], context: Context) -> Sequence[Outcome]:
    documents = wmt.sgm_documents(value["text"], value["ref"])
    outcomes = [outcome for document in documents for outcome in from_wmt_document(document, context)]
    return outcomes or rejected(Fault("empty", "no <doc> in it"))


def sgm_reference(path: PurePosixPath) -> Sequence[Companion]:
    """x-src.en.sgm -> x-ref.zh.sgm."""
    other = {"en": "zh", "zh": "en"}
    found = re.fullmatch(r"(.*)-src\.(en|zh)(\.sgml?)", path.name)
    return [Companion("ref", path.with_name(f"{found[1]}-ref.{other[found[2]]}{found[3]}"))] if found else ()


def begins_training_xml(head: bytes) -> bool:
    text = tmx.head_text(head)
    return wmt.is_xml(text) and not wmt.is_test(text)


def begins_test_xml(head: bytes) -> bool:
    text = tmx.head_text(head)
    return wmt.is_xml(text) and wmt.is_test(text)


def is_training_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"]) and not wmt.is_test(value["text"])


def is_test_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"]) and wmt.is_test(value["text"])
