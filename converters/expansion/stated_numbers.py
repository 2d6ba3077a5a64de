"""Which numbers and dates does a text state, each with what it counts, and does another text have them?

Asked for is what is certain: numbers in digits, Chinese ones of two characters and more, single ones before a unit.
What the other text offers is all that may be a number. Units are not converted: three kilometres are not 3,000 metres.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from fractions import Fraction
from itertools import combinations, pairwise
from typing import NamedTuple

from converters.reckoning.arithmetic import holds, is_rounded
from converters.reckoning.equations import chains
from converters.reckoning.numerals import ALWAYS, chinese_number

Number = Fraction | int


class Stated(NamedTuple):
    """`unit` is "" where the number counts things (人, 座, 名) or stands alone; `written` is for the reader."""

    value: Number
    unit: str
    written: str
    is_certain: bool
    about: str = ""
    is_span: bool = False


class Offered(NamedTuple):
    """All that a text may mean as a number, with its units; `counts` are those that may count things: no 3月."""

    counts: Set[Number]
    with_units: Set[tuple[Number, str]]
    years: Set[Number]


# ---- how numbers are written (width and case folded)

# bounded: no number of more digits was meant, and Python refuses to read one of 4,300
_FIGURE = r"\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,30})?|\d{1,30}(?:\.\d{1,30})?"
_NUMERAL = "〇零一二两三四五六七八九十百千万亿"
_HAN = f"[{_NUMERAL}]{{1,30}}(?:点[〇零一二三四五六七八九]{{1,30}})?"
_NUMBER = re.compile(
    rf"(?=[\d{_NUMERAL}])(?:百分之(?P<hundredths>{_FIGURE}|{_HAN})"
    rf"|(?P<below>\d{{1,30}}|[{_NUMERAL}]{{1,30}})分之(?P<above>\d{{1,30}}|[{_NUMERAL}]{{1,30}})"
    r"|(?P<over>\d{1,30})/(?P<under>\d{1,30})(?![\d/])"
    rf"|(?P<figure>{_FIGURE})[ ]?(?P<scale>[十百千]?[万亿]+|百|千(?![米克瓦卡]))?"
    rf"|(?P<han>{_HAN}))"
)
# a unit has one name here, however it is written; a line for each
_UNITS = {
    name: names.split()[0]
    for names in """
