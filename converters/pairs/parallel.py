"""A pair of an English and a Chinese text: cleaned on both sides, and checked by what the caller hands in.

The checks are in `converters.pairs.pair_checks`; order and documents are the business of `converters.pairs.passages`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from converters.script import script_of, simplified_modern
from converters.text import HAN, han_count, has_han, one_line, punctuated, word_count

SHORT = 8  # words: fewer teach phrases, not translation


class Pair(NamedTuple):
    """`original` is the Chinese as the source has it, where it was changed; `notes` say what was."""

    english: str
    chinese: str
    original: str = ""
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> int:
        return word_count(self.english)

    @property
    def is_traditional(self) -> bool:
        return bool(self.original) and script_of(self.original) == "traditional"


class Fault(NamedTuple):
    reason: str
    detail: str


Checks = tuple[tuple[str, Callable[[Pair], str]], ...]


def examined(english: str, chinese: str, script: Literal["simplified", "original"], checks: Checks) -> Pair | Fault:
    """A pair that may be learned, or why not. The sides may be swapped: the one with more Chinese is the Chinese."""
    notes: list[str] = []
    if han_count(english) > word_count(english) and word_count(chinese) > han_count(chinese):
        english, chinese = chinese, english
        notes.append("sides_swapped")
    pair = _cleaned(english, chinese, script)
    fault = next((Fault(reason, detail) for reason, finds in checks if (detail := finds(pair))), None)
    return fault or pair._replace(notes=(*notes, *pair.notes))


# ---- cleaning

_MOSES = (("@-@", "-"), (" &bar; ", "|"), ("``", '"'), ("''", '"'))
_SPACE_BEFORE = re.compile(r"(?<=\w) ([,.;:?!%)\]])(?=[\s\"'”’]|$)")
_SPACE_BEFORE_QUOTE = re.compile(r"(?<=\w[,.!?]) ([\"”])(?= |$)")
_SPACED_QUOTES = re.compile(r"(?:(?<=\s)|^)\" ([^\"]*?) ?\"(?=\s|$)")
_SPACE_AFTER = re.compile(r"(?<![\w)])([(\[$£]) (?=\w)")
# of a tokenised text, in which order its spaces are taken out
_LOOSE_SPACES = (
    (_SPACE_BEFORE, r"\1"),
    (_SPACED_QUOTES, r'"\1"'),
    (_SPACE_AFTER, r"\1"),
    (_SPACE_BEFORE_QUOTE, r"\1"),
)
_CLITIC = re.compile(r"(?<=\w) ?(['’]) ?(s|re|ve|ll|d|m)(?![\w'])|(?<=n) ?(['’]) ?(t)\b|(?<=\w) (n['’]t)\b")
_GLUED_MARK = re.compile(r"(?<=[A-Za-z]{2})([,;:!?])(?=[A-Za-z]{2})")
# diarrhoea.Hand washing: a word in small letters and one with a capital, so that Node.js and Math.Round are left alone
_GLUED_STOP = re.compile(
    r"(?<![\w./@])([a-z]{3,}|[\d.]+%|(?:19|20)\d\d|[A-Z]+\))\.(?=[A-Z][a-z]+[ ,])(?!Com\b|Net\b|Org\b)"
)
_CHINESE_END = {"。": ".", "！": "!", "？": "?"}
_ENGLISH_END = {value: key for key, value in _CHINESE_END.items()}
_CLOSED = re.compile(r"([.!?])[\"”’')]*$")
_OPEN_END = re.compile(rf"[{HAN}A-Za-z0-9%）)》”]$")
_GROUPED = re.compile(r"(?<=\d)，(?=\d{3}(?!\d))")
_TWICE = re.compile("(的)的(?![确確喀士])|([，、；])[，、；]")
_GLOSSED = re.compile(rf"(?<=[{HAN}])[(（][A-Z][a-z]+[)）](?=[{HAN}])")  # 汤姆(Tom), where the English has Tom alone
_DOTS = re.compile(r"\.{3,}|。{2,}|．{2,}|…+")
_SPACED = re.compile(rf"(?<=[{HAN}]) (?=[{HAN}])")
_SPACED_END = re.compile(rf"(?<=[{HAN}]) +(?=[?!.？！。]$)")
_SEGMENT_SPACE = re.compile(r"(?<![A-Za-z]) | (?![A-Za-z])")
SEGMENTED_SHARE = 0.2


def _cleaned(english: str, chinese: str, script: Literal["simplified", "original"]) -> Pair:
    clean_english, english_notes = _clean_english(_unescaped(english))
    original = _unescaped(chinese)
    unspaced = _joined(original)
    clean_chinese = _TWICE.sub(r"\1\2", _GROUPED.sub(",", _SPACED_END.sub("", unspaced)))
    if script == "simplified":
        clean_chinese = punctuated(simplified_modern(clean_chinese)).replace("己经", "已经")
        clean_chinese = _DOTS.sub("……", clean_chinese)
    clean_chinese = _ended(clean_english, _GLOSSED.sub("", clean_chinese) if "(" not in english else clean_chinese)
    notes = [*english_notes, *(["words_joined"] if unspaced != original else [])]
    if clean_chinese == original:
        return Pair(clean_english, clean_chinese, "", tuple(notes))
    return Pair(clean_english, clean_chinese, original, (*notes, "simplified_or_repunctuated"))


def _unescaped(text: str) -> str:
    # twice: a crawler escapes what was escaped already (&amp;#39;)
    return one_line(html.unescape(html.unescape(text)) if "&" in text else text)


def _clean_english(text: str) -> tuple[str, list[str]]:
    for old, new in _MOSES:
        text = text.replace(old, new)
    joined = _CLITIC.sub(lambda match: "".join(filter(None, match.groups())), text)
    for space, without in _LOOSE_SPACES:
        joined = space.sub(without, joined)
    spaced = joined if "//" in joined else _GLUED_STOP.sub(r"\1. ", _GLUED_MARK.sub(r"\1 ", joined))
    if spaced[-1:] in _CHINESE_END and not has_han(spaced):
        spaced = spaced[:-1] + _CHINESE_END[spaced[-1]]
    return spaced, ["english_spacing"] if spaced != text else []


def _joined(text: str) -> str:
    """A word-segmented copy (汤姆 喜欢 苹果 。) without its spaces; those between Latin words stay."""
    if len(_SPACED.findall(text)) < SEGMENTED_SHARE * han_count(text):
        return text
    return _SEGMENT_SPACE.sub("", text)


_TO_CORNERS = str.maketrans("“”‘’", "「」『』")


def traditional(pair: Pair) -> str:
    """The Chinese as it was, in traditional characters, with the punctuation of Taiwan and Hong Kong."""
    text = _DOTS.sub("……", punctuated(_GROUPED.sub(",", _SPACED_END.sub("", _joined(pair.original)))))
    return _ended(pair.english, text.translate(_TO_CORNERS))


_ASKS = re.compile(r"吗|什么|怎么|怎样|哪|谁|多[少久]|是否|[可能]不[可能]|为何|几[点个天岁]|呢。$")


def _ended(english: str, chinese: str) -> str:
    """With the stop that the English has and the Chinese lacks; a question that is one in both has its mark."""
    closed = _CLOSED.search(english)
    if english.endswith("?") and chinese.endswith("。") and _ASKS.search(chinese):
        return chinese[:-1] + "？"
    if closed and _OPEN_END.search(chinese) and not re.search(r"[。！？…][”’》）]$", chinese):
        return chinese + _ENGLISH_END[closed[1]]
    return chinese
