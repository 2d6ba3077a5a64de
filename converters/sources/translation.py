"""English–Chinese pairs from sentence lists, memories, line-aligned files and shared tasks, in both directions.

What is wrong with a pair is decided in `converters.parallel`. Sets that translation is measured with are not trained
on: they belong to the source `evaluation`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from converters import tmx, wmt
from converters.contract import (
    Companion,
    Context,
    Dataset,
    Example,
    Format,
    Option,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.parallel import (
    CRAWLED_CHECKS,
    PAIR_CHECKS,
    SEGMENT_CHECKS,
    SHORT,
    Checks,
    Fault,
    Pair,
    examined,
    traditional,
    unbalanced,
)
from converters.passages import Segment, is_a_list, joined, passages
from converters.templates import Filled, fill
from converters.templates import translation as templates
from converters.text import has_han, key, one_line, word_count

TO_CHINESE = "translation_en2zh"
TO_ENGLISH = "translation_zh2en"
DIRECTIONS = (TO_CHINESE, TO_ENGLISH)

SHORT_SHARE = 0.20
LONGEST_QUOTED = 60  # characters
TRADITIONAL_ONE_IN = 6  # of the pairs whose Chinese is in traditional characters
TATOEBA = "CC-BY-2.0-FR"
USE_EVALUATION = "a set to measure with, never to train on: python -m converters evaluation"

_QUOTES = re.compile('["“”‘「」]')


@dataclass(frozen=True)
class Origin:
    """What a record says of its pairs; `document` is held out as a whole, and "" leaves it to the English text."""

    document: str = ""
    title: str = ""
    attribution: str = ""
    licence: str = ""
    section: str = ""


# ---- pairs that stand alone


def from_pair(english: str, chinese: str, context: Context, *, origin: Origin, checks: Checks) -> list[Outcome]:
    result = examined(english, chinese, context.script, checks)
    if isinstance(result, Fault):
        return _rejected(result)
    return _both_directions(result, [result], _licensed(origin, context), context)


def _rejected(fault: Fault) -> list[Outcome]:
    return [Reject(dataset, fault.reason, fault.detail) for dataset in DIRECTIONS]


def _licensed(origin: Origin, context: Context) -> Origin:
    return replace(origin, licence=origin.licence or context.option("licence"))


def _both_directions(pair: Pair, parts: Sequence[Pair], origin: Origin, context: Context) -> list[Outcome]:
    return [
        _to_traditional(pair, parts, origin)
        if _asks_for_traditional(pair, context)
        else _to_chinese(pair, parts, origin),
        _to_english(pair, parts, origin),
    ]


def _asks_for_traditional(pair: Pair, context: Context) -> bool:
    if context.script == "original" or not pair.is_traditional:
        return False
    return hashlib.sha256(f"traditional\t{pair.english}".encode()).digest()[0] % TRADITIONAL_ONE_IN == 0


def _to_chinese(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = _asked("TO_CHINESE", pair, pair.english, parts)
    return _example(TO_CHINESE, asked, pair.chinese, pair, parts, origin)


def _to_traditional(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = fill("translation.TO_TRADITIONAL", templates.TO_TRADITIONAL, _hashed(pair), text=pair.english)
    example = _example(TO_CHINESE, asked, traditional(pair), pair, parts, origin)
    return replace(example, notes=(*pair.notes, "answer_in_traditional_script"))


def _to_english(pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    asked = _asked("TO_ENGLISH", pair, pair.chinese, parts)
    return _example(TO_ENGLISH, asked, pair.english, pair, parts, origin)


def _asked(ending: str, pair: Pair, text: str, parts: Sequence[Pair]) -> Filled:
    """A passage is set apart. Quotation marks around a sentence that has its own are what nobody writes."""
    name = f"PASSAGE_{ending}" if len(parts) > 1 else f"SENTENCE_{ending}"
    choices: tuple[str, ...] = getattr(templates, name)
    if len(parts) == 1 and len(text) <= LONGEST_QUOTED and not _QUOTES.search(text):
        choices += getattr(templates, f"QUOTED_{ending}")
    return fill(f"translation.{name}", choices, _hashed(pair), text=text)


def _hashed(pair: Pair) -> str:
    return f"{pair.english}\t{pair.original or pair.chinese}"


def _example(dataset: str, asked: Filled, answer: str, pair: Pair, parts: Sequence[Pair], origin: Origin) -> Example:
    english, chinese = key(pair.english), key(pair.chinese)
    kind = "passage" if len(parts) > 1 else "sentence" if pair.words >= SHORT else "short"
    return Example(
        dataset,
        (user(asked.text), assistant(answer)),
        document=f"document:{origin.document}" if origin.document else f"english:{english}",
        licence=origin.licence,
        attribution=origin.attribution,
        title=origin.title,
        section=origin.section,
        original=pair.original,
        kind=kind,
        template=asked.label,
        same_as=f"{english}\t{chinese}",
        # one sentence has several translations, in either direction: none may be on the other side of the hold-out
        linked=tuple(dict.fromkeys(key(side) for part in parts for side in (part.english, part.chinese))),
        notes=pair.notes,
    )


# ---- segments of one document


def from_segments(found: Iterable[tuple[Segment | Fault, str]], origin: Origin, context: Context) -> list[Outcome]:
    """Examples of the passages that the good segments make, and a reject for each of the others.

    `found` are segments in the order of the text, each with the name of its place; a bad one ends a run.
    """
    outcomes: list[Outcome] = []
    for is_good, run in groupby(found, key=lambda item: isinstance(item[0], Segment)):
        items = list(run)
        if is_good:
            outcomes += _of_run([segment for segment, _ in items if isinstance(segment, Segment)], origin, context)
        else:
            outcomes += [
                outcome
                for fault, place in items
                if isinstance(fault, Fault)
                for outcome in _rejected(Fault(fault.reason, f"{place}: {fault.detail}"))
            ]
    return outcomes


def _of_run(run: Sequence[Segment], origin: Origin, context: Context) -> Iterator[Outcome]:
    divided = ([segment] for segment in run) if is_a_list(run) else passages(run)
    for passage in divided:
        pair, first, last = joined(passage), passage[0].place, passage[-1].place
        about = replace(origin, section=first if first == last else f"{first}–{last}")
        mark = unbalanced(pair.english) or unbalanced(pair.chinese)
        if mark:
            yield from _rejected(Fault("unbalanced", f"{about.section}: {mark}"))
        else:
            yield from _both_directions(pair, [segment.pair for segment in passage], _licensed(about, context), context)


def _segment(
    english: str, chinese: str, place: str, context: Context, paragraph: int = 0
) -> tuple[Segment | Fault, str]:
    result = examined(english, chinese, context.script, SEGMENT_CHECKS)
    return (result if isinstance(result, Fault) else Segment(result, place, paragraph)), place


# ---- Tatoeba


def from_tatoeba_line(line: str, context: Context) -> Sequence[Outcome]:
    """English, Chinese and perhaps an attribution, separated by tabs; files of two columns say nothing of a licence."""
    columns = line.split("\t")
    credit = one_line(columns[2]) if len(columns) > 2 else ""
    origin = Origin(attribution=_LICENCE.sub("", credit), licence=_stated_licence(credit, context))
    return from_pair(columns[0], columns[1], context, origin=origin, checks=PAIR_CHECKS)


_LICENCE = re.compile(r"^CC[\w -]*? ?[\d.]+ (?:\(France\) )?Attribution: ")


def _stated_licence(credit: str, context: Context) -> str:
    """Each line of Tatoeba states it; an old copy of cmn.txt, of two columns, is known by its name."""
    if credit.startswith("CC0"):
        return "CC0-1.0"
    named = PurePosixPath(context.file).name.lower().startswith("cmn")
    return TATOEBA if credit.startswith("CC-BY") or (named and not credit) else ""


def _is_tatoeba_line(line: Any) -> bool:
    columns = line.split("\t") if isinstance(line, str) else []
    if len(columns) not in (2, 3):
        return False
    return _are_sides(columns[0], columns[1]) or (len(columns) == 2 and _are_sides(columns[1], columns[0]))


def _are_sides(english: str, chinese: str) -> bool:
    return word_count(english) > 0 and not has_han(english) and has_han(chinese)


def _has_two_columns(line: Any) -> bool:
    return isinstance(line, str) and len(line.split("\t")) in (2, 3)


def from_tatoeba_export(line: str, context: Context) -> Sequence[Outcome]:
    """Tatoeba's own export of pairs: id, sentence, id, translation."""
    one, first, other, second = line.split("\t")
    english, chinese = (second, first) if has_han(first) else (first, second)
    origin = Origin(attribution=f"tatoeba.org #{one.strip()} & #{other.strip()}")
    return from_pair(english, chinese, context, origin=origin, checks=PAIR_CHECKS)


