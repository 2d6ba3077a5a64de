"""Which numbers does a text name? Arabic and Chinese numerals, fractions, percent and 折, and what words imply.

一共 and 一些 name no number that matters: 1 is taken for granted everywhere.
"""

from __future__ import annotations

import re
from fractions import Fraction

_DIGITS = dict(zip("零〇一二两三四五六七八九", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％／", "0123456789.%/")
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_CHINESE = re.compile("[零〇一二两三四五六七八九十百千万亿]+")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%|百分之(\d+)|(\d+(?:\.\d+)?)\s*折|(\d+)\s*/\s*(\d+)")
_CHINESE_SHARE = re.compile("百分之([一二两三四五六七八九十]+)|([一二三四五六七八九]{1,2})折")

# a word, and the numbers that everyone knows to belong to it
_IMPLIED = (
    (
        re.compile(
            "平均|一半|对半|[平均等]分|半|双|对|俩|他们|两人|往返|来回|倍|周长|长方形|矩形|三角|梯形|半径|直径|圆"
        ),
        (2,),
    ),
    (re.compile("正方形|方形|四边|季"), (4,)),
    (re.compile("正方体|立方体"), (6, 12)),
    (re.compile("圆|球|柱|锥"), (Fraction("3.14"), 3)),
    (re.compile("星期|礼拜|周"), (7, 5)),
    (re.compile("天|日|小时"), (24,)),
    (re.compile("小时|分钟|秒|点"), (60, 3600)),
    (re.compile("月|年"), (12, 30, 31, 28, 365, 366)),
    (re.compile("千|公里|米|克|升|吨"), (1000, 10)),
    (re.compile("[元角分]"), (10, 100)),
    (re.compile("打"), (12,)),
    (re.compile("[鸡鸭鹅鸟].*[脚腿]|[脚腿].*[鸡鸭鹅鸟]", re.DOTALL), (2,)),
    (re.compile("[兔牛羊马猪狗猫].*[脚腿蹄]|[脚腿蹄].*[兔牛羊马猪狗猫]", re.DOTALL), (4,)),
)
_AND_HIMSELF = re.compile("自己|[和与][他她]|[他她][和与]|加上")
ALWAYS = frozenset(map(Fraction, (0, 1, 100)))


def chinese_number(text: str) -> Fraction:
    """三百二十 → 320, 十五 → 15, 两万 → 20000, 二〇二三 → 2023."""
    if not set(text) & set(_TENS):
        return Fraction(int("".join(str(_DIGITS[character]) for character in text)))
    total = section = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif _TENS[character] >= 10_000:
            total, section, digit = total + (section + digit or 1) * _TENS[character], 0, 0
        else:
            section, digit = section + (digit or 1) * _TENS[character], 0
    return Fraction(total + section + digit)


def named(text: str) -> list[Fraction]:
    """The numbers in a text, in their order, repeated ones repeated."""
    text = text.translate(_FULL_WIDTH)
    found = [(match.start(), Fraction(match[0].replace(",", ""))) for match in _ARABIC.finditer(text)]
    found += [(match.start(), chinese_number(match[0])) for match in _CHINESE.finditer(text)]
    return [value for _, value in sorted(found)]


def shares(text: str) -> set[Fraction]:
    """20%, 百分之二十, 八折, 七五折 and 3/4 as fractions of one."""
    spoken = _CHINESE_SHARE.findall(text)
    found = {chinese_number(hundredths) / 100 for hundredths, _ in spoken if hundredths}
    found |= {chinese_number(tenths) / 10 ** len(tenths) for _, tenths in spoken if tenths}
    for match in _SHARE.finditer(text.translate(_FULL_WIDTH)):
        percent, of_hundred, tenths, numerator, denominator = match.groups()
        if percent or of_hundred:
            found.add(Fraction(percent or of_hundred) / 100)
        elif tenths:
            found |= {Fraction(tenths) / 10, Fraction(tenths) / 100}
        elif int(denominator):
            found.add(Fraction(int(numerator), int(denominator)))
    return found


def given(text: str) -> frozenset[Fraction]:
    """What a solution of this problem may start from: its numbers, its shares, and what its words imply."""
    parts = shares(text)
    numbers = {*named(text), *parts, *(1 - part for part in parts), *(1 + part for part in parts)}
    found = (
        numbers
        | ALWAYS
        | {Fraction(number) for pattern, implied in _IMPLIED if pattern.search(text) for number in implied}
    )
    if _AND_HIMSELF.search(text):
        found |= {number + 1 for number in numbers}
    if "半" in text:
        found |= {number / 2 for number in numbers}
    if "角" in text or "分" in text:
        found |= {number / 10 for number in numbers} | {number / 100 for number in numbers}
    if "平均" in text:
        found |= {Fraction(len(named(text)))}  # three marks are averaged by 3
    return frozenset(found)
