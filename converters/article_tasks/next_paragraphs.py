"""The paragraph that follows, asked for with those before it: they must be enough to write it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile

from converters.article_tasks import coverage
from converters.article_tasks.openings import hangs
from converters.article_tasks.slips import slip, unknown_characters
from converters.article_tasks.task import Refusal, Task, of_subject, shuffled, some
from converters.judging.solecisms import solecism
from converters.wikitext.article import Article, Section

# characters: one short sentence is no paragraph to ask for, and the longer a text the more a reader stumbles over
SHORTEST_NEXT, LONGEST_NEXT = 50, 300
LEAST_NEXT_SHARE, MOST_NEXT_SHARE = 0.25, 0.85  # above it the paragraph says again what was said
LEAST_LINK = 0.12  # of its content pairs, less those of the title, in the paragraph directly before: else a new section
MOST_NEW_NAMES = 1
FEWEST_HEADINGS = 2  # where they are guessed, a single one may be the end of a list
SHORTEST_BEFORE, LONGEST_BEFORE = 100, 500


def continuations(article: Article) -> list[Task | Refusal]:
    places = [
        (section, place)
        for section in article.sections
        if of_subject(section)
        for place in range(1, len(section.paragraphs))
    ]
    if len(article.body) < FEWEST_HEADINGS:
        # they are gone, or there never were any: what looks like the next paragraph may begin another matter
        return [Refusal("headings_unknown", article.title)]
    if not places:
        return [Refusal("no_two_paragraphs")]
    return some(_next(section, place, article) for section, place in shuffled(places, article))


def _next(section: Section, place: int, article: Article) -> Task | Refusal:
    paragraph = section.paragraphs[place]
    if paragraph.fault:
        return Refusal("paragraph_not_whole", paragraph.fault)
    if not SHORTEST_NEXT <= len(paragraph.text) <= LONGEST_NEXT:
        return Refusal("length_of_paragraph", f"{len(paragraph.text)} characters")
    before = _before(section, place)
    if sum(map(len, before)) < SHORTEST_BEFORE:
        return Refusal("too_little_before", f"{sum(map(len, before))} characters")
    if found := slip(paragraph.text) or unknown_characters(paragraph.text, "".join(before) + article.title):
        return Refusal("slip", found)
    fault = _underivable(paragraph.text, before, article.title)
    if fault:
        return fault
    values = {"title": article.title, "before": "\n\n".join(before)}
    if not section.title:
        return Task("NEXT", values, paragraph.text)
    return Task("NEXT_IN_SECTION", {**values, "section": section.title}, paragraph.text, section=section.title)


def _underivable(text: str, before: Sequence[str], title: str) -> Refusal | None:
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
    if share < LEAST_NEXT_SHARE or link < LEAST_LINK:
        return Refusal("not_derivable", f"{share:.2f} of its words stand before, {link:.2f} in the last paragraph")
    return None


def _before(section: Section, place: int) -> list[str]:
    """The whole paragraphs that stand directly before, as far back as they fit and nothing parts them.

    The first is one that a reader can begin with.
    """
    taken: list[str] = []
    length = 0
    while place and section.paragraphs[place].follows:
        place -= 1
        text = section.paragraphs[place].text
        if section.paragraphs[place].fault or solecism(text) or length + len(text) > LONGEST_BEFORE:
            break
        taken.insert(0, text)
        length += len(text)
    return list(dropwhile(hangs, taken))
