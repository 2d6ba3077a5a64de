"""Whether a paragraph is running Chinese text that can stand as an answer, and if not, why."""

from __future__ import annotations

import re

from converters.text import han_count
from converters.wikitext import holes, residue

LEAST_HAN_SHARE = 0.4  # of all characters; below it a paragraph is a table row, a list of names, another language
MOST_DIGIT_SHARE = 0.2
LONGEST_END = 6  # a full stop and what may close behind it
SHORT_LINE = 25  # characters; a block of shorter lines is verse or a list

_END = re.compile("[。！？…][”’」』）)]*$|[”」』]$")
_LIST_MARK = re.compile(r"\s*[*#:;·•]|注\s*\d*[：:]|\d+\.\s|[（(]?\d+[）)]")
_MARKUP = re.compile(r"https?://|www\.|\{\{|\}\}|\[\[|\]\]|\||\{|\}|<|>|={2,}")
# a picture, a table or a list that is not there, or the encyclopaedia itself
_PICTURE = "[左右上下附]?[图表](?![书馆画像片案])"
_ELSEWHERE = re.compile(
    "|".join(
        (
            *(f"{word}{_PICTURE}" for word in "见如参"),
            *(f"{word}图" for word in "左右上下附"),
            *(f"{word}表" for word in "下附右左"),
            "以下(?:列[举出]|表|图|[为是][^，。]{0,12}列表|[^，。]{0,12}[：。]$)",
            # an announced list that does not follow in the paragraph itself
            "以下的?(?:条件|方面|步骤|原因|特点|特征|情况|[几数两三四五六七八][点种类个项条])(?!.*(?:：|（一）|第一|首先|①))",
            *(
                "如下[。：]",
                "见下[。：文表）]",
                "下列[^，。]{0,12}[。：]",
                "下面各[节章]",
                "(?:见|如)[上前]文所?[述示]",
            ),
            "参[见看阅]《?[^。]{0,12}(?:条目|列表|页面)",
            *("[本此该]条目", "[本此]词条", "[本此]专?页(?![岩码])", "本文(?:将|主要|所|介绍|只|仅|列)", "维基百科"),
        )
    )
)
_PAIRS = (("（", "）"), ("“", "”"), ("《", "》"), ("「", "」"), ("『", "』"), ("【", "】"), ("(", ")"))


def fault(text: str) -> tuple[str, str] | None:
    """Reason and detail, or None for a text that is whole. The text is simplified and has mainland punctuation."""
    hole = holes.find(text)
    if hole is not None:
        return "hole", f"{hole[0]}: {hole[1]}"
    left = residue.find(text)
    if left:
        return "residue", left
    if not _END.search(text[-LONGEST_END:]):
        return "no_full_stop", text[-20:]
    markup = _LIST_MARK.match(text) or _MARKUP.search(text)
    if markup is not None:
        return "markup", text[max(0, markup.start() - 8) : markup.end() + 8]
    if han_count(text) < len(text) * LEAST_HAN_SHARE or _digits(text) > len(text) * MOST_DIGIT_SHARE:
        return "not_prose", text[:40]
    for left, right in _PAIRS:
        if text.count(left) != text.count(right):
            return "unbalanced_brackets", f"{left}{right}: {text[:40]}"
    elsewhere = _ELSEWHERE.search(text)
    return ("refers_elsewhere", elsewhere[0]) if elsewhere is not None else None


def _digits(text: str) -> int:
    return sum(map(text.count, "0123456789"))


def joined(lines: list[str]) -> str:
    """The lines of one paragraph as one: MediaWiki shows a single break as a space, which Chinese does not have."""
    text = lines[0]
    for line in lines[1:]:
        text += (" " if text[-1:].isascii() and line[:1].isascii() else "") + line
    return text


def is_verse(lines: list[str]) -> bool:
    return len(lines) > 2 and sum(map(len, lines)) < SHORT_LINE * len(lines)
