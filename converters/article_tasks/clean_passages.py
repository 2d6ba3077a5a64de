"""Clean passages of an article, for questions that a language model will be asked to write about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converters.article_tasks.task import of_subject
from converters.contract import Lengths, Passage, Refusal
from converters.wikitext.article import Article, Paragraph


def passages(article: Article, lengths: Lengths) -> Iterator[Passage | Refusal]:
    """Whole paragraphs of one section that follow one another, as many as fit."""
    for section in article.sections:
        if section.title and not of_subject(section):
            continue
        heading = " / ".join((*section.path, section.title)) if section.title else ""
        for run in _runs(section.paragraphs, lengths.longest):
            if isinstance(run, Refusal) or not lengths.shortest <= len(run) <= lengths.longest:
                yield run if isinstance(run, Refusal) else Refusal("length", f"{len(run)} characters")
            else:
                yield Passage(run, f"wiki:{article.id}", "wiki", article.title, heading, attribution=article.url)


def _runs(paragraphs: Sequence[Paragraph], longest: int) -> Iterator[str | Refusal]:
    held: list[str] = []
    for paragraph in paragraphs:
        apart = paragraph.fault or not paragraph.follows
        if held and (apart or sum(len(text) + 1 for text in held) + len(paragraph.text) > longest):
            yield "\n".join(held)
            held = []
        if paragraph.fault:
            yield Refusal(paragraph.fault, paragraph.text[:40])
        else:
            held.append(paragraph.text)
    if held:
        yield "\n".join(held)
