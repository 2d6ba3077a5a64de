"""Clean passages of an article, for questions that a language model will ask about them later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from converters.article_tasks.task import of_subject
from converters.wikitext.article import Article, Paragraph

SHORTEST_PASSAGE, LONGEST_PASSAGE = 100, 1500  # characters


@dataclass(frozen=True, slots=True)
class Passage:
    """A clean run of paragraphs of one section."""

    title: str
    section: str
    id: str
    url: str
    text: str


def passages(article: Article) -> list[Passage]:
    """Clean passages of 100 to 1,500 characters: whole paragraphs of one section that follow one another."""
    found: list[Passage] = []
    for section in article.sections:
        if section.title and not of_subject(section):
            continue
        for run in _runs(section.paragraphs):
            heading = " / ".join((*section.path, section.title)) if section.title else ""
            found.append(Passage(article.title, heading, article.id, article.url, run))
    return found


def _runs(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    held: list[str] = []
    for paragraph in paragraphs:
        apart = paragraph.fault or not paragraph.follows
        if held and (apart or len("\n".join(held)) + len(paragraph.text) >= LONGEST_PASSAGE):
            yield from _long_enough(held)
            held = []
        if not paragraph.fault:
            held.append(paragraph.text)
    yield from _long_enough(held)


def _long_enough(held: Sequence[str]) -> Iterator[str]:
    text = "\n".join(held)
    if SHORTEST_PASSAGE <= len(text) <= LONGEST_PASSAGE:
        yield text
