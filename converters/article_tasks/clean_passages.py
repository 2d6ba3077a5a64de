"""Clean passages of an article, for questions that a language model will be asked to write about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converters.article_tasks.openings import goes_on
from converters.article_tasks.slips import regional
from converters.article_tasks.task import of_subject
from converters.expansion.packing import packed
from converters.passage import Lengths, Passage, Refusal
from converters.wikitext.article import Article, Paragraph


def passages(article: Article, lengths: Lengths) -> Iterator[Passage | Refusal]:
    """Whole paragraphs of one section that follow one another, as many as fit."""
    for section in article.sections:
        if section.title and not of_subject(section):
            continue
        heading = " / ".join((*section.path, section.title)) if section.title else ""
        for piece in _pieces(section.paragraphs, lengths):
            if isinstance(piece, Refusal):
                yield piece
            else:
                yield Passage(piece, f"wiki:{article.id}", "wiki", article.title, heading, attribution=article.url)


def _pieces(paragraphs: Sequence[Paragraph], lengths: Lengths) -> Iterator[str | Refusal]:
    held: list[str] = []
    for paragraph in paragraphs:
        fault = _fault(paragraph)
        if held and (fault or not paragraph.follows):
            yield from _sized(held, lengths)
            held = []
        if fault is None and not held and goes_on(paragraph.text):
            fault = Refusal("opens_in_mid_air", paragraph.text[:40])
        if fault is None:
            held.append(paragraph.text)
        else:
            yield fault
    yield from _sized(held, lengths)


def _fault(paragraph: Paragraph) -> Refusal | None:
    if paragraph.fault:
        return Refusal(paragraph.fault, paragraph.text[:40])
    word = regional(paragraph.text)
    return Refusal("regional_word", word) if word else None


def _sized(paragraphs: Sequence[str], lengths: Lengths) -> Iterator[str | Refusal]:
    for text in packed(paragraphs, lengths):
        yield text if len(text) >= lengths.shortest else Refusal("too_short", text[:40])