def _is_tatoeba_export(line: Any) -> bool:
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


def _is_crawled(record: Any) -> bool:
    return isinstance(record, dict) and {"english", "chinese"} <= set(record) and _pair_of(record) is not None


def _is_record(record: Any) -> bool:
    return _pair_of(record) is not None and not _is_crawled(record)


def from_crawled(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """translation2019zh was collected from the web, with what that brings: more is asked of a pair."""
    english, chinese = record["english"], record["chinese"]
    return from_pair(english, chinese, context, origin=Origin(), checks=CRAWLED_CHECKS)


def from_record(record: dict[str, Any], context: Context) -> Sequence[Outcome]:
    english, chinese = _pair_of(record) or ("", "")
    return from_pair(english, chinese, context, origin=Origin(), checks=PAIR_CHECKS)


# ---- translation memories


def from_tmx_run(run: dict[str, Any], context: Context) -> Sequence[Outcome]:
    units = run["units"]
    note = units[0]["note"]
    origin = Origin(document=run["document"], title=run["document"], attribution=note if "://" in note else "")
    return from_segments((_segment(unit["en"], unit["zh"], unit["id"], context) for unit in units), origin, context)


# ---- files of lines that belong together


_LANGUAGE_END = re.compile(
    r"(?P<before>(?:^|.*[._-]))(?P<language>en|eng|en_us|en-us|english)(?P<after>(?:\.txt)?(?:\.gz)?)$", re.I
)
_OTHER_ENDS = ("zh", "zh_CN", "zh-CN", "zh_cn", "zh-cn", "cmn", "zho", "cn", "chinese", "zh_TW", "zh_tw")


def chinese_lines(path: PurePosixPath) -> Sequence[Companion]:
    """x.en -> x.zh and the like; () for all other files."""
    found = _LANGUAGE_END.match(path.name)
    if found is None:
        return ()
    names = (f"{found['before']}{end}{found['after']}" for end in _OTHER_ENDS)
    return [Companion(f"zh{place}", path.with_name(name), optional=True) for place, name in enumerate(names)]


def _test_lines(path: PurePosixPath) -> Sequence[Companion]:
    """A file that is named after a test set, whichever side of it: it is its own companion, so that it fits alone."""
    return (Companion("itself", path),) if wmt.TEST_SET.search("/".join(path.parts[-2:])) else ()


def _chinese_line(value: dict[str, Any]) -> str:
    return next((text for role, text in value.items() if role.startswith("zh") and text), "")


def _is_line_pair(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("text"), str)
        and _are_sides(value["text"], _chinese_line(value))
    )


