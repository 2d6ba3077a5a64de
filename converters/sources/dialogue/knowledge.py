"""Facts about named things, and how they stand in a prompt as 已知信息."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

LEAST_STOPPED, MOST_WITHOUT_STOP = 70, 110  # characters of a description, and of one for each of its full stops
MOST_LATIN = 60  # letters of a value with fewer Chinese characters
MOST_CHARACTERS = 3_000  # of the facts in one prompt


class Fact(NamedTuple):
    """`name` has `value` as its `attribute`."""

    name: str
    attribute: str
    value: str


_SHOWN = {"Information": "简介", "Type": "类型", "imdb评分": "IMDb评分", "IMDB评分": "IMDb评分"}
# A template of the encyclopedia is missing here: 乐来越爱你（）, 约翰·传奇和。
_EMPTY_BRACKETS = re.compile(r"[（(][\s，,、；;：:]*[）)]")
_HOLE = re.compile(r"(?:[和与及由为、，]|[^\w]的)[。；]|^[，。、]|《\s*》|“\s*”")
_HEADING = re.compile(r"#+\s*")


def cleaned(value: str) -> str:
    """A value without entities (&amp;), empty brackets, markdown headings and the sentences that have a hole.

    An encyclopedia's article in English is no value, nor a description whose full stops were lost: where its sentences
    end, nobody can tell (我国唯一的古钟博物馆历史上著名的永乐大钟).
    """
    value = _HEADING.sub("", _EMPTY_BRACKETS.sub("", html.unescape(value)))
    if len(value) > LEAST_STOPPED and value.count("。") * MOST_WITHOUT_STOP < len(value):
        return ""
    if len(re.findall("[A-Za-z]", value)) > MOST_LATIN > len(re.findall("[\u4e00-\u9fff]", value)):
        return ""
    sentences = re.findall(r"[^。]*。|[^。]+$", value)
    return "".join(sentence for sentence in sentences if not _HOLE.search(sentence)).strip()


def rendered(facts: Iterable[Fact]) -> str:
    """One paragraph for each name, in the order of first mention; values of one attribute are joined by 、."""
    names: dict[str, dict[str, list[str]]] = {}
    for fact in facts:
        values = names.setdefault(fact.name, {}).setdefault(_SHOWN.get(fact.attribute, fact.attribute), [])
        if fact.value not in values:
            values.append(fact.value)
    return "\n".join(_paragraph(name, attributes) for name, attributes in names.items())


def _paragraph(name: str, attributes: dict[str, list[str]]) -> str:
    return "\n".join([f"【{name}】", *(f"{attribute}：{_joined(values)}" for attribute, values in attributes.items())])


def _joined(values: Sequence[str]) -> str:
    return "、".join(value.rstrip("。") for value in values) + ("。" if values[-1].endswith("。") else "")


def about(facts: Sequence[Fact], used: Iterable[Fact], room: int = MOST_CHARACTERS) -> tuple[Fact, ...]:
    """The used facts, and of the others those about the same names, as far as they fit."""
    must = tuple(dict.fromkeys(used))
    names = {fact.name for fact in must}
    room -= sum(len(fact.value) for fact in must)
    kept = []
    for fact in facts:
        if fact in must:
            kept.append(fact)
        elif fact.name in names and len(fact.value) <= room:
            kept.append(fact)
            room -= len(fact.value)
    return tuple(kept)