平方公里 平方千米 km2
平方米 平米 m2
立方米 m3
公里 千米 km
海里
英里
英尺
厘米 公分 cm
毫米 mm
米 公尺 m
公顷
亩
公斤 千克 kg
毫克 mg
吨
克 g
毫升 ml
升
℃ 摄氏度 °c
美元
欧元
英镑
日元
港元 港币
元 人民币
世纪
年代
年 周年
个月
月 月份
小时 个小时 钟头 个钟头
分钟
日 号 天
岁 周岁
% %
""".strip().splitlines()
    for name in names.split()
}
_UNIT = re.compile(rf"[多余来几]?[ ]?({'|'.join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))})")
# a number with what it counts, which is no word of the subject
COUNTED = re.compile(
    rf"[\d{_NUMERAL}][\d{_NUMERAL}.,点/%]*[多余来几]?(?:{_UNIT.pattern}|[个名位只头匹座条次种项岁件]?人?)"
)
_WITHIN = re.compile(f"[多余几](?<=[{_NUMERAL}\\d][多余几])(?=[十百千万亿])")
_ANY = re.compile(f"[{_NUMERAL}○\\d]")  # 三千八百多 and 二十余万
# about so many: rounded as far as it is written, up, or down
_ABOUT = re.compile("(?P<around>约|大约|大概|接近)[ ]?$|(?P<above>超过|逾|至少)[ ]?$|(?P<below>近|不足|不到|最多)[ ]?$")
_MORE = re.compile("(?P<above>[多余来几]|以上)|(?P<around>左右|上下)")
_SPAN = re.compile(
    "(?:历时|相隔|间隔|享年|终年|时年|年仅|前后|共|持续|长达|历经|过了?|之后|相差|相距|晚|早)[^。,]{0,3}$"
)
# words that are written with numerals, and approximations
_WORDS = re.compile(
    f"(?<![{_NUMERAL}\\d])(?:千万|万万|千百|百千|亿万|万千|千千万万|一一|三三两两|三两|三五|万一|五一|一千零一夜)(?![{_NUMERAL}\\d])"
    "|再三|十分(?!之)|百分之百|三番五次|万无一失|接二连三"
)
# what only tells points apart
_POINT = re.compile(r"^\s*(?:\(\d+\)|\d{1,2}[.、)](?!\d)|[一二三四五六七八九十]{1,3}、)", re.MULTILINE)
_ORDINAL = re.compile("第[一二三四五六七八九十](?=[,:是、])")
_COUNTS = re.compile("[个种名位座人次届条部件项艘辆所支队倍只头匹首篇卷章幅张块级]")
_BETWEEN = re.compile("[、;和与及,]")
_ONES = frozenset("一二两三四五六七八九")
_SEVERAL = ("几", "数", "上", "成")  # 几十年
_CLASSIFIER = re.compile("[个种项条点类件步人位名]|方面|部分|阶段|层|大")
MOST_OF_DATES = 31  # a day of the month; such numbers are everywhere, and 3月 says nothing of 三个人
MOST_LISTED = 10
_EQUALS = ("=", "≈", "等于")
LEAST_ROUNDED = 10


def stated(text: str) -> list[Stated]:
    """Every number of a text; who asks for the certain ones looks at `is_certain`."""
    if not _ANY.search(text):
        return []
    text = _WITHIN.sub("", text.replace("○", "〇"))
    text = _POINT.sub(" ", _ORDINAL.sub(" ", text) if "第" in text else text)
    idioms = frozenset(place for match in _WORDS.finditer(text) for place in range(*match.span()))
    return [_stated(text, match, idioms) for match in _NUMBER.finditer(text) if not _is_in_name(text, match)]


def _is_in_name(text: str, match: re.Match[str]) -> bool:
    """F-16, B2B, COVID-19: names, which are looked for as words."""
    start, end = match.span()
    before, after = text[max(start - 2, 0) : start].rstrip("-")[-1:], text[end : end + 1]
    if before.isascii() and before.isalpha():
        return True
    return after.isascii() and after.isalpha() and _UNIT.match(text, end) is None


def _stated(text: str, match: re.Match[str], idioms: frozenset[int]) -> Stated:
    value, unit = _value(match)
    end = match.end()
    if not unit and (found := _UNIT.match(text, end)):
        unit, end = _UNITS[found[1]], found.end()
    before = text[max(match.start() - 8, 0) : match.start()]
    rounded = _ABOUT.search(before) or _MORE.match(text, match.end())
    about = rounded.lastgroup or "" if rounded else ""
    counts = bool(unit) or before.endswith("第") or _COUNTS.match(text, end) is not None
    vague = before[-1:] in _SEVERAL or not idioms.isdisjoint(range(*match.span()))
    certain = not vague and _is_certain(match, unit, counts)
    if certain and not unit and value <= MOST_LISTED and _CLASSIFIER.match(text, end):
        certain = not _is_listed(text, end, value)
    span = unit in ("年", "岁") and value < 200 and _SPAN.search(before) is not None
    return Stated(value, unit, text[match.start() : end], certain, about, span)


def _value(match: re.Match[str]) -> tuple[Number, str]:
    if match["hundredths"]:
        return _read(match["hundredths"]), "%"
    if match["below"]:
        below = _read(match["below"])
        return _plain(Fraction(_read(match["above"])) / below if below else Fraction(0)), "分之"
    if match["over"]:
        return _plain(Fraction(int(match["over"]), int(match["under"]) or 1)), "分之"
    if match["han"]:
        return _read(match["han"]), ""
    value = _read(match["figure"])
    return (value * _plain(chinese_number("一" + match["scale"])) if match["scale"] else value), ""


def _read(written: str) -> Number:
    if written.isdecimal() and written.isascii():
        return int(written)
    if written[0] in "0123456789":
        return _plain(Fraction(written.replace(",", "")))
    whole, point, decimals = written.partition("点")
    if not point:
        return _plain(chinese_number(whole))
    return _plain(Fraction(f"{chinese_number(whole)}.{''.join(str(chinese_number(digit)) for digit in decimals)}"))


def _plain(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def _is_certain(match: re.Match[str], unit: str, counts: bool) -> bool:
    """一 is an article, 两 what a list of two adds up to, 百 and 万 are many; 五六 says from where to where."""
    han = match["han"]
    if not han:
        return True
    if len(han) == 1:
        if han in "一二两":
            return unit in ("月", "日") or (han != "一" and bool(unit))
        return counts and han not in "百千万亿〇零"
    return (len(han) == 4 and not set(han) & set("十百千万亿")) or not any(map(_ONES.issuperset, pairwise(han)))


def _is_listed(text: str, place: int, value: Number) -> bool:
    """有三种：甲、乙和丙, or 甲、乙和丙三人: the sentence itself shows how many there are; or the lines below it do."""
    begin = max(text.rfind("。", 0, place), text.rfind("\n", 0, place)) + 1
    ends = [end for mark in "。\n" if (end := text.find(mark, place)) >= 0]
    sentence = text[begin : min(ends, default=len(text))]
    return len(_BETWEEN.findall(sentence)) + 1 >= value or text.count("\n", place) >= value


# ---- what a text offers to another


def offered(numbers: Iterable[Stated]) -> Offered:
    with_units = {(number.value, number.unit) for number in numbers}
    counts = {value for value, unit in with_units if not unit or value > MOST_OF_DATES}
    years = {value for value, unit in with_units if unit in ("年", "") and 500 <= value < 2200}
    centuries = {value for value, unit in with_units if unit == "世纪"}
    decades = {value for value, unit in with_units if unit == "年代"}
    with_units |= {
        ((century - 1) * 100 + decade, "年代") for century in centuries for decade in decades if decade < 100
    }
    return Offered(counts, with_units, years)


def is_offered(number: Stated, others: Offered) -> bool:
    """In the same unit, or in a place that names none; a decade or a century also by a year that lies in it."""
    value, unit = number.value, number.unit
    if (value, unit) in others.with_units or (value, "") in others.with_units:
        return True
    if not unit:
        return value in others.counts or _is_rounded(number, others.counts)
    if unit != "年" and _is_rounded(number, _with_unit(unit, others)):
        return True
    return any(_lies_in(year, value, unit) for year in others.years) or (
        number.is_span and _is_difference(value, unit, others.years)
    )


def _with_unit(unit: str, others: Offered) -> Set[Number]:
    return {other for other, its in others.with_units if its == unit}


def _is_rounded(number: Stated, others: Set[Number]) -> bool:
    """约30万 for 298,000, but not 约210 for 201: off by less than one, or by half, of the last digit that is not 0."""
    if not number.about or number.value < LEAST_ROUNDED:
        return False
    digits = str(int(number.value))
    step = 10 ** (len(digits) - len(digits.rstrip("0")))
    low, high = {"around": (-step / 2, step / 2), "above": (0, step), "below": (-step, 0)}[number.about]
    return any(low <= other - number.value <= high for other in others)


def _lies_in(year: Number, value: Number, unit: str) -> bool:
    if unit == "世纪":
        return (year - 1) // 100 + 1 == value
    if unit == "年代":
        return value in (year // 10 * 10, year // 10 * 10 % 100)
    return unit == "年" and year >= 1900 and value == year % 100 and value > 9


def _is_difference(value: Number, unit: str, years: Set[Number]) -> bool:
    """从1937年到1945年，历时八年. Of an age the birthday decides."""
    gaps = {abs(one - other) for one, other in combinations(years, 2)}
    return value in gaps or (unit == "岁" and value + 1 in gaps)


def computed(text: str, *others: Offered) -> Set[Number]:
    """Results of the equations in a text that hold and start from what the others offer: 1945-1937=8."""
    results: set[Number] = set()
    if not any(mark in text for mark in _EQUALS):
        return results
    known = {value for other in others for value, _ in other.with_units}
    for chain in chains(text):
        for left, right, about in chain.pairs:
            is_known = all(number in known | results or number in ALWAYS for number in left.numbers)
            if is_known and right.value.is_number and holds(left, right, about or is_rounded(chain)):
                results.update(right.numbers)
    return results
