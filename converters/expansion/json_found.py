"""Where does the JSON stand in what a model wrote, and what does it say? Thoughts, fences and prose around it go.

Strict JSON is looked for first. If it is broken it is repaired once, by `json_repair`; since that library gives
something for any text, its result counts only if it has every letter of the text, and an end that it guessed is told.
"""

from __future__ import annotations

import json
import re
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson
from json_repair import repair_json

_MARK = re.compile("<(/?)(?:think(?:ing)?|thought|reasoning)>", re.IGNORECASE)
# where JSON begins: [3] and {x} of a sentence are none
_START = re.compile(r"[{\[](?=\s*[\"“'{\[\]}])")
_ANY_START = re.compile(r"[{\[]")
_FENCE = re.compile(r"```[A-Za-z]*\s*(?=[{\[])")
_QUOTE = re.compile('["“”]')
# a bracket that closes a value: {x} of a sentence closes none
_ENDED = re.compile(r"(?:(?<=[\"”'\d}\]\[{])|(?<=true|null)|(?<=false))\s*,?\s*[}\]]")
_TOKEN = re.compile(r'\\.|"', re.DOTALL)
# full-width marks between keys and values, which the library does not take for marks
_WIDE_COLON = re.compile(r"([\"”])\s*：\s*(?=[\"“\[{])")
_WIDE_COMMA = re.compile(r"([\"”}\]])\s*，\s*(?=[\"“\[{])")
# some servers that force JSON write white space until their length is reached; the library is slow in it
_BLANKS = re.compile(r"\s{40,}")
# and between quotation marks that are full-width themselves
_WIDE_OPENS = re.compile(r"(?<=[{\[,，:：])\s*“")
_WIDE_CLOSES = re.compile(r"”\s*(?=[:：}\]]|[,，]\s*[\"“{])")
_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RESIDUE = re.compile(r"[\"“”]\s*(?:[}\]]\s*(?:[,，}\]]|\Z)|[:：,，]\s*[\"“{\[])")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrtbf])|(.))", re.DOTALL)
_LETTER = re.compile(r"[^\W_]")

MOST_VALUES = 64
MOST_ENDS = 256
LONGEST_REPAIRED = 50_000  # characters
DEEPEST_REPAIRED = 16  # brackets; what is nested deeper was never asked for, and the library is slow in it
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Found:
    """The values that stand one after another; if there is none, `broken` says why.

    `cut` is what is left out because the text ends within it.
    """

    values: tuple[Any, ...] = ()
    repaired: bool = False
    cut: str = ""
    broken: str = ""


def without_thoughts(text: str) -> tuple[str, bool]:
    """What was said aloud, and whether the text ends within a thought.

    What stands before a lone end was thought: its beginning is part of the prompt of some models.
    """
    said: list[str] = []
    place, thinking = 0, False
    for mark in _MARK.finditer(text):
        if not mark[1] and not thinking:
            said.append(text[place : mark.start()])
        thinking = not mark[1]
        place = mark.end()
    return "".join([*said, "" if thinking else text[place:]]), thinking


def json_in(text: str) -> Found:
    """Every JSON value of a text, strictly read; or the first one repaired."""
    values: list[Any] = []
    fence = _FENCE.search(text)
    place = fence.end() if fence else 0
    while len(values) < MOST_VALUES and (start := _START.search(text, place)):
        try:
            _, place = _DECODER.raw_decode(text, start.start())
            values.append(orjson.loads(text[start.start() : place]))
        except (ValueError, RecursionError):
            break
    else:
        start = None if values else _ANY_START.search(text, place)
    if values:
        return Found(tuple(values), cut=text[start.start() :] if start else "")
    return _repaired(text[start.start() :]) if start else Found(broken=f"no JSON: {text.strip()[:80]}")


def _repaired(text: str) -> Found:
    text = _BLANKS.sub(" ", text)
    if len(text) > LONGEST_REPAIRED or _depth(text) > DEEPEST_REPAIRED:
        return Found(broken=f"{len(text)} characters, {_depth(text)} brackets deep")
    found = _repair(text)
    # a text may hold nothing but a colon: marks are made half width only where they must be
    return found if found.values else _repair(_in_half_width(text))


def _repair(text: str) -> Found:
    end = _end(text)
    cut = text[end:].strip("`,， \n") if _QUOTE.search(text, end) else ""  # prose has no quotation marks, mostly
    text = text[:end]
    try:
        value = orjson.loads(repair_json(text, skip_json_loads=True, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError) as error:
        return Found(broken=str(error)[:120], cut=cut)
    if _letters(text) != _letters(orjson.dumps(value).decode()) or _is_muddled(value):
        return Found(broken=f"its repair would lose or mix words: {text[:80]}", cut=cut)
    return Found((value,), repaired=True, cut=cut)


def _in_half_width(text: str) -> str:
    """{“a”：“b”} as {"a":"b"}; marks within the words stay."""
    if '"' not in text:
        text = _WIDE_CLOSES.sub('"', _WIDE_OPENS.sub('"', text))
    return _WIDE_COMMA.sub(r"\1,", _WIDE_COLON.sub(r"\1:", text)) if _WIDE_COLON.search(text) else text


def _is_muddled(value: Any) -> bool:
    """Whether words became a key, or marks of the JSON words."""
    if isinstance(value, dict):
        return not all(map(_KEY.fullmatch, value)) or any(map(_is_muddled, value.values()))
    if isinstance(value, list):
        return any(map(_is_muddled, value))
    return isinstance(value, str) and _RESIDUE.search(value) is not None


def _end(text: str) -> int:
    """Behind the last bracket that closes a value and stands in no string; 0 if there is none."""
    marks = [place for place, mark in ((m.start(), m[0]) for m in _TOKEN.finditer(text)) if mark == '"']
    for closer in reversed(list(_ENDED.finditer(text))[-MOST_ENDS:]):
        head = text[: closer.end()]
        if marks and bisect(marks, closer.end()) % 2 == 0:
            return closer.end()
        if not marks and head.count("“") == head.count("”"):
            return closer.end()
    return 0


def _depth(text: str) -> int:
    steps = (1 if bracket in "{[" else -1 for bracket in re.findall(r"[{}\[\]]", text))
    return max(accumulate(steps), default=0)


def _letters(text: str) -> str:
    """Letters and digits of a JSON text, escapes resolved: what a repair must keep, in this order."""
    return "".join(_LETTER.findall(_ESCAPE.sub(_unescaped, text)))


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else match[3] or ""
