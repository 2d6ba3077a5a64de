"""Histories: punctuated texts of Kanripo (史記, 左傳, 戰國策) and of Classical-Modern's 古文原文 (the 24 histories …).

Tales of chinese-novel in classical Chinese are punctuated too, and nothing else is asked of them here.
`history_punctuate` takes the punctuation of a passage away and asks for it: only a punctuated edition can be the
answer, a woodblock edition never is. `history_read` asks what stands in the passage word for word: who a man is,
who speaks. Other questions need a reader: a language model is asked for them (`converters expand history`).
Translations are the business of `classical`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from converters.contract import (
    Context,
    Dataset,
    Download,
    Example,
    Format,
    GitHub,
    Outcome,
    Reject,
    Source,
    assistant,
    user,
)
from converters.expansion.packing import packed
from converters.oldbooks import annals, editions, kanripo, novels, proofread, prose
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.excerpts import excerpts
from converters.oldbooks.glean import Question, questions
from converters.oldbooks.punctuation import slashes, stripped
from converters.passage import Lengths, Passage, Passages, Refusal
from converters.templates import Filled, fill
from converters.templates import history as templates
from converters.text import han_count, one_line

NAME, PUNCTUATE, READ = "history", "history_punctuate", "history_read"
DATASETS = (PUNCTUATE, READ)

PASSAGE = (70, 420)  # fewest Chinese characters, most characters
# Shorter where the whole passage is the answer: one character in a thousand of these editions is misread.
PUNCTUATED = (40, 240)
MOST_PASSAGES = 12  # of one chapter, spread over it
LONGEST_FOR_SLASHES = 160  # Chinese characters
LONGEST_ORIGIN = 200  # characters
FEWEST_LINES, LONGEST_LINE = 4, 20  # characters on average: of a chronicle that tells nothing
_GOES_ON = re.compile(
    "寻|续|后(?:[数又复累迁拜坐为]|州辟|[一二三四五六七八九十]+[年月日]|岁馀|岁余)|[乃遂又因既俄则且然亦]|其(?!先)|未几|久之|于是|由是|自是"
    "|是[时夜日后]|时[，上帝]|及[是此其]|[明翌次]日|会[有上帝]|故[曰事]|累[迁官拜]|[上帝](?:曰|大怒|怒|悦|从之|许之)|对曰|或曰|曰"
)
FEWEST_MARKS = 10.0  # for a hundred Chinese characters of a passage


def from_juan(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """A juan of Kanripo, with a chapter under each heading."""
    found: list[Outcome] = []
    for chapter in kanripo.chapters(value["text"]):
        found.extend(_outcomes(chapter, context))
    return found


def from_text(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """古文原文/<书>/…/<篇>/text.txt: a paragraph a line; a 数据来源.txt beside it says where it was found."""
    return _outcomes(_of_text(value, context), context)


def _of_text(value: dict[str, str], context: Context) -> Chapter | proofread.Fault:
    found = annals.chapter(value["text"], context.file)
    if isinstance(found, Chapter) and value.get("origin"):
        return replace(found, attribution=one_line(value["origin"])[:LONGEST_ORIGIN])
    return found


def from_page(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """A page of chinese-novel in classical Chinese: it is no history, but it is punctuated as one."""
    return [outcome for outcome in _outcomes(_of_page(value, context), context) if outcome.dataset == PUNCTUATE]


def _of_page(value: dict[str, str], context: Context) -> Chapter | proofread.Fault:
    chapter = novels.chapter(value["text"], value["info"], context.file)
    if isinstance(chapter, Chapter) and chapter.register != "classical":
        return "not_classical", f"{chapter.book}·{chapter.title}"
    return chapter


def passages_of_juan(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    for chapter in kanripo.chapters(value["text"]):
        yield from _to_be_asked(chapter, context, lengths)


def passages_of_text(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    return _to_be_asked(_of_text(value, context), context, lengths)


def passages_of_page(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    chapter = _of_page(value, context)
    return excerpts(chapter, NAME, context, lengths) if isinstance(chapter, Chapter) else [Refusal(*chapter)]


def _to_be_asked(chapter: Chapter | proofread.Fault, context: Context, lengths: Lengths) -> Passages:
    """Whole paragraphs that follow one another, as many as fit."""
    if not isinstance(chapter, Chapter):
        yield Refusal(*chapter)
        return
    for section in chapter.sections:
        for run in prose.runs(section.paragraphs):
            for fault, paragraphs in groupby(prose.joined(run).split("\n"), _fault_of_paragraph):
                if fault:
                    yield from (Refusal(*fault) for _ in paragraphs)
                    continue
                for text in packed(paragraphs, lengths):
                    fault = ("too_short", text[:40]) if len(text) < lengths.shortest else _fault(text)
                    fault = fault or _unfit_alone(text)
                    yield Refusal(*fault) if fault else _asked(chapter, text, context)


def _unfit_alone(text: str) -> proofread.Fault | None:
    """寻知湿州，首捕巨猾… says nothing to whoever does not know whose life it is; nor does a list of events."""
    lines = text.split("\n")
    if _GOES_ON.match(text):
        return "opens_in_mid_air", text[:40]
    is_list = len(lines) >= FEWEST_LINES and len(text) < LONGEST_LINE * len(lines)
    return ("list_of_events", text[:40]) if is_list else None


def _fault_of_paragraph(text: str) -> proofread.Fault | None:
    """A short one, as somebody's reply, may have few marks."""
    fault = _fault(text)
    return None if fault and fault[0] == "few_marks" else fault


