"""The paragraph that follows, asked for with those before it: they must be enough to write it."""

from __future__ import annotations

from collections.abc import Sequence

from converters.article_tasks import coverage
from converters.article_tasks.slips import slip
from converters.article_tasks.task import LONGEST_ANSWER, LONGEST_REQUEST, Refusal, Task, of_subject, shuffled, some
from converters.wikitext.article import Article, Section

SHORTEST_NEXT = 50  # characters; one short sentence is no paragraph to ask for
LEAST_NEXT_SHARE, MOST_NEXT_SHARE = 0.25, 0.85  # above it the paragraph says again what was said
LEAST_LINK_UNSEEN = 0.2  # where headings are gone, so that a new section looks like the next paragraph
LEAST_LINK = 0.12  # of its content pairs, less those of the title, in the paragraph directly before: else a new section
MOST_NEW_NAMES = 1
SHORTEST_BEFORE = 100


def continuations(article: Article) -> list[Task | Refusal]:
    places = [
        (section, place)
        for section in article.sections
        if of_subject(section)
        for place in range(1, len(section.paragraphs))
    ]
    if not places:
        return [Refusal("no_two_paragraphs")]
    return some(_next(section, place, article) for section, place in shuffled(places, article))


def _next(section: Section, place: int, article: Article) -> Task | Refusal:
    paragraph = section.paragraphs[place]
    if paragraph.fault:
        return Refusal("paragraph_not_whole", paragraph.fault)
    if not SHORTEST_NEXT <= len(paragraph.text) <= LONGEST_ANSWER:
        return Refusal("length_of_paragraph", f"{len(paragraph.text)} characters")
    before = _before(section, place)
    if sum(map(len, before)) < SHORTEST_BEFORE:
        return Refusal("too_little_before", f"{sum(map(len, before))} characters")
    if found := slip(paragraph.text):
        return Refusal("slip", found)
    least_link = LEAST_LINK if article.has_headings else LEAST_LINK_UNSEEN
    fault = _underivable(paragraph.text, before, article.title, least_link)
    if fault:
        return fault
    values = {"title": article.title, "before": "\n\n".join(before)}
    if not section.title:
        return Task("NEXT", values, paragraph.text)
    return Task("NEXT_IN_SECTION", {**values, "section": section.title}, paragraph.text, section=section.title)


def _underivable(text: str, before: Sequence[str], title: str, least_link: float) -> Refusal | None:
    """What a reader of the paragraphs before could not have written: other subjects, numbers and names."""
    given = "\n".join(before)
    new, names = coverage.numbers(text) - coverage.numbers(given), coverage.names(text) - coverage.names(given)
    if new or len(names) > MOST_NEW_NAMES:
        return Refusal("not_derivable", f"new: {', '.join(sorted(new | names))[:40]}")
    own, of_title = coverage.pairs(text), coverage.pairs(title)
    share = len(own & (coverage.pairs(given) | of_title)) / max(1, len(own))
    if share > MOST_NEXT_SHARE:
        return Refusal("repeats", f"{share:.2f} of its words")
    link = len((own - of_title) & coverage.pairs(before[-1])) / max(1, len(own - of_title))
    if share < LEAST_NEXT_SHARE or link < least_link:
        return Refusal("not_derivable", f"{share:.2f} of its words stand before, {link:.2f} in the last paragraph")
    return None


def _before(section: Section, place: int) -> list[str]:
    """The whole paragraphs that stand directly before, as far back as they fit and nothing parts them."""
    taken: list[str] = []
    length = 0
    while place and section.paragraphs[place].follows:
        place -= 1
        text = section.paragraphs[place].text
        if section.paragraphs[place].fault or length + len(text) > LONGEST_REQUEST:
            break
        taken.insert(0, text)
        length += len(text)
    return taken
