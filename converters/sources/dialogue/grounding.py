"""Whether what is said stands in what is known: numbers, titles and foreign names of a text against another text.

Says nothing about common words; a fact that is all common words passes.
"""

from __future__ import annotations

import re

from converters.text import HAN

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_TITLE = re.compile(r"《\s*([^《》]{1,40}?)\s*》")
# Two characters on either side: Chinese has no space to show where a name begins.
_DOTTED = re.compile(rf"(?=((?<![A-Za-z])[A-Za-z]+·[{HAN}A-Za-z]{{1,2}}|[{HAN}]{{1,2}}·[{HAN}A-Za-z]{{1,2}}))")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]{2,}")
_HAN_NUMBERS = str.maketrans("零〇一二三四五六七八九两", "001234567892")
_HAN_COUNT = re.compile(
    r"第([一二三四五六七八九十百]+)[届次部张季位名]|([一二两三四五六七八九十]+)(?:座|届|次|张|首|部)"
)


# 有3家酒店 counts what is listed; it states nothing that could be looked up.
_TALLY = re.compile(r"(?<!\d)\d{1,2}(?=[家个处道种][^月])")


def untallied(text: str) -> str:
    """`text` without the counts of what it lists."""
    return _TALLY.sub("", text)


def numbers(text: str) -> set[str]:
    """Digits as numbers: 07 is 7, 2,900 is 2900, 45:11 is 45 and 11."""
    found = set()
    for match in _NUMBER.finditer(text):
        value = match[0].replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", match[0]) else match[0]
        found |= {_plain(part) for part in re.split(r"[:,]", value)}
    return found


def _plain(number: str) -> str:
    whole, _, rest = number.partition(".")
    rest = rest.rstrip("0")
    return (whole.lstrip("0") or "0") + ("." + rest if rest else "")


def bare(text: str) -> str:
    """For a search: without spaces, marks and case."""
    return re.sub(rf"[^\w{HAN}]+", "", text).casefold()


def missing(text: str, known: str) -> str:
    """The first number, title or foreign name in `text` that does not stand in `known`, or ""."""
    have = numbers(known) | counted(known)
    for number in sorted(numbers(text)):
        if number not in have:
            return number
    source = bare(known)
    for pattern in (_TITLE, _DOTTED, _WORD):
        for match in pattern.finditer(text):
            name = match[match.lastindex or 0]
            if bare(name) not in source and not _stands_in_parts(name, source):
                return name
    return ""


def _stands_in_parts(name: str, source: str) -> bool:
    """Two titles run together (《飘》、《乱世佳人》 as one) or a name with its surname only."""
    parts = [bare(part) for part in re.split(r"[·、，,\s]", name) if part]
    return len(parts) > 1 and all(part in source for part in parts)


def counted(text: str) -> set[str]:
    """Counts written in characters: 第十二届 is 12, so that a digit for it is no invention."""
    return {str(_value(match[1] or match[2])) for match in _HAN_COUNT.finditer(text)}


def _value(written: str) -> int:
    if "百" in written:
        head, _, rest = written.partition("百")
        return (_value(head) if head else 1) * 100 + (_value(rest) if rest else 0)
    if "十" in written:
        head, _, rest = written.partition("十")
        return (_value(head) if head else 1) * 10 + (_value(rest) if rest else 0)
    digits = written.translate(_HAN_NUMBERS)
    return int(digits) if digits.isdigit() else 0


def shared(text: str, known: str, length: int = 3) -> bool:
    """True where a run of `length` characters of `text` stands in `known`: the one speaks of the other."""
    words, source = bare(text), bare(known)
    return any(words[start : start + length] in source for start in range(len(words) - length + 1))


_QUANTITY = re.compile(r"\d+(?:\.\d+)?\s*(?:小时|元|天|平米|平方米|公里|米)")


def unstated(text: str, known: str) -> str:
    """A quantity with its unit that does not stand so in `known` (1小时, where only 1月 does), or ""."""
    held = re.sub(r"\s", "", known)
    return next((found for found in _QUANTITY.findall(text) if re.sub(r"\s", "", found) not in held), "")


_HOURS = re.compile(r"(\d+)\s*个?\s*小时")
_DAYS = re.compile(r"(?:^|[玩逛游览要]\D{0,3})([3-9]|\d{2,})\s*天(?![连优酒])")
LONGEST_VISIT = 9  # hours; a lost decimal point makes 1.5 小时 into 15


def absurd_visit(text: str) -> str:
    """A stay of so many hours or days that it must be an error, or "" (24小时营业 is no stay)."""
    days = _DAYS.search(text)
    return absurd_hours(text) or (days[0] if days else "")


def absurd_hours(text: str) -> str:
    """A stay of so many hours only; who asks for a trip of three days may mean it."""
    return next((match[0] for match in _HOURS.finditer(text) if LONGEST_VISIT < int(match[1]) != 24), "")
