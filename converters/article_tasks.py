"""What an article asks for without a language model: its lead from the body, a heading, the next paragraph.

What is asked for must be readable in the request: how much of an answer stands there is measured, and too little is
a reject. An article gives at most one lead and a few rows of the other tasks, so that long ones do not prevail.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from converters import coverage
from converters.wikitext.article import Article, Paragraph, Section

LONGEST_REQUEST = 2900  # characters of the article in a request
SHORTEST_ANSWER, LONGEST_ANSWER = 30, 800  # characters
MOST_ROWS = 2  # of one task from one article

# lead: its content pairs and numbers that the body must have
LEAST_LEAD_SHARE = 0.4
LEAST_SENTENCE_SHARE = 0.3
SHORTEST_BODY = 200
# next paragraph: what ties it to those before, and what may appear from nowhere
SHORTEST_NEXT = 50  # characters; one short sentence is no paragraph to ask for
LEAST_NEXT_SHARE, MOST_NEXT_SHARE = 0.25, 0.85  # above it the paragraph says again what was said
LEAST_LINK = 0.12  # of its content pairs, less those of the title, in the paragraph directly before: else a new section
MOST_NEW_NAMES = 1
SHORTEST_BEFORE = 100
# heading
SHORTEST_SECTION, LONGEST_SECTION = 80, 1500
LONGEST_HEADING = 15
FEWEST_CHOICES, MOST_CHOICES = 3, 6
# passages for a later expansion
SHORTEST_PASSAGE, LONGEST_PASSAGE = 100, 1500

_SENTENCES = re.compile("[^。！？；\n]+[。！？；]?")
_APPARATUS = re.compile(
    "参考|注释|注解|注脚|脚注|备注|附注|来源|出处|外部|链接|连结|连接|相关条目|相关项目|参见|另见|参看|参阅|延伸阅读|扩展阅读|进阶阅读"
    "|书目|文献|图集|图库|画廊|图片|相册|图像|资料|作品列表|作品年表|年表|列表|名单|一览|荣誉|奖项|获奖|演出作品|音乐作品|影视作品"
    "|主要作品|著作|作品$|统计|数据|纪录|记录$|赛果|成员$|歌单|曲目|发行|收视"
)
# headings that say nothing of their own text: they are asked for only among others
_GENERAL = re.compile(
    "概述|概况|概要|简介|介绍|其他|其它|杂项|轶事|总结|现状|背景|历史|沿革|影响|评价|争议|特点|特征|定义|应用|内容|生平|经历"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One row: what the template needs, what is answered, and where it stands in the article."""

    templates: str
    values: dict[str, str]
    answer: str
    section: str = ""
    kind: str = ""
    title_key: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A clean run of paragraphs of one section, for questions that a language model will ask about it."""

    title: str
    section: str
    id: str
    url: str
    text: str


def _place(text: str, count: int) -> int:
    """A number below `count` that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") % count


def _of_subject(section: Section) -> bool:
    return not any(map(_APPARATUS.search, (section.title, *section.path)))


# ---- the lead


def lead(article: Article) -> Task | Refusal:
    """The lead, or its first paragraph, where the body tells what it says."""
    paragraphs, rest = _lead_and_rest(article)
    if not paragraphs:
        return Refusal("no_lead")
    body = [*_with_headings(article), *rest]
    if sum(len(text) for text, _ in body) < SHORTEST_BODY:
        return Refusal("short_body", article.title)
    found = Refusal("lead_not_whole", paragraphs[0].fault)
    for candidate in dict.fromkeys((tuple(paragraphs), tuple(paragraphs[:1]))):
        if all(paragraph.whole for paragraph in candidate):
            result = _lead_of("\n".join(paragraph.text for paragraph in candidate), article, body)
            if isinstance(result, Task):
                return result
            found = result
    return found


def _lead_and_rest(article: Article) -> tuple[Sequence[Paragraph], list[tuple[str, str]]]:
    """Without headings nobody knows where the lead ends: it is the first paragraph, the others are the body."""
    paragraphs = article.lead.paragraphs
    if article.has_headings:
        return paragraphs, []
    return paragraphs[:1], [(paragraph.text, "") for paragraph in paragraphs[1:] if paragraph.whole]


def _with_headings(article: Article) -> Iterator[tuple[str, str]]:
    """Whole paragraphs of the body, each with the heading that it stands under."""
    for section in article.body:
        if _of_subject(section):
            for paragraph in section.paragraphs:
                if paragraph.whole:
                    yield paragraph.text, section.title


