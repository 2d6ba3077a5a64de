"""Clean passages of an article, for questions that a language model will be asked to write about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converters.article_tasks.task import of_subject
from converters.contract import Lengths, Passage, Refusal
from converters.expansion.packing import packed
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
        if held and (paragraph.fault or not paragraph.follows):
            yield from _sized(held, lengths)
            held = []
        if paragraph.fault:
            yield Refusal(paragraph.fault, paragraph.text[:40])
        else:
            held.append(paragraph.text)
    yield from _sized(held, lengths)


def _sized(paragraphs: Sequence[str], lengths: Lengths) -> Iterator[str | Refusal]:
    for text in packed(paragraphs, lengths):
        yield text if len(text) >= lengths.shortest else Refusal("too_short", text[:40])