def _is_two_lines(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("text"), str)


def from_line_pair(value: dict[str, Any], context: Context) -> Sequence[Outcome]:
    """Moses, OPUS, UN, Europarl: line n of one file is line n of the other. Their order is not known to be a text's."""
    return from_pair(value["text"], _chinese_line(value), context, origin=Origin(), checks=PAIR_CHECKS)


# ---- News Commentary: English and Chinese by a tab, articles divided by blank lines

_DATELINE = re.compile(r"[A-Z][A-Z.,/ ]{3,40} [–-] ")
MOST_LINES = 400  # of an article


def _is_article(block: Any) -> bool:
    lines = block.split("\n") if isinstance(block, str) else []
    pairs = [line.split("\t") for line in lines]
    if not 2 <= len(lines) <= MOST_LINES or any(len(columns) != 2 for columns in pairs):
        return False
    return any(_DATELINE.match(columns[0]) or _DATELINE.match(columns[1]) for columns in pairs[:6])


def from_article(block: str, context: Context) -> Sequence[Outcome]:
    pairs = [line.split("\t") for line in block.split("\n")]
    title = one_line(pairs[0][0])
    found = (
        _segment(columns[0], columns[1] if len(columns) > 1 else "", f"line {number}", context, number)
        for number, columns in enumerate(pairs, start=1)
    )
    return from_segments(found, Origin(document=key(title), title=title), context)


# ---- shared tasks


def from_wmt_document(document: dict[str, Any], context: Context) -> Sequence[Outcome]:
    sides = {side["language"].lower().split("-")[0]: side["segments"] for side in reversed(document["sides"])}
    if not {"en", "zh"} <= set(sides):
        return _rejected(Fault("no_pair", f"languages: {', '.join(sorted(sides)) or 'none'}"))
    chinese = {segment["id"]: segment["text"] for segment in sides["zh"]}
    found = (
        _segment(one["text"], chinese.get(one["id"], ""), one["id"], context, one["paragraph"]) for one in sides["en"]
    )
    name = document["document"]
    return from_segments(found, Origin(document=name, title=name), context) or _rejected(Fault("empty", name))


