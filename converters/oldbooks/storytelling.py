"""What can be asked about a chapter of old prose? To tell a whole tale, to go on, to imitate, to comment.

Every request stands on its own: what is asked for is given by an opening, a context or a model, never by the name of
a book.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.oldbooks import proofread, prose
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.tales import Tale, tales
from converters.templates import Filled, fill
from converters.templates import literature as templates
from converters.text import han_count

TELL, CONTINUE, STYLE = "literature_tell", "literature_continue", "literature_style"
FROM_CHAPTERS = (TELL, CONTINUE, STYLE)

CONTEXT, ANSWER = (120, 600), (80, 600)  # shortest and longest, in characters
MODEL = (60, 320)
MOST_CONTINUATIONS = 3  # of one chapter
FEWEST_SCENES = 4
SHORTEST_PARAGRAPH = 35  # characters: less at the head of a scene is a verse
SHORTEST_START = 8  # Chinese characters: less is the rest of something that was cut
GENRES = {"传奇小说": "传奇小说", "鬼怪神魔": "志怪小说", "谴责公案": "公案小说"}
GENRES_OF_BOOKS = {
    book: genre
    for genre, books in {
        "志怪小说": "宣室志 幽冥录 玄怪录 广异记 冥报记 独异志 夜谭随录 淞隐漫录 夷坚志 酉阳杂俎",
        "轶事小品": "世说新语",
        "笑话": "笑赞",
    }.items()
    for book in books.split()
}
OTHER_GENRE = "笔记小说"
# Upper bounds in Chinese characters, and how a person would say them.
LENGTHS = ((120, "百来字"), (180, "一百五十字左右"), (250, "两百字左右"), (350, "三百字上下"), (600, "四五百字"))


def outcomes(chapter: Chapter, context: Context) -> list[Outcome]:
    """At least one for each of the three datasets."""
    found = tales(chapter)
    return [
        *(_told(chapter, context, found) or [Reject(TELL, "no_tale", chapter.title or chapter.text[:40])]),
        *_continued(chapter, context),
        *_styled(chapter, context, found),
    ]


# ---- tell


def _told(chapter: Chapter, context: Context, found: Sequence[Tale]) -> list[Outcome]:
    return [_tell(chapter, context, tale) for tale in found]


def _tell(chapter: Chapter, context: Context, tale: Tale) -> Outcome:
    fault = _fault_of_tale(tale.text)
    if fault:
        return Reject(TELL, *fault)
    name, choices = ("TELL_TITLED", templates.TELL_TITLED) if tale.title else ("TELL", templates.TELL)
    opening = _shown(chapter, context, tale.opening)
    request = _fill(name, choices, tale.text, opening=opening, title=tale.title, genre=_genre(chapter))
    return _example(TELL, chapter, context, request, tale.text, title=tale.title, kind=_genre(chapter))


def _genre(chapter: Chapter) -> str:
    return GENRES_OF_BOOKS.get(chapter.book) or GENRES.get(chapter.genre, OTHER_GENRE)


# ---- continue


def _continued(chapter: Chapter, context: Context) -> list[Outcome]:
    found: list[Outcome] = []
    judge = _fault_of_tale if chapter.register == "classical" else _fault
    fault: proofread.Fault = ("too_short", chapter.text[:40])
    for run in _runs(chapter):
        for before, after in _windows(run, chapter.document):
            seen = judge(before + "\n" + after)
            fault = seen or fault
            if seen is None and len(found) < MOST_CONTINUATIONS:
                found.append(_continue(chapter, context, before, after))
    return found or [Reject(CONTINUE, *fault)]


def _windows(run: prose.Run, seed: str) -> Iterator[tuple[str, str]]:
    """Pairs of a context and what follows it, far apart; the lengths vary with the hash of the place.

    A run that is shorter than both gives what it has, about two thirds of it as the context.
    """
    written = sum(han_count(unit.text) for unit in run)
    start = 0
    while start < len(run):
        dice = hashlib.sha256(f"{seed}:{start}".encode()).digest()
        shown = min(CONTEXT[0] + dice[0], max(CONTEXT[0], written * 6 // 10))
        asked = min(ANSWER[0] + dice[1], max(ANSWER[0], written * 3 // 10))
        middle = prose.taken(run, start, shown, CONTEXT[1])
        end = prose.taken(run, middle, asked, ANSWER[1])
        if middle > start and end > middle:
            yield prose.joined(run[start:middle]), prose.joined(run[middle:end])
        start = max(end, start + 1) + max(0, len(run) // (MOST_CONTINUATIONS + 1) - (end - start))


def _continue(chapter: Chapter, context: Context, before: str, after: str) -> Outcome:
    is_classical = chapter.register == "classical"
    choices = templates.CONTINUE_CLASSICAL if is_classical else templates.CONTINUE_NOVEL
    name = "CONTINUE_CLASSICAL" if is_classical else "CONTINUE_NOVEL"
    request = _fill(name, choices, after, context=_shown(chapter, context, before), length=_length(after))
    return _example(CONTINUE, chapter, context, request, after, kind=chapter.register)


def _length(answer: str) -> str:
    return next((words for most, words in LENGTHS if han_count(answer) <= most), LENGTHS[-1][1])


# ---- style


def _styled(chapter: Chapter, context: Context, found: Sequence[Tale]) -> list[Outcome]:
    commented = [tale for tale in found if tale.comment]
    outcomes = [_comment(chapter, context, tale) for tale in commented]
    pairs = _anecdotes(found) if chapter.register == "classical" else _scenes(chapter)
    outcomes.extend(_imitate(chapter, context, model, answer) for model, answer in pairs)
    return outcomes or [Reject(STYLE, "no_model", f"{chapter.title}: one text alone")]


def _comment(chapter: Chapter, context: Context, tale: Tale) -> Outcome:
    fault = _fault_of_tale(tale.text) or _fault_of_tale(tale.comment)
    if fault:
        return Reject(STYLE, *fault)
    commentator = tale.comment.split("曰")[0]
    shown = _shown(chapter, context, tale.text)
    request = _fill("STYLE_COMMENT", templates.STYLE_COMMENT, tale.text, tale=shown, commentator=commentator)
    return _example(STYLE, chapter, context, request, tale.comment, title=tale.title, kind="comment")


def _anecdotes(found: Sequence[Tale]) -> list[tuple[str, str]]:
    """Neighbours in one juan: the first shows how the second is written."""
    usable = [
        tale.text for tale in found if MODEL[0] <= han_count(tale.text) <= MODEL[1] and not _fault_of_tale(tale.text)
    ]
    return list(zip(usable[::2], usable[1::2], strict=False))


def _scenes(chapter: Chapter) -> list[tuple[str, str]]:
    """Two passages of one chapter that do not touch; the second is not the close of the chapter."""
    stretches = [
        prose.joined(passage) for run in _runs(chapter) for passage in prose.passages(run, 2 * MODEL[0], MODEL[1])
    ]
    usable = [text for text in stretches if _is_scene(text) and not _fault(text)]
    return [(usable[0], usable[len(usable) // 2])] if len(usable) >= FEWEST_SCENES else []


def _is_scene(text: str) -> bool:
    """Narrative with somebody speaking, that begins with the narrator: no verse, no list, no letter."""
    opening = _opening(text)
    begins = opening != "" and "“" not in opening and len(text.split("\n")[0]) >= SHORTEST_PARAGRAPH
    return begins and "“" in text and "（" not in text


def _imitate(chapter: Chapter, context: Context, model: str, answer: str) -> Outcome:
    is_classical = chapter.register == "classical"
    name, choices = (
        ("STYLE_CLASSICAL", templates.STYLE_CLASSICAL) if is_classical else ("STYLE_NOVEL", templates.STYLE_NOVEL)
    )
    opening = _shown(chapter, context, _opening(answer))
    request = _fill(name, choices, answer, model=_shown(chapter, context, model), opening=opening)
    return _example(STYLE, chapter, context, request, answer, kind=chapter.register)


# ---- shared


def _runs(chapter: Chapter) -> list[prose.Run]:
    """What a run begins with may be the rest of a verse or of a sentence that was cut: then it begins after it."""
    found = [run for section in chapter.sections for run in prose.runs(section.paragraphs)]
    return [run[1:] if han_count(run[0].text) < SHORTEST_START else run for run in found]


def _opening(text: str) -> str:
    return Tale("", text).opening


def _fault(text: str) -> proofread.Fault | None:
    return proofread.fault(text)


def _fault_of_tale(text: str) -> proofread.Fault | None:
    """In classical prose a bracket is never the author's."""
    return _fault(text) or (("note_in_text", text[max(0, text.find("（") - 15) :][:40]) if "（" in text else None)


def _shown(chapter: Chapter, context: Context, text: str) -> str:
    return chapter.as_printed(text) if context.script == "original" else text


def _fill(name: str, choices: Sequence[str], by: str, **values: str) -> Filled:
    return fill(f"literature.{name}", choices, by, **values)


def _example(
    dataset: str, chapter: Chapter, context: Context, request: Filled, answer: str, *, kind: str, title: str = ""
) -> Example:
    shown = _shown(chapter, context, answer)
    printed = chapter.as_printed(answer)
    return Example(
        dataset,
        (user(request.text), assistant(shown)),
        document=chapter.document,
        attribution=chapter.attribution,
        author=chapter.author,
        title=f"{chapter.book}·{title or chapter.title}".strip("·"),
        original=printed if printed != shown else "",
        kind=kind,
        template=request.label,
        # a tale is printed in more than one collection
        same_as=prose.without_marks(answer) if dataset == TELL else "",
        notes=(*chapter.notes, *(("simplified",) if printed != shown else ())),
    )
