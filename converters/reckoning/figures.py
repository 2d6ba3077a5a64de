"""Is a figure right that was asked for by name: a mean, a factorial, degrees in the other scale, a common divisor?

Only where the request holds the numbers and the answer is short enough to say which one it means.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Callable, Sequence

LONGEST_ANSWER = 120  # characters; in a longer one any number may stand for anything
_LIST = re.compile(r"(?:-?\d+(?:\.\d+)?\s*[,，、]\s*(?:和)?){2,}-?\d+(?:\.\d+)?")
_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?")

_OF_A_LIST: tuple[tuple[re.Pattern[str], tuple[Callable[[Sequence[float]], float], ...]], ...] = (
    (re.compile("平均(?:值|数|分)|均值"), (statistics.fmean,)),
    (re.compile("中位数"), (statistics.median,)),
    (re.compile("标准(?:偏)?差"), (statistics.pstdev, statistics.stdev)),
    (re.compile("方差"), (statistics.pvariance, statistics.variance)),
    (re.compile("最大(?:值|的?数)"), (max,)),
    (re.compile("最小(?:值|的?数)(?!公)"), (min,)),
    (re.compile("总和|之和|求和"), (math.fsum,)),
    (re.compile("乘积|相乘"), (math.prod,)),
)
_TO_CELSIUS = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:华氏度|°F|℉|度?华氏)[^。？]*(?:摄氏|°C|℃)")
_TO_FAHRENHEIT = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:摄氏度|°C|℃|度?摄氏)[^。？]*(?:华氏|°F|℉)")
_FACTORIAL = re.compile(r"(\d{1,2})\s*的阶乘")
SIGNS = (
    re.compile(
        "公[约因]数|公倍数|均值|平均|中位数|标准|方差|最[大小](?:值|的?数)|总和|之和|求和|乘积|相乘|阶乘|华氏|摄氏|[°℃℉]"
    ),
)
_SEVERAL = re.compile("中位数.*平均|平均.*中位数|最大.*最小|最小.*最大|每个?|分别|以及")


def wrong_figure(request: str, answer: str) -> str:
    """What the figure should be, if the answer does not have it; "" if it has, or if nothing can be computed."""
    shared = _wrong_divisor(request, answer)
    if shared:
        return shared
    expected = _expected(request) if len(answer) <= LONGEST_ANSWER else ()
    said = [float(match.replace(",", "")) for match in _NUMBER.findall(answer)]
    if not expected or not said or any(_close(number, value) for number in said for value in expected):
        return ""
    return " or ".join(f"{value:.6g}" for value in expected)


_DIVISOR = re.compile("最大公[约因]数[^0-9。\n]{0,16}?(?:是|为|[=＝：:])\\s*(\\d+)")
_MULTIPLE = re.compile("最小公倍数[^0-9。\n]{0,16}?(?:是|为|[=＝：:])\\s*(\\d+)(?!\\s*[×xX*÷/])")
_LABEL = re.compile("(?:数值?|数字|整数|第)\\s*\\d+\\s*(?:个数)?\\s*[：:]|^\\s*\\d[.、)]\\s", re.MULTILINE)  # 数值1：64
MOST_SHARING = 4  # numbers; among more of them some are no terms


def _wrong_divisor(request: str, answer: str) -> str:
    """The greatest common divisor or the least common multiple, if the answer, however long, names another."""
    numbers = [int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.])", _LABEL.sub("", request))]
    if "公" not in request or not 2 <= len(numbers) <= MOST_SHARING or 0 in numbers:
        return ""
    for said, right in ((_DIVISOR, math.gcd(*numbers)), (_MULTIPLE, math.lcm(*numbers))):
        named = said.findall(answer)
        if named and int(named[-1]) != right:
            return str(right)
    return ""


def _expected(request: str) -> tuple[float, ...]:
    for pattern, convert in ((_TO_CELSIUS, _celsius), (_TO_FAHRENHEIT, _fahrenheit)):
        found = pattern.search(request)
        if found:
            return (convert(float(found[1])),)
    found = _FACTORIAL.search(request)
    if found:
        return (float(math.factorial(int(found[1]))),)
    lists = [match[0] for match in _LIST.finditer(request)]
    if len(lists) != 1 or _SEVERAL.search(request):
        return ()
    numbers = [float(number) for number in _NUMBER.findall(re.sub("[,，、]", " ", lists[0]))]
    wanted = next((figures for pattern, figures in _OF_A_LIST if pattern.search(request)), ())
    return tuple(figure(numbers) for figure in wanted)


def _celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) / 1.8


def _fahrenheit(celsius: float) -> float:
    return celsius * 1.8 + 32


def _close(said: float, value: float) -> bool:
    """Rounded as far as is usual."""
    return abs(said - value) <= max(0.006 * abs(value), 0.06)
