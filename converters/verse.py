"""Classical verse as text: marks of editors, verses and couplets, and the form as far as counting proves it.

Tones and rhymes are not looked at: eight verses of five characters are 五言八句, not yet a 五律.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from converters.text import HAN, simplified

_NUMERALS = "零一二三四五六七八九十"
_ORDINALS = _NUMERALS[1:] + "百廿卅○〇零"
METRES = {3: "三言", 4: "四言", 5: "五言", 6: "六言", 7: "七言"}

_READING = re.compile("[（(〔]\\s*(?:一作|又作|或作|一云|一本|集作|原作|原本|校|當作|当作)[^（()）〔〕]*[)）〕]")
_EMENDED = re.compile(r"[\[〔]([^\[\]〔〕]{1,6})[\]〕]")
_MISSING = re.compile("[□■○◯●〇\ufffd]|[{｛][^{}｛｝]*[}｝]")
_NOTE = re.compile(r"[（()）〔〕\[\]【】<>]")
_EDITOR = re.compile("作者不[詳详]|[詩诗][題题]：|首句：|存目|此[詩诗][^，。]{0,8}[見见作]|《全[唐宋]")
_VERSE = re.compile("[^，。？！；：]+")
_FIRST_VERSE = re.compile("[^，。？！；：]+[，。？！；：]+")
_ONLY_VERSE = re.compile(f"[{HAN}，。？！；：、·“”‘’「」『』《》…\\s]*")


def without_readings(line: str) -> str:
    """Other readings （一作…） go; an emended character [爽] stays, without its brackets."""
    return re.sub(r"\s+", "", _EMENDED.sub(r"\1", _READING.sub("", line)))


def fault(lines: Sequence[str]) -> tuple[str, str] | None:
    """Why a text is no poem that can be learned: missing characters, an editor's words, other scripts."""
    text = "".join(lines)
    for reason, pattern in (("missing_characters", _MISSING), ("editor_note", _NOTE), ("editor_note", _EDITOR)):
        found = pattern.search(text)
        if found:
            return reason, f"{found[0]} in {text[:60]}"
    if not _ONLY_VERSE.fullmatch(text):
        return "odd_characters", text[:60]
    return None if verses(text) else ("empty_text", "")


def verses(text: str) -> list[str]:
    """The verses of a text: a source's line is a sentence pair, and the pair is divided at its punctuation."""
    return [verse for verse in (re.sub(f"[^{HAN}]", "", piece) for piece in _VERSE.findall(text)) if verse]


def is_couplet(line: str) -> bool:
    """Two verses of one length: a line of regular verse."""
    pair = verses(line)
    return len(pair) == 2 and len(pair[0]) == len(pair[1])


def halves(couplet: str) -> tuple[str, str]:
    """A couplet as its two verses, each with the punctuation that follows it."""
    first = _FIRST_VERSE.match(couplet)
    cut = first.end() if first else len(couplet)
    return couplet[:cut], couplet[cut:]


def form(lines: Sequence[str]) -> str:
    """「五言四句」 when all verses have one length, else "". Never a name that tones must confirm."""
    counted = verses("".join(lines))
    lengths = {len(verse) for verse in counted}
    metre = METRES.get(lengths.pop(), "") if len(lengths) == 1 else ""
    return f"{metre}{numeral(len(counted))}句" if metre and len(counted) >= 2 else ""


def is_uneven(lines: Sequence[str]) -> bool:
    """True when one verse alone has a character more or less than all others: a slip of the copy, not a form."""
    counts = Counter(len(verse) for verse in verses("".join(lines)))
    if len(counts) != 2 or sum(counts.values()) < 4:
        return False
    (common, _), (other, times) = counts.most_common()
    return times == 1 and abs(common - other) == 1


def numeral(number: int) -> str:
    """1…99 in Chinese."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _NUMERALS[ones]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[ones] if ones else "")


# ---- titles

_CATEGORY = re.compile(
    "^(?:郊廟|燕射|鼓吹曲|橫吹曲|相和歌|清商曲|舞曲歌|琴曲歌|雜曲歌|近代曲|雜歌謠|新樂府|郊庙|横吹曲|杂曲歌|杂歌谣|新乐府)"
    "[歌辭辞曲]*\\s+"
)
_ORDINAL = re.compile(f"\\s*(?:[其之][{_ORDINALS}]+|第[{_ORDINALS}]+[首章]?)$|\\s[{_ORDINALS}]+$")
_COUNT = re.compile(f"[{_ORDINALS}]+[首章]$")
_FRAGMENT = re.compile("^(?:句|逸句|殘句|残句|佚句|斷句|断句|存目|補|补|失[調调]名)(?:$|\\s)")
_UNTITLED = re.compile("^(?:失題|失题|闕題|阙题|缺題|缺题|□+)(?:$|\\s)")
LONGEST_TITLE = 20  # characters; longer ones are prefaces, and nobody asks for a poem with one


def title_parts(title: str) -> list[str]:
    """A title without its collection, number in a series and count of the series: 「帝京篇十首 一」 → [帝京篇]."""
    bare = _without_ordinals(_CATEGORY.sub("", _EMENDED.sub(r"\1", _READING.sub("", title)).strip()))
    parts = [_COUNT.sub("", part) or part for part in re.split("[\\s・]+", bare) if part]
    return [_without_ordinals(part) for part in parts]


def _without_ordinals(title: str) -> str:
    shorter = _ORDINAL.sub("", title)
    return title if shorter in (title, "") else _without_ordinals(shorter)


def is_fragment(title: str) -> bool:
    """True for 句 and 存目: single lines that survived in other books, with the editor's notes among them."""
    return _FRAGMENT.match(title.strip()) is not None


def is_untitled(title: str) -> bool:
    return not title.strip() or _UNTITLED.match(title.strip()) is not None


# ---- script

# 沈 is a surname in modern print and 沉 everywhere else; in verse it is nearly always the latter.
_SINK = re.compile("沈(?![郎约約腰宋谢謝隐隱侯炼煉休佺园園东東])")


def simplified_verse(line: str) -> str:
    return _SINK.sub("沉", simplified(line))
