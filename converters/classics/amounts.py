"""Do the numbers of a classical sentence and of its modern translation agree?

Only what is certain is asked for: numerals of two characters and more (二十余万), and single ones before a unit (七丈).
Idioms (四海, 百姓) name no amount. What a word implies may stand on the modern side: 旬日 is ten days, 弱冠 twenty.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

from converters.reckoning.numerals import chinese_number

Fault = tuple[str, str]

_ONES = "一二三四五六七八九"
_NUMERAL = f"{_ONES}十百千万亿"
_UNIT = (
    "年月日岁载旬人户口家石斛斗升里丈尺寸步匹头钱贯斤两篇卷章州郡县城镇军营世代级等品座位次回条件种艘只员枚夜天昼刻"
    "道路队骑乘船舟间所倍成"
)
# Words that have a numeral in them and mean no amount, or are replaced as a whole (二千石 was a governor).
_AFTER = {
    "百": "姓官僚揆司辟工家战端计代谷草物度越般口戏里年世步王神灵骸",
    "千万": "古秋里金物机乘姓民邦国方岁世死全有事分众一家户夫钧寻人",
    "三": "公才光灵军司省族秦辅代老王皇正事尺",
    "四": "海方夷时季面周处邻境散起出野门",
    "五": "行经谷刑岳伦官湖色味音霸服等",
    "六": "合军师经艺宫亲畜飞龙律",
    "七": "庙政窍",
    "八": "方荒极音柄佾",
    "九": "州天重五泉族卿锡服鼎有域",
}
_WHOLE = "[亿兆]万|万亿|亿兆|千万|万万|千百|百千|再三|二千石|千石|二三|三两|三五|半百|十分|什一"
_IDIOM = re.compile(
    f"(?<![{_NUMERAL}\\d])(?:{_WHOLE}|{'|'.join(f'[{first}][{then}]' for first, then in _AFTER.items())})"
)
_NUMBER = re.compile(rf"\d[\d,]*(?:\.\d+)?[{_NUMERAL}]*|[{_NUMERAL}]+")
_AMOUNT = re.compile(rf"\d[\d,]*(?:\.\d+)?[{_NUMERAL}]*|[{_NUMERAL}]{{2,}}|[{_NUMERAL}](?=[{_UNIT}])")
_ABOUT = re.compile(f"(?<=[{_NUMERAL}\\d])[馀余多许数几来](?=[{_NUMERAL}{_UNIT}个])")
_JOINED = re.compile(f"(?<=[十百千])有(?=[{_NUMERAL}])|十分之")  # 十有二 is 十二
_SAME = str.maketrans({"两": "二", "俩": "二", "廿": "二十", "卅": "三十"})
# What a translator works out from a word.
_IMPLIED = {
    "旬": 10,
    "冠": 20,
    "而立": 30,
    "不惑": 40,
    "知命": 50,
    "古稀": 70,
    "朔": 1,
    "望": 15,
    "纪": 12,
    "正月": 1,
    "期": 1,
}
_SEASONS = {
    order + season: 3 * i + j for i, season in enumerate("春夏秋冬") for j, order in enumerate("孟仲季", start=1)
}


def fault(classical: str, modern: str) -> Fault | None:
    """The first number that one side states and the other does not have."""
    old, new = _plain(classical), _plain(modern)
    for number in _stated(old):
        if not _is_in(number, new):
            return "number_lost", f"{number} is not in: {modern}"
    for number in _stated(new):
        # two is what a list of two adds up to, and 明年 is 第二年
        if number != "二" and not _is_in(number, old) and _value(number) not in _implied(classical):
            return "number_from_nowhere", f"{number} is not in: {classical}"
    return None


def _plain(text: str) -> str:
    """Without what says "about" (二十余万, 20多万), and with one character for two."""
    return _ABOUT.sub("", _JOINED.sub("", text.translate(_SAME)))


def _stated(text: str) -> list[str]:
    # one is an article
    return [number for number in _AMOUNT.findall(_IDIOM.sub("·", text)) if number != "一"]


def _is_in(number: str, text: str) -> bool:
    others = _NUMBER.findall(text)
    if number in others:
        return True
    if _is_range(number):
        return all(digit in text for digit in number if digit in _ONES)
    return _value(number) in {_value(other) for other in others}


def _is_range(number: str) -> bool:
    """五六 and 七八十 say from where to where."""
    return any(one in _ONES and two in _ONES for one, two in pairwise(number))


def _value(number: str) -> Fraction:
    match = re.fullmatch(rf"(\d+(?:\.\d+)?)([{_NUMERAL}]*)", number.replace(",", ""))
    if not match:
        return chinese_number(number)
    return Fraction(match[1]) * (chinese_number("一" + match[2]) if match[2] else 1)


def _implied(classical: str) -> set[Fraction]:
    return {Fraction(number) for word, number in (_IMPLIED | _SEASONS).items() if word in classical}
