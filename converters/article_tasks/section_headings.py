"""The heading of a section, asked for with its text: freely where it tells it, else as a choice of the article's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from converters.article_tasks import coverage
from converters.article_tasks.task import Refusal, Task, of_subject, place_of, shuffled, some
from converters.wikitext.article import Article, Section

SHORTEST_SECTION, LONGEST_SECTION = 80, 1500  # characters
LONGEST_HEADING = 15
FEWEST_CHOICES, MOST_CHOICES = 3, 6

Words = Mapping[str, set[str]]
# headings that say nothing of their own text: they are asked for only among others
_GENERAL = re.compile(
    "概述|概况|概要|简介|介绍|其他|其它|杂项|轶事|总结|现状|背景|历史|沿革|影响|评价|争议|特点|特征|定义|应用|内容|生平|经历"
)
# headings under which nearly any text would stand: they are no wrong choice beside another
_ANYTHING = re.compile("概[述况要论]|简介|介绍|定义|概念|总论|综述|引言|背景|内容|其[他它]")
_PARTS_A_LIST = re.compile("[，、；：]")


def headings(article: Article) -> list[Task | Refusal]:
    sections = [section for section in article.body if of_subject(section)]
    if not sections:
        return [Refusal("no_headings")]
    words = {section.title: coverage.pairs(section.title) for section in sections}
    return some(_heading_of(section, article, sections, words) for section in shuffled(sections, article))


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
    choices = _choices(section, sections, words)
    if _is_told_by(heading, text, article.title) and (not choices or place_of(text, 2)):
        return Task("HEADING", values, heading, section=heading, kind="free", title_key=heading)
    if not choices:
        return Refusal("heading_not_told", heading)
    values["choices"] = "、".join(choices)
    return Task("HEADING_OF", values, heading, section=heading, kind="choice", title_key=heading)


def _is_told_by(heading: str, text: str, title: str) -> bool:
    """True where the heading says something of its own that stands in the text."""
    if _GENERAL.search(heading):
        return False
    own = coverage.pairs(heading) - coverage.pairs(title)
    return bool(own) and coverage.share_of_pairs(heading, coverage.pairs(text)) >= 0.6


def _choices(section: Section, sections: Sequence[Section], words: Words) -> list[str]:
    """Headings on the same level, the right one among them, none of which is like another; [] if there are too few."""
    if _PARTS_A_LIST.search(section.title):
        return []
    others: list[str] = []
    taken = set(words[section.title])
    for other in sections:
        own = words[other.title]
        if other.path == section.path and own and not own & taken and _may_be_a_choice(other.title):
            others.append(other.title)
            taken |= own
    others.sort(key=lambda title: place_of(section.title + title, 1 << 32))
    chosen = {*others[: MOST_CHOICES - 1], section.title}
    in_order = dict.fromkeys(each.title for each in sections if each.title in chosen)
    return list(in_order) if len(chosen) >= FEWEST_CHOICES else []


def _may_be_a_choice(title: str) -> bool:
    return len(title) <= LONGEST_HEADING and not _ANYTHING.search(title) and not _PARTS_A_LIST.search(title)
