"""Poems, retellings and chapters of the classics as passages, for questions that a language model writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby

from converters.contract import Context, Example
from converters.expansion.packing import packed
from converters.passage import Lengths, Passage, Passages, Refusal
from converters.poems import tunes
from converters.script import simplified
from converters.sources.poetry.explain import LICENCE, retold
from converters.sources.poetry.poem import Fault, Poem
from converters.sources.poetry.readers import Record, poem_of_retold, poems_of_primer
from converters.sources.poetry.recite import chapter_of

NAME = "poetry"
LENGTHS = Lengths(20, 1500)  # a quatrain is a whole text


def of_poem(read: Callable[[Record, Context], Poem | Fault], record: Record, context: Context, _: Lengths) -> Passages:
    return _of_poems([read(record, context)])


def of_primer(record: Record, context: Context, _: Lengths) -> Passages:
    return _of_poems(poems_of_primer(record, context))


def of_retold(record: Record, context: Context, _: Lengths) -> Passages:
    """The poem, and what it says in modern Chinese."""
    poem = poem_of_retold(record, context)
    yield from _of_poems([poem])
    if isinstance(poem, Poem):
        found = retold(poem, str(record["prologue"]))
        if isinstance(found, Example):
            prose = found.messages[-1].content
            yield Passage(prose, poem.document, NAME, _title(poem), author=poem.author, licence=LICENCE)
        else:
            yield Refusal(found.reason, found.detail)


def of_aria(record: Record, context: Context, _: Lengths) -> Passages:
    """Of a play: without its scene nobody knows what is sung about."""
    return [Refusal("aria_of_a_play", str(record["title"]))]


def of_classic(record: Record, context: Context, lengths: Lengths) -> Passages:
    """Chapters (章) of 论语 that follow one another; a damaged one parts them."""
    paragraphs = [text for text in record["paragraphs"] if isinstance(text, str)]
    book, section, chapters = chapter_of(record["chapter"], paragraphs, context)
    about = partial(Passage, document=f"book:{book}·{section}", source=NAME, title=book, section=section)
    for is_sound, run in groupby(chapters, lambda chapter: isinstance(chapter, str)):
        if is_sound:
            yield from (about(text, classical=True) for text in packed(map(str, run), lengths))
        else:
            yield from (Refusal(*fault) for fault in run if not isinstance(fault, str))


def _of_poems(poems: Iterable[Poem | Fault]) -> Iterator[Passage | Refusal]:
    for poem in poems:
        if isinstance(poem, Fault):
            yield Refusal(*poem)
        elif poem.kind in ("ritual", "chant"):
            yield Refusal(poem.kind, poem.title)
        else:
            text, title = "\n".join(poem.lines), _title(poem)
            book = poem.book if poem.book != f"诗经·{title}" else "诗经"
            yield Passage(text, poem.document, NAME, title, book, poem.author, classical=True)


def _title(poem: Poem) -> str:
    """A lyric is known by its tune and, where it has one, its title."""
    tune = simplified(tunes.name_of(poem.raw_title)) if poem.genre == "lyric" else ""
    parts = dict.fromkeys(filter(None, (tune, poem.title)))
    return next((part for part in parts if part.startswith(f"{tune}·")), "·".join(parts))
