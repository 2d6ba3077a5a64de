"""The lead of an article, asked for with its body: what the lead says must stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from converters.article_tasks import coverage, told
from converters.article_tasks.openings import hangs
from converters.article_tasks.slips import slip, unknown_characters
from converters.article_tasks.task import (
    LONGEST_ANSWER,
    LONGEST_REQUEST,
    Refusal,
    Task,
    of_subject,
)
from converters.wikitext.article import Article, Paragraph

SHORTEST_LEAD = 45  # characters; less is a definition and no introduction
SHORTEST_BODY = 200  # characters, and twice those of the lead

# what may follow the subject: a name of it goes on otherwise (绿岛 for 绿岛乡, 心理学 for 心理)
_FOLLOWS = re.compile(
    "[”》」』]?(?:[，、（(：:]|是|为|指|又|亦|也|即|或|位|坐|在|由|于|乃|系|属|古|俗|原|简|一[种般个]|通常|全|有|可)"
)
_OPENS = re.compile("[“《「『]?")
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
        bare = _without_origin(candidate, article.title)
        result = _lead_of(bare, article, body)
        if isinstance(result, Task):
            return result if bare == candidate else replace(result, notes=("name_in_letters_removed",))
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
    if not _is_headword(text, article.title):
        return Refusal("other_headword", text[:20])
    if found := slip(text):
        return Refusal("slip", found)
    shown = _most_telling(body, coverage.pairs(text) | coverage.numbers(text))
    request = "\n\n".join(shown)
    if hangs(next(line for line in shown if not line.startswith("【"))):
        return Refusal("opens_in_mid_air", request[:40])
    if len(request) < max(SHORTEST_BODY, 2 * len(text)):
        return Refusal("short_body", f"{len(request)} characters for a lead of {len(text)}")
    missing = told.untold(text, article.title, request)
    if missing:
        return Refusal("lead_not_covered", missing)
    if found := unknown_characters(text, request + article.title):
        return Refusal("slip", found)
    templates = "LEAD_OF_ALL" if told.tells_all(text, article.title, request) else "LEAD"
    return Task(templates, {"title": article.title, "body": request}, text)


_IN_LETTERS = re.compile(
    "([”》」』]?)\\s*[（(][^（）()]*[A-Za-z\u00c0-\u024f\u0370-\u052f][^（）()]*[）)](?!\\s*[（(])"
)


def _without_origin(text: str, title: str) -> str:
    """哲学（英语：philosophy）是…: what the subject is called elsewhere stands behind it, and in no body."""
    start = text.find(title)
    end = start + len(title)
    if not 0 <= start <= 1:
        return text
    return text[:end] + _IN_LETTERS.sub(r"\1", text[end:], count=1) if _IN_LETTERS.match(text, end) else text


_BRACKETS = re.compile("\\s*[（(][^（）()]*[）)]$")


def _is_headword(text: str, title: str) -> bool:
    """A lead begins with its subject, by the name that the request gives it."""
    opening = _OPENS.sub("", text, count=1)
    name = _BRACKETS.sub("", title)
    return opening.startswith(name) and _FOLLOWS.match(opening, len(name)) is not None


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
