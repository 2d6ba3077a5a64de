"""What can be asked about a chapter of old prose? To tell a whole tale, to go on, to imitate, to comment.

Every request stands on its own: what is asked for is given by an opening, a context or a model, never by the name of
a book.
"""

from __future__ import annotations

from collections.abc import Sequence

from converters.contract import Context, Example, Outcome, Reject, assistant, user
from converters.oldbooks import collation, diction, proofread, prose
from converters.oldbooks.books import COLLATED
from converters.oldbooks.chapters import Chapter
from converters.oldbooks.pairs import candidates, continuations, models
from converters.oldbooks.scenes import recites
from converters.oldbooks.tales import Tale, is_novel, tales
from converters.templates import Filled, fill
from converters.templates import literature as templates
from converters.text import han_count

TELL, CONTINUE, STYLE = "literature_tell", "literature_continue", "literature_style"
FROM_CHAPTERS = (TELL, CONTINUE, STYLE)

MOST_CONTINUATIONS = 20  # of one chapter
MOST_CLASSICAL = 0.6  # of the function words: a novel in the vernacular has them in letters and documents
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
LENGTHS = ((120, "百来字"), (180, "一百五十字左右"), (250, "两百字左右"), (350, "三百字上下"))


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
    fault = collation.fault(chapter.book, tale.text) or fault_of_tale(chapter, tale.text)
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
    fault: proofread.Fault = ("no_scene", chapter.text[:40])
    for before, after in continuations(chapter):
        seen = fault_of_passage(chapter, before + "\n" + after)
        fault = seen or fault
        if seen is None and len(found) < MOST_CONTINUATIONS:
            found.append(_continue(chapter, context, before, after))
    return found or [Reject(CONTINUE, *fault)]


def _continue(chapter: Chapter, context: Context, before: str, after: str) -> Outcome:
    told = is_novel(chapter)
    choices = templates.CONTINUE_NOVEL if told else templates.CONTINUE_CLASSICAL
    name = "CONTINUE_NOVEL" if told else "CONTINUE_CLASSICAL"
    request = _fill(name, choices, after, context=_shown(chapter, context, before), length=_length(after))
    return _example(CONTINUE, chapter, context, request, after, kind=_kind(chapter))


def _length(answer: str) -> str:
    return next((words for most, words in LENGTHS if han_count(answer) <= most), LENGTHS[-1][1])


def _kind(chapter: Chapter) -> str:
    return "novel" if is_novel(chapter) else "tale"


# ---- style


def _styled(chapter: Chapter, context: Context, found: Sequence[Tale]) -> list[Outcome]:
    sound = [tale for tale in found if collation.fault(chapter.book, tale.text) is None]
    outcomes = [_comment(chapter, context, tale) for tale in sound if tale.comment]
    texts = candidates(chapter, sound)
    faults = [fault_of_passage(chapter, text) for text in texts]
    usable = [text for text, fault in zip(texts, faults, strict=True) if fault is None]
    outcomes += [_imitate(chapter, context, *pair) for pair in models(chapter, usable)]
    alone: proofread.Fault = ("no_model", f"{chapter.title}: one text alone")
    fault = next(filter(None, faults), alone)
    return outcomes or [Reject(STYLE, *fault)]


def _comment(chapter: Chapter, context: Context, tale: Tale) -> Outcome:
    fault = fault_of_tale(chapter, tale.text) or fault_of_tale(chapter, tale.comment)
    if fault:
        return Reject(STYLE, *fault)
    commentator = tale.comment.split("曰")[0]
    shown = _shown(chapter, context, tale.text)
    request = _fill("STYLE_COMMENT", templates.STYLE_COMMENT, tale.text, tale=shown, commentator=commentator)
    return _example(STYLE, chapter, context, request, tale.comment, title=tale.title, kind="comment")


def _imitate(chapter: Chapter, context: Context, model: str, answer: str) -> Outcome:
    told = is_novel(chapter)
    choices = templates.STYLE_NOVEL if told else templates.STYLE_CLASSICAL
    opening = _shown(chapter, context, Tale("", answer).opening)
    request = _fill(
        "STYLE_NOVEL" if told else "STYLE_CLASSICAL",
        choices,
        answer,
        model=_shown(chapter, context, model),
        opening=opening,
    )
    return _example(STYLE, chapter, context, request, answer, kind=_kind(chapter))


# ---- shared


def _fault(chapter: Chapter, text: str) -> proofread.Fault | None:
    """Whether the characters are right is no question where a second edition has them too."""
    fault = proofread.damage if chapter.book in COLLATED else proofread.fault
    return fault(text) or proofread.unquoted(text)


def fault_of_tale(chapter: Chapter, text: str) -> proofread.Fault | None:
    """In classical prose a bracket is never the author's."""
    return _fault(chapter, text) or (
        ("note_in_text", text[max(0, text.find("（") - 15) :][:40]) if "（" in text else None
    )


def fault_of_passage(chapter: Chapter, text: str) -> proofread.Fault | None:
    found = _fault(chapter, text) if is_novel(chapter) else fault_of_tale(chapter, text)
    is_quoted = chapter.register == "vernacular" and diction.classical_share(text) > MOST_CLASSICAL
    return found or (("recited", text[:40]) if is_quoted or recites(text) else None)


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
        # a tale is printed in more than one collection, and is asked for beside more than one model
        same_as=prose.without_marks(answer) if dataset != CONTINUE else "",
        notes=(*chapter.notes, *(("simplified",) if printed != shown else ())),
    )