def _asked(chapter: Chapter, text: str, context: Context) -> Passage:
    return Passage(
        chapter.as_printed(text) if context.script == "original" else text,
        chapter.document,
        NAME,
        title=f"{chapter.book}·{chapter.title}",
        author=chapter.author,
        attribution=chapter.attribution,
        classical=True,
    )


def passages(chapter: Chapter, lengths: tuple[int, int] = PASSAGE) -> list[str]:
    """Clean, whole and punctuated stretches of a chapter, in order, with a line break between paragraphs."""
    found = [
        prose.joined(run)
        for section in chapter.sections
        for whole in prose.runs(section.paragraphs)
        for run in prose.passages(whole, *lengths)
    ]
    return [passage for passage in found if _fault(passage) is None]


def _outcomes(chapter: Chapter | proofread.Fault, context: Context) -> list[Outcome]:
    if not isinstance(chapter, Chapter):
        return [Reject(dataset, *chapter) for dataset in DATASETS]
    place = f"{chapter.book}·{chapter.title}"
    short = passages(chapter, PUNCTUATED)
    chosen = short[:: max(1, len(short) // MOST_PASSAGES)][:MOST_PASSAGES]
    read: list[Outcome] = [
        _read(chapter, context, passage, asked) for passage in passages(chapter) for asked in questions(_flat(passage))
    ]
    return [
        *(_punctuate(chapter, context, passage) for passage in chosen),
        *([] if chosen else [Reject(PUNCTUATE, "no_passage", place)]),
        *(read or [Reject(READ, "nothing_to_ask", place)]),
    ]


def _fault(passage: str) -> proofread.Fault | None:
    if prose.marks_per_hundred(passage) < FEWEST_MARKS or "。" not in passage:
        return "few_marks", passage[:40]
    if "（" in passage or "〈" in passage:
        return "note_in_text", passage[:40]
    return editions.fault(passage) or proofread.fault(passage)


def _punctuate(chapter: Chapter, context: Context, passage: str) -> Example:
    by_slash = han_count(passage) <= LONGEST_FOR_SLASHES and sum(passage.encode()) % 3 == 0
    name, choices = ("SLASH", templates.SLASH) if by_slash else ("PUNCTUATE", templates.PUNCTUATE)
    shown = _flat(chapter.as_printed(passage) if context.script == "original" else passage)
    request = fill(f"history.{name}", choices, passage, text=stripped(shown))
    answer = slashes(shown) if by_slash else shown
    return _example(PUNCTUATE, chapter, context, request, answer, passage, "slashes" if by_slash else "marks")


def _read(chapter: Chapter, context: Context, passage: str, asked: Question) -> Example:
    printed = _flat(chapter.as_printed(passage)) if context.script == "original" else asked.passage
    values = {key: _beside(value, asked.passage, printed) for key, value in asked.values.items()}
    if asked.kind == "who":
        request = fill("history.WHO", templates.WHO, asked.passage, **values)
        answer = fill(f"history.WHO_{asked.wants}", templates.WHO_ANSWER[asked.wants], asked.passage, **values)
    else:
        request = fill("history.SPEAKER", templates.SPEAKER, asked.passage, **values)
        answer = fill("history.SPEAKER_ANSWER", templates.SPEAKER_ANSWER, asked.passage, **values)
    return _example(READ, chapter, context, request, answer.text, passage, asked.kind)


def _flat(passage: str) -> str:
    return passage.replace("\n", "")


def _beside(value: str, passage: str, printed: str) -> str:
    """The same stretch of the passage in the script of the source."""
    place = passage.find(value)
    return printed[place : place + len(value)] if place >= 0 and len(passage) == len(printed) else value


def _example(
    dataset: str, chapter: Chapter, context: Context, request: Filled, answer: str, passage: str, kind: str
) -> Example:
    printed = chapter.as_printed(passage)
    is_simplified = context.script == "simplified" and printed != passage
    return Example(
        dataset,
        (user(request.text), assistant(answer)),
        document=chapter.document,
        attribution=chapter.attribution,
        title=f"{chapter.book}·{chapter.title}",
        original=printed if is_simplified else "",
        kind=kind,
        template=request.label,
        notes=(*chapter.notes, *(("simplified",) if is_simplified else ())),
    )


def _is_juan(value: Any) -> bool:
    return isinstance(value, dict) and kanripo.is_juan(value["text"])


def _is_text(value: Any) -> bool:
    """Whether it can be used is said for each chapter; here it need only be Chinese and no page."""
    return isinstance(value, dict) and annals.is_plain(value["text"])


def _is_prose(value: Any) -> bool:
    return isinstance(value, dict) and annals.is_prose(value["text"])


SOURCE = Source(
    name=NAME,
    group="domain",
    licence="MIT",
    origin="https://github.com/kanripo, https://github.com/NiuTrans/Classical-Modern and https://github.com/luoxuhai/chinese-novel",
    formats=(
        Format(
            "kanripo",
            "Kanripo org text: KR2a0001_500.txt",
            "document",
            _is_juan,
            from_juan,
            passages_of_juan,
            licence="CC-BY-SA-4.0",
        ),
        # Before `prose`: an untagged page also looks like plain lines, and equal fits go to the first.
        Format(
            "novel",
            "chinese-novel resources/<genre>/<book>/<n>.html with info.json beside it: tales in classical Chinese",
            "document",
            novels.is_page,
            from_page,
            passages_of_page,
            datasets=(PUNCTUATE,),
            companions=novels.info_of,
        ),
        Format(
            "text",
            "Classical-Modern v2 古文原文/<书>/…/<篇>/text.txt: a paragraph a line",
            "document",
            _is_text,
            from_text,
            passages_of_text,
            companions=annals.origin_of,
        ),
        Format(
            "prose",
            "a chapter of classical prose with punctuation: 明史/卷九十九.txt, a paragraph a line",
            "document",
            _is_prose,
            from_text,
            passages_of_text,
            licence="LicenseRef-unstated",
        ),
    ),
    datasets=(
        Dataset(PUNCTUATE, "punctuate a passage without marks", 0.15, "punctuation", caps={"slashes": 0.3}),
        Dataset(READ, "say who somebody is or who speaks, from the passage", 0.04, "reading", caps={"speaker": 0.6}),
    ),
    wanted=("KR2a*_*.txt", "古文原文/<书>/**/text.txt", "<书>/*.txt", "resources/<genre>/<book>/*.html with info.json"),
    ignored={
        "**/Readme.org": "a table of contents",
        "**/数据来源.txt": "where a text was found",
        "**/双语数据/**": "sentences with translations: `classical` reads them",
        "**/target/*": "translations",
        "**/bitext/*": "sentences with translations: `classical` reads them",
        "**/source/*": "single sentences in no order: `classical` reads them beside their translations",
    },
    downloads=(
        Download("KR2a0001", GitHub("kanripo/KR2a0001"), "CC-BY-SA-4.0", "史記"),
        Download("KR2a0002", GitHub("kanripo/KR2a0002"), "CC-BY-SA-4.0", "史記集解"),
        Download("classical-modern", GitHub("NiuTrans/Classical-Modern"), "MIT", "its 古文原文"),
        Download("chinese-novel", GitHub("luoxuhai/chinese-novel"), "MIT", "tales to punctuate", usual=False),
    ),
)
