"""Pre-modern tales and novels (chinese-novel, punctuated Kanripo texts) and 歇后语 (chinese-xinhua).

`literature_tell` gives a title and the opening words and asks for the whole tale; `literature_continue` gives some
hundred characters and asks for what follows; `literature_style` gives a model and asks for another passage like it, or
for the comment that the author put under his tale; `literature_saying` completes a 歇后语. Nothing asks to recite a
book by its name. Usage of a 歇后语 is not in the data, so nobody is asked to explain it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
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
from converters.oldbooks import kanripo, novels, prose, sayings, storytelling
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.excerpts import excerpts
from converters.oldbooks.storytelling import CONTINUE, FROM_CHAPTERS, STYLE, TELL
from converters.passage import Lengths, Passages, Refusal
from converters.templates import fill
from converters.templates import literature as templates
from converters.text import han_count

NAME, SAYING = "literature", "literature_saying"


def from_page(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """`<n>.html` of a book, with its `info.json`."""
    chapter = novels.chapter(value["text"], value.get("info", ""), context.file)
    if not isinstance(chapter, Chapter):
        return [Reject(dataset, *chapter) for dataset in FROM_CHAPTERS]
    return storytelling.outcomes(chapter, context)


def passages_of_page(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    chapter = novels.chapter(value["text"], value.get("info", ""), context.file)
    return excerpts(chapter, NAME, context, lengths) if isinstance(chapter, Chapter) else [Refusal(*chapter)]


def passages_of_juan(value: dict[str, str], context: Context, lengths: Lengths) -> Passages:
    for chapter in kanripo.chapters(value["text"]):
        if isinstance(chapter, Chapter):
            yield from excerpts(chapter, NAME, context, lengths)
        else:
            yield Refusal(*chapter)


def from_juan(value: dict[str, str], context: Context) -> Sequence[Outcome]:
    """A juan of Kanripo: a woodblock edition has no punctuation and gives nothing, a reading text gives all tasks."""
    outcomes: list[Outcome] = []
    for chapter in kanripo.chapters(value["text"]):
        if isinstance(chapter, Chapter):
            outcomes.extend(storytelling.outcomes(chapter, context))
        else:
            outcomes.extend(Reject(dataset, *chapter) for dataset in FROM_CHAPTERS)
    return outcomes


# ---- 歇后语


def from_saying(record: dict[str, str], context: Context) -> Sequence[Outcome]:
    """`riddle`, `answer`: most requests ask for the second half, some for a saying that means something."""
    found = sayings.saying(record)
    if not isinstance(found, sayings.Saying):
        return [Reject(SAYING, *found)]
    riddle, (answer, *others) = found.riddle, found.answers
    by_meaning = hashlib.sha256(riddle.encode()).digest()[0] % 4 == 0 and "（" not in answer and len(answer) >= 3
    name, choices = ("SAYING_MEANT", templates.SAYING_MEANT) if by_meaning else ("SAYING", templates.SAYING)
    request = fill(f"literature.{name}", choices, riddle, riddle=riddle, answer=answer)
    answers = templates.SAID_MEANT if by_meaning else templates.SAID
    said = fill("literature.SAID", answers, riddle, riddle=riddle, answer=answer).text
    if others and not by_meaning:
        said = fill("also", (templates.SAID_ALSO,), riddle, said=said, riddle=riddle, other=others[0]).text
    return [
        Example(
            SAYING,
            (user(request.text), assistant(said)),
            document=f"saying:{riddle}",
            title=riddle,
            kind="meaning" if by_meaning else "completion",
            template=request.label,
        )
    ]


def _is_juan(value: Any) -> bool:
    return isinstance(value, dict) and kanripo.is_juan(value["text"])


def _is_sentence(line: Any) -> bool:
    return (
        isinstance(line, str) and 4 <= len(line) <= 200 and prose.is_ended(line) and han_count(line) > 0.6 * len(line)
    )


def _is_saying(record: Any) -> bool:
    return isinstance(record, dict) and set(record) == {"riddle", "answer"} and _are_texts(record)


def _are_texts(record: dict[str, Any]) -> bool:
    return all(isinstance(value, str) for value in record.values())


SOURCE = Source(
    name=NAME,
    group="domain",
    licence="MIT",
    origin="https://github.com/luoxuhai/chinese-novel and https://github.com/pwxcoo/chinese-xinhua",
    formats=(
        Format(
            "novel",
            "chinese-novel resources/<genre>/<book>/<n>.html with info.json beside it",
            "document",
            novels.is_page,
            from_page,
            passages_of_page,
            datasets=FROM_CHAPTERS,
            companions=novels.info_of,
        ),
        Format(
            "kanripo",
            "Kanripo org text, one juan a file: KR3l0099_001.txt",
            "document",
            _is_juan,
            from_juan,
            passages_of_juan,
            datasets=FROM_CHAPTERS,
            licence="CC-BY-SA-4.0",
        ),
        Format(
            "saying",
            "chinese-xinhua data/xiehouyu.json: riddle, answer",
            "record",
            _is_saying,
            from_saying,
            datasets=(SAYING,),
        ),
        Format(
            "sentences",
            "Classical-Modern source/太平广记: one sentence a line, in no order",
            "line",
            _is_sentence,
            unsupported=(
                "single sentences in no order, as Classical-Modern has 太平广记: nothing can be told, continued or "
                "imitated from them; chinese-novel has the same tales whole (其他/太平广记), and `classical` uses the "
                "sentences where a translation stands beside them"
            ),
        ),
    ),
    datasets=(
        Dataset(TELL, "tell a tale from its opening words", 0.02, "literature"),
        Dataset(CONTINUE, "go on with a novel or a classical tale", 0.03, "literature", caps={"novel": 0.97}),
        Dataset(STYLE, "write another passage in the manner of a model", 0.02, "literature", caps={"novel": 0.94}),
        Dataset(SAYING, "complete a two-part allegorical saying", 0.02, "knowledge"),
    ),
    wanted=("resources/<genre>/<book>/*.html with info.json", "KR3l*_*.txt", "xiehouyu.json"),
    ignored={"**/Readme.org": "a table of contents", "**/word.json": "a dictionary", "**/ci.json": "a dictionary"},
    downloads=(
        Download("chinese-novel", GitHub("luoxuhai/chinese-novel"), "MIT"),
        Download("xiehouyu", GitHub("pwxcoo/chinese-xinhua", paths=("data/xiehouyu.json",)), "MIT", size=1_200_000),
        Download("KR3l0099", GitHub("kanripo/KR3l0099"), "CC-BY-SA-4.0", "搜神記"),
        Download("KR3l0002", GitHub("kanripo/KR3l0002"), "CC-BY-SA-4.0", "世説新語"),
    ),
)