def _lead_of(text: str, article: Article, body: Sequence[tuple[str, str]]) -> Task | Refusal:
    if not SHORTEST_ANSWER <= len(text) <= LONGEST_ANSWER:
        return Refusal("length_of_lead", f"{len(text)} characters")
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
    for sentence in _SENTENCES.findall(text)[1:]:  # the first says what the subject is: no body repeats that
        if coverage.pairs(sentence) and coverage.share_of_pairs(sentence, known) < LEAST_SENTENCE_SHARE:
            return Refusal("lead_not_covered", sentence[:40])
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


# ---- a heading


def headings(article: Article) -> list[Task | Refusal]:
    sections = [section for section in article.body if _of_subject(section)]
    if not sections:
        return [Refusal("no_headings")]
    words = {section.title: coverage.pairs(section.title) for section in sections}
    return _some(_heading_of(section, article, sections, words) for section in _shuffled(sections, article))


def _heading_of(section: Section, article: Article, sections: Sequence[Section], words: Words) -> Task | Refusal:
    text = "\n".join(paragraph.text for paragraph in section.paragraphs)
    if not SHORTEST_SECTION <= len(text) <= LONGEST_SECTION:
        return Refusal("length_of_section", f"{section.title}: {len(text)} characters")
    faults = [paragraph.fault for paragraph in section.paragraphs if paragraph.fault]
    if faults:
        return Refusal("section_not_whole", f"{section.title}: {faults[0]}")
    heading = section.title
    if not 2 <= len(heading) <= LONGEST_HEADING or not words[heading]:
        return Refusal("unfit_heading", heading)
    values = {"title": article.title, "text": text}
    common = {"section": heading, "title_key": heading}
    choices = _choices(section, sections, words)
    if _is_told_by(heading, text, article.title) and (not choices or _place(text, 2)):
        return Task("HEADING", values, heading, kind="free", **common)
    if not choices:
        return Refusal("heading_not_told", heading)
    return Task("HEADING_OF", {**values, "choices": "、".join(choices)}, heading, kind="choice", **common)


def _is_told_by(heading: str, text: str, title: str) -> bool:
    """True where the heading says something of its own that stands in the text."""
    if _GENERAL.search(heading):
        return False
    own = coverage.pairs(heading) - coverage.pairs(title)
    return bool(own) and coverage.share_of_pairs(heading, coverage.pairs(text)) >= 0.6


def _choices(section: Section, sections: Sequence[Section], words: Words) -> list[str]:
    """Headings on the same level, the right one among them, none of which is like another; [] if there are too few."""
    others: list[str] = []
    taken = set(words[section.title])
    for other in sections:
        own = words[other.title]
        if other.path == section.path and own and not own & taken and len(other.title) <= LONGEST_HEADING:
            others.append(other.title)
            taken |= own
    others.sort(key=lambda title: _place(section.title + title, 1 << 32))
    chosen = {*others[: MOST_CHOICES - 1], section.title}
    return [each.title for each in sections if each.title in chosen] if len(chosen) >= FEWEST_CHOICES else []


# ---- the next paragraph


def continuations(article: Article) -> list[Task | Refusal]:
    places = [
        (section, place)
        for section in article.sections
        if _of_subject(section)
        for place in range(1, len(section.paragraphs))
    ]
    if not places:
        return [Refusal("no_two_paragraphs")]
    return _some(_next(section, place, article) for section, place in _shuffled(places, article))


def _next(section: Section, place: int, article: Article) -> Task | Refusal:
    paragraph = section.paragraphs[place]
    if paragraph.fault:
        return Refusal("paragraph_not_whole", paragraph.fault)
    if not SHORTEST_NEXT <= len(paragraph.text) <= LONGEST_ANSWER:
        return Refusal("length_of_paragraph", f"{len(paragraph.text)} characters")
    before = _before(section, place)
    if sum(map(len, before)) < SHORTEST_BEFORE:
        return Refusal("too_little_before", f"{sum(map(len, before))} characters")
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


T = TypeVar("T")
Words = Mapping[str, set[str]]


def _shuffled(candidates: Sequence[T], article: Article) -> list[T]:
    """In an order that only the article's id decides: which rows an article gives depends on no other article."""
    order = random.Random(f"wiki:{article.id}")
    return order.sample(candidates, len(candidates))


def _some(tasks: Iterable[Task | Refusal]) -> list[Task | Refusal]:
    """The first MOST_ROWS that are none of a refusal, or the first refusal."""
    found: list[Task | Refusal] = []
    refusal: list[Task | Refusal] = []
    for task in tasks:
        if isinstance(task, Refusal):
            refusal = refusal or [task]
            continue
        found.append(task)
        if len(found) == MOST_ROWS:
            break
    return found or refusal


# ---- passages


def passages(article: Article) -> list[Passage]:
    """Clean passages of 100 to 1,500 characters: whole paragraphs of one section that follow one another."""
    found: list[Passage] = []
    for section in article.sections:
        if section.title and not _of_subject(section):
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
