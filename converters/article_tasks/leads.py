"""The lead of an article, asked for with its body: what the lead says must stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from converters.article_tasks import coverage
from converters.article_tasks.slips import slip
from converters.article_tasks.task import (
    LONGEST_ANSWER,
    LONGEST_REQUEST,
    Refusal,
    Task,
    of_subject,
)
from converters.wikitext.article import Article, Paragraph

LEAST_LEAD_SHARE = 0.55  # of its content pairs; of numbers and names: all
LEAST_CLAUSE_SHARE = 0.4  # of a clause that has enough pairs to tell
FEWEST_PAIRS = 3
SHORTEST_LEAD = 45  # characters; less is a definition and no introduction
SHORTEST_BODY = 200  # characters, and twice those of the lead

_CLAUSES = re.compile("[^，。！？；：\n]+")
_ENDS = re.compile("[。！？](?![”’」』）)])")  # where a lead may be cut: within no quotation and no brackets


def lead(article: Article) -> Task | Refusal:
    """The lead, or as many of its paragraphs, or sentences of the first, as the body tells."""
    paragraphs, rest = _lead_and_rest(article)
    if not paragraphs:
        return Refusal("no_lead")
    body = [*_with_headings(article), *rest]
    if sum(len(text) for text, _ in body) < SHORTEST_BODY:
        return Refusal("short_body", article.title)
    found = Refusal("lead_not_whole", paragraphs[0].fault)
    for number, candidate in enumerate(_candidates(paragraphs)):
        result = _lead_of(candidate, article, body)
        if isinstance(result, Task):
            return result
        found = found if number else result
    return found


def _candidates(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    """From the whole lead to its first sentence; each begins where it begins, so that nothing hangs."""
    for count in range(len(paragraphs), 0, -1):
        if all(paragraph.whole for paragraph in paragraphs[:count]):
            yield "\n".join(paragraph.text for paragraph in paragraphs[:count])
    first = paragraphs[0]
    if first.whole:
        ends = [match.end() for match in _ENDS.finditer(first.text) if match.end() < len(first.text)]
        cuts = (first.text[:end] for end in reversed(ends) if end >= SHORTEST_LEAD)
        yield from filter(_is_closed, cuts)


def _is_closed(text: str) -> bool:
    return all(text.count(left) == text.count(right) for left, right in ("“”", "（）", "《》"))


def _lead_and_rest(article: Article) -> tuple[Sequence[Paragraph], list[tuple[str, str]]]:
    """Without headings nobody knows where the lead ends: it is the first paragraph, the others are the body."""
    paragraphs = article.lead.paragraphs
    if article.has_headings:
        return paragraphs, []
    return paragraphs[:1], [(paragraph.text, "") for paragraph in paragraphs[1:] if paragraph.whole]


def _with_headings(article: Article) -> Iterator[tuple[str, str]]:
    """Whole paragraphs of the body, each with the heading that it stands under."""
    for section in article.body:
        if of_subject(section):
            for paragraph in section.paragraphs:
                if paragraph.whole:
                    yield paragraph.text, section.title


def _lead_of(text: str, article: Article, body: Sequence[tuple[str, str]]) -> Task | Refusal:
    if not SHORTEST_LEAD <= len(text) <= LONGEST_ANSWER:
        return Refusal("length_of_lead", f"{len(text)} characters")
    if found := slip(text):
        return Refusal("slip", found)
    shown = _most_telling(body, coverage.pairs(text) | coverage.numbers(text))
    request = "\n\n".join(shown)
    if len(request) < max(SHORTEST_BODY, 2 * len(text)):
        return Refusal("short_body", f"{len(request)} characters for a lead of {len(text)}")
    new = coverage.numbers(text) - coverage.numbers(request) | coverage.names(text) - coverage.names(request)
    if new - coverage.names(article.title):
        return Refusal("lead_not_covered", f"not in the body: {', '.join(sorted(new))[:60]}")
    known = coverage.pairs(request) | coverage.pairs(article.title)
    share = coverage.share_of_pairs(text, known)
    if share < LEAST_LEAD_SHARE:
        return Refusal("lead_not_covered", f"{share:.2f} of its words stand in the body")
    for clause in _CLAUSES.findall(text)[1:]:  # the first says what the subject is: no body repeats that
        if len(coverage.pairs(clause)) >= FEWEST_PAIRS and coverage.share_of_pairs(clause, known) < LEAST_CLAUSE_SHARE:
            return Refusal("lead_not_covered", clause[:40])
    return Task("LEAD", {"title": article.title, "body": request}, text)


def _most_telling(body: Sequence[tuple[str, str]], wanted: set[str]) -> list[str]:
    """The whole body if it fits, else the paragraphs that say most of what is wanted; in their order, with headings."""
    shown: list[str] = []
    heading = ""
    for place in _places_that_fit(body, wanted):
        text, own = body[place]
        if own and own != heading:
            shown.append(f"【{own}】")
        heading = own
        shown.append(text)
    return shown


def _places_that_fit(body: Sequence[tuple[str, str]], wanted: set[str]) -> Sequence[int]:
    if sum(len(text) for text, _ in body) <= LONGEST_REQUEST:
        return range(len(body))
    worth = [len(wanted & (coverage.pairs(text) | coverage.numbers(text))) for text, _ in body]
    taken: list[int] = []
    left = LONGEST_REQUEST
    for place in sorted(range(len(body)), key=lambda place: (-worth[place], place)):
        if len(body[place][0]) <= left:
            taken.append(place)
            left -= len(body[place][0])
    return sorted(taken)