def from_sgm(value: dict[str, Any], context: Context) -> Sequence[Outcome]:
    documents = wmt.sgm_documents(value["text"], value["ref"])
    outcomes = [outcome for document in documents for outcome in from_wmt_document(document, context)]
    return outcomes or _rejected(Fault("empty", "no <doc> in it"))


def sgm_reference(path: PurePosixPath) -> Sequence[Companion]:
    """x-src.en.sgm -> x-ref.zh.sgm."""
    other = {"en": "zh", "zh": "en"}
    found = re.fullmatch(r"(.*)-src\.(en|zh)(\.sgml?)", path.name)
    return [Companion("ref", path.with_name(f"{found[1]}-ref.{other[found[2]]}{found[3]}"))] if found else ()


def _begins_training_xml(head: bytes) -> bool:
    text = tmx.head_text(head)
    return wmt.is_xml(text) and not wmt.is_test(text)


def _begins_test_xml(head: bytes) -> bool:
    text = tmx.head_text(head)
    return wmt.is_xml(text) and wmt.is_test(text)


def _is_training_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"]) and not wmt.is_test(value["text"])


def _is_test_sgm(value: Any) -> bool:
    return wmt.is_sgm(value["text"]) and wmt.is_test(value["text"])


def _anything(_: Any) -> bool:
    return True


SOURCE = Source(
    name="translation",
    group="task",
    licence="LicenseRef-unstated",
    origin="https://www.manythings.org/anki/ (Tatoeba), https://opus.nlpl.eu, https://www2.statmt.org",
    # of formats that fit alike the first is taken: the sets to measure with stand before those to train on
    formats=(
        Format(
            "test_lines",
            "a file of a test set (newstest, FLORES, NTREX)",
            "aligned",
            _anything,
            companions=_test_lines,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "test_xml",
            "WMT's XML of a test set",
            "stream",
            _anything,
            begins=_begins_test_xml,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "test_sgm",
            "WMT's sgm of a test set",
            "document",
            _is_test_sgm,
            companions=sgm_reference,
            unsupported=USE_EVALUATION,
        ),
        Format(
            "news_commentary",
            "News Commentary's tsv: English and Chinese by a tab, articles divided by blank lines",
            "block",
            _is_article,
            from_article,
            has_columns=lambda block: isinstance(block, str) and "\t" in block,
        ),
        Format(
            "tatoeba",
            "Tatoeba's cmn.txt, or any two columns: English, Chinese and perhaps an attribution, by tabs",
            "line",
            _is_tatoeba_line,
            from_tatoeba_line,
            has_columns=_has_two_columns,
        ),
        Format(
            "tatoeba_export",
            "Tatoeba's export of pairs: id, sentence, id, translation, by tabs",
            "line",
            _is_tatoeba_export,
            from_tatoeba_export,
            licence=TATOEBA,
        ),
        Format(
            "tmx", "a translation memory (TMX)", "stream", _anything, from_tmx_run, begins=tmx.is_tmx, records=tmx.runs
        ),
        Format(
            "moses",
            "two files whose lines correspond: x.en and x.zh",
            "aligned",
            _is_line_pair,
            from_line_pair,
            has_columns=_is_two_lines,
            companions=chinese_lines,
        ),
        Format(
            "wmt_xml",
            "WMT's XML: dataset, doc, src and ref, p, seg",
            "stream",
            _anything,
            from_wmt_document,
            begins=_begins_training_xml,
            records=wmt.documents,
        ),
        Format(
            "wmt_sgm",
            "WMT's sgm: x-src.en.sgm and x-ref.zh.sgm",
            "document",
            _is_training_sgm,
            from_sgm,
            companions=sgm_reference,
        ),
        Format(
            "translation2019zh",
            "translation2019zh: english, chinese",
            "record",
            _is_crawled,
            from_crawled,
            licence="MIT",
        ),
        Format(
            "columns", "hub or table: translation {en, zh}, or columns en and zh", "record", _is_record, from_record
        ),
    ),
    datasets=(
        Dataset(TO_CHINESE, "translate English into Chinese", 0.17, "translation", caps={"short": SHORT_SHARE}),
        Dataset(TO_ENGLISH, "translate Chinese into English", 0.17, "translation", caps={"short": SHORT_SHARE}),
    ),
    wanted=("cmn.txt (from cmn-eng.zip)", "*.tmx", "x.en and x.zh", "translation2019zh_train.json", "*.parquet"),
    options=(Option("licence", "SPDX id of the licence of files that do not state theirs"),),
)
