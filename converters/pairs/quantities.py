"""Do the numbers of an English and of a Chinese sentence agree? Digits, words and Chinese numerals, as sets of values.

Only what is certain is asked for: a number from three on, in digits on either side or in English words. "One" and
"two" have too many other translations, and Chinese numerals stand in too many idioms. Units are not converted: a
translation that turns miles into kilometres disagrees.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from decimal import Decimal
from typing import NamedTuple

Values = frozenset[Decimal]


class Quantities(NamedTuple):
    """`stated` must be found on the other side; `possible` is all that this side offers to the other."""

    stated: Values
    possible: Values


def disagreement(english: str, chinese: str) -> str:
    """The smallest number of one side that the other does not have, or a unit of time, or ""."""
    ours, theirs = in_english(english), in_chinese(chinese)
    for stated, other, name in ((ours.stated, theirs.possible, "Chinese"), (theirs.stated, ours.possible, "English")):
        missing = [value for value in stated if not _is_among(value, other)]
        if missing:
            return f"{min(missing).normalize():f} is not in the {name}"
    return _missing_time(english, chinese)


# Of a counted time, what the Chinese must have; a week may be seven days, and a year twelve months.
_TIMES = {
    "year": "年岁载",
    "month": "月年季",
    "week": "周星礼天日",
    "day": "天日周星礼夜",
    "hour": "时钟点天",
    "minute": "分刻钟点时",
}
_TIME = re.compile(
    r"\b(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty)"
    r"[ -](?:more |full |whole |long )?(year|month|week|day|hour|minute)s?\b",
    re.I,
)


def _missing_time(english: str, chinese: str) -> str:
    for unit in _TIME.findall(english):
        if not any(character in chinese for character in _TIMES[unit.lower()]):
            return f"{unit}s are not in the Chinese"
    return ""


def _is_among(value: Decimal, others: Set[Decimal]) -> bool:
    # 8 p.m. is 20 o'clock, and the nineties are 1990年代
    return (
        value in others
        or (13 <= value <= 23 and value - 12 in others)
        or (1 <= value <= 11 and value + 12 in others)
        or (value % 10 == 0 and any(_are_one_decade(value, other) for other in others))
    )


def _are_one_decade(one: Decimal, other: Decimal) -> bool:
    return (one - other) % 100 == 0 and 1000 <= max(one, other) < 2100 and min(one, other) < 100


def _certain(values: Set[Decimal]) -> Values:
    return frozenset(value for value in values if value >= 3 or value != int(value))


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


_FIGURE = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"

# ---- English

_UNITS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINALS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
_MONTHS = """
january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sep sept|october oct|
november nov|december dec
"""
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday"
_WORDS = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS.split())
}
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {"": 1, "k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
# What a word may stand for on the other side: half past two is 2:30, the twenties are 20多岁.
_LOOSE: dict[str, int] = {
    **{word: place for place, word in enumerate(_ORDINALS.split(), start=1)},
    **{word: place for place, words in enumerate(_MONTHS.split("|"), start=1) for word in words.split()},
    **{word: place for place, word in enumerate(_WEEKDAYS.split(), start=1)},
    **{f"{word[:-1]}ies": value for word, value in _WORDS.items() if word in _TENS.split()},
    **{"dozen": 12, "score": 20, "fortnight": 14, "decade": 10, "decades": 10, "century": 100, "centuries": 100},
    **{"thirds": 3, "quarter": 15, "quarters": 4, "fifths": 5, "triple": 3, "triplets": 3, "iii": 3, "iv": 4},
    **{"half": 30, "noon": 12, "midnight": 12, "teens": 10, "teenage": 10, "teenager": 10, "hundreds": 100},
    **{"thousands": 1000, "millions": 10**6, "billions": 10**9},
}

_ENGLISH_FIGURE = re.compile(rf"(?<![\w.])(?<!\w[-–])({_FIGURE})(?:\s?(k|m|mn|bn)\b)?", re.I)
_SCALE_AFTER = re.compile(r"[\s-]*(hundred|thousand|million|billion|trillion)s?\b", re.I)
_ANY_FIGURE = re.compile(_FIGURE)
_WORD = re.compile(r"[a-z]+|\d")
_ONE_SCALE = re.compile(r"\ban?\s+(hundred|thousand|million|billion)\b")
_HALF_SCALE = re.compile(r"\bhalf\s+an?\s+(hundred|thousand|million|billion)\b")


_TO_HOUR = re.compile(rf"quarter to (\d{{1,2}}|{'|'.join(list(_WORDS)[1:13])})\b")
_PERCENT_OFF = re.compile(r"(\d+) ?(?:%|per ?cent) (?:off|discount)")


def in_english(text: str) -> Quantities:
    figures = {_scaled_figure(text, match) for match in _ENGLISH_FIGURE.finditer(text)}
    lowered = text.lower().replace("-", " ")
    words = _WORD.findall(_ONE_SCALE.sub(r"one \1", _HALF_SCALE.sub("half", lowered)))
    spelled = _spelled(words)
    possible = {_decimal(number) for number in _ANY_FIGURE.findall(text)}  # also of a name: COVID-19, B2B
    possible |= {Decimal(_LOOSE[word]) for word in words if word in _LOOSE}
    possible |= {Decimal(_SCALES[scale]) / 2 for scale in _HALF_SCALE.findall(lowered)}
    for hour in _TO_HOUR.findall(lowered):
        possible |= {Decimal(45), Decimal(_WORDS[hour] if hour in _WORDS else int(hour)) - 1}
    possible |= {(100 - Decimal(share)) / 10 for share in _PERCENT_OFF.findall(lowered)}
    return Quantities(_certain(figures | spelled.stated), frozenset(figures | spelled.possible | possible))


def _scaled_figure(text: str, match: re.Match[str]) -> Decimal:
    after = _SCALE_AFTER.match(text, match.end())
    scale = _SCALES[after[1].lower()] if after else _SHORT_SCALES[(match[2] or "").lower()]
    return _decimal(match[1]) * scale


def _spelled(words: Sequence[str]) -> Quantities:
    """Values of the runs of number words: two hundred and five is 205, nineteen eighty-four may be 1984."""
    runs: list[list[str]] = [[]]
    for word in words:
        if word in _WORDS or (runs[-1] and (word in _SCALES or word == "and")):
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    values = [_value(run) for run in runs if run]
    parts = {Decimal(_WORDS[word]) for run in runs for word in run if word in _WORDS}
    return Quantities(
        frozenset(value for value, regular in values if regular), frozenset(value for value, _ in values) | parts
    )


def _value(run: Sequence[str]) -> tuple[Decimal, bool]:
    """The value, and whether the words stand in the order of a number: "five and twenty" or a year do not."""
    total, current, regular = 0, 0, True
    for place, word in enumerate(run):
        if word in _WORDS:
            small = _WORDS[word]
            fits = current % 100 == 0 or (current % 100 >= 20 and current % 10 == 0 and small < 10)
            regular = regular and fits
            current = current + small if fits else current * 100 + small
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in _SCALES:
            total, current = total + (current or 1) * _SCALES[word], 0
        elif place < len(run) - 1 and total + current < 100:  # "and" joins inside a number only after a hundred
            regular = False
    return Decimal(total + current), regular


# ---- Chinese

_HAN_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
_HAN_SCALES = {"万": 10**4, "亿": 10**8, "兆": 10**12}
_CHINESE_LOOSE = {
    **{"半": 30, "刻": 15, "仨": 3, "打": 12, "廿": 20, "卅": 30, "正午": 12, "中午": 12, "午夜": 12, "半年": 6},
    **{"一半": 50, "几十": 12, "世纪": 100, "圣诞": 25, "季": 3, "十来": 12, "两周": 14, "半天": 12},
}

_HAN_NUMBER = re.compile(r"[〇○零一二两三四五六七八九十百千万亿兆]+")
_SCALED_FIGURE = re.compile(rf"({_FIGURE})[ ]?[多余来]?[ ]?(?:个(?=[万亿]))?([十百千]?[万亿兆]+|百|千)?")
_POINT = re.compile(r"([〇零一二两三四五六七八九十百]+)点([〇零一二三四五六七八九]+)(?![分十刻])")
_RANGE = re.compile(r"([一二三四五六七八九])、?([一二三四五六七八九])([十百千万亿]+)")
_CENTURY = re.compile(r"(\d{1,2})\s*世纪\s*(\d0)\s*年代")


_DISCOUNT = re.compile(r"([一二三四五六七八九]|\d(?:\.\d)?)折")  # 七折 is thirty percent off
_QUARTER_TO = re.compile(r"([一二两三四五六七八九十]+|\d+)(?:点|[:：])(?:三刻|四十五|45)")


def in_chinese(text: str) -> Quantities:
    stated, possible = set(), set()
    for match in _SCALED_FIGURE.finditer(text):
        value = _decimal(match[1])
        scaled = value * _scale(match[2] or "")
        possible |= {value, scaled}
        if not _is_part_of_a_name(text, match):
            stated.add(scaled)
    for century, decade in _CENTURY.findall(text):
        stated -= {_decimal(century)}
        possible.add((_decimal(century) - 1) * 100 + _decimal(decade))
    possible |= {100 - 10 * value for digit in _DISCOUNT.findall(text) for value in _of_digits(digit)}
    possible |= {1 + value for hour in _QUARTER_TO.findall(text) for value in _of_digits(hour)}
    return Quantities(_certain(stated), frozenset(possible | _in_han(text)))


def _of_digits(word: str) -> set[Decimal]:
    return _han_values(word) if _HAN_NUMBER.fullmatch(word) else {_decimal(word)}


def _is_part_of_a_name(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    return bool(re.match(r"[A-Za-z.\-–_/]", before) or re.match(r"[A-Za-z]", after))


def _in_han(text: str) -> set[Decimal]:
    values = {value for word in _HAN_NUMBER.findall(text) for value in _han_values(word)}
    for whole, decimals in _POINT.findall(text):
        fraction = "".join(str(_HAN_DIGITS[character]) for character in decimals)
        values |= {_decimal(f"{integer}.{fraction}") for integer in _han_values(whole)}
    for low, high, scale in _RANGE.findall(text):
        values |= {Decimal(_HAN_DIGITS[digit] * _scale(scale)) for digit in (low, high)}
    return values | {Decimal(value) for word, value in _CHINESE_LOOSE.items() if word in text}


def _scale(suffix: str) -> int:
    value = 1
    for character in suffix:
        value *= _HAN_UNITS.get(character) or _HAN_SCALES[character]
    return value


def _han_values(word: str) -> set[Decimal]:
    """一九八四 is 1984; 三万五 is 35,000 or 30,005; each of the digits counts as well."""
    digits = [_HAN_DIGITS[character] for character in word if character in _HAN_DIGITS]
    values = {Decimal(digit) for digit in digits}
    if len(digits) == len(word):
        return values | {Decimal("".join(map(str, digits)))}
    total, section, digit, last = 0, 0, 0, 1
    for character in word:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
        elif character in _HAN_UNITS:
            last = _HAN_UNITS[character]
            section, digit = section + (digit or (0 if section else 1)) * last, 0
        else:
            last = _HAN_SCALES[character]
            below = (section + digit or 1) * last
            # 两亿五千万 adds up, 五千万亿 multiplies
            total, section, digit = (total + below if total > last else (total + section + digit or 1) * last), 0, 0
    return values | {Decimal(total + section + digit), Decimal(total + section + digit * last // 10), Decimal(last)}
