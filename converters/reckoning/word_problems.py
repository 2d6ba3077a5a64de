"""Can a worked word problem be trusted? Each check names one thing that goes wrong when a language model computes.

Only what can be decided without understanding the story: equations that do not hold, numbers from nowhere, a last
number that no step gave, whole things divided by feeling, words that contradict themselves. What passes is not proved
right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from converters.reckoning.arithmetic import wrong_equation
from converters.reckoning.equations import Side, chains
from converters.reckoning.numerals import given, named
from converters.reckoning.steps import (
    concluded,
    conclusion,
    divisions,
    is_rounding,
    numbers,
    one_step_from,
    results,
    shown,
)
from converters.reckoning.unknowns import solved_values, unsatisfied

_COUNTED = "个只颗支本人朵辆棵条张瓶盒杯袋件名位把根枚份次组头匹架台盆艘户桌箱包串株粒层种"
_ASKS_NUMBER = re.compile("几|多少|多[大高长远重久快]|求|计算|等于|是否|[=＝]")
_ASKS_TO_SHARE = re.compile(rf"(?:分|装|放|每|够|买).{{0,40}}(?:几|多少)\s*[{_COUNTED}块天]")
_SHARES_OUT = re.compile("平均|平分|均分|分给|分成|分配|分到|装|放进")
_ASKS_REST = re.compile("剩|还有|一共|共有|多几|少几")
_ASKS_AT_LEAST = re.compile("至少|最少|才能|需要|要用")
_PATCHED = re.compile(
    r"再(?:将|把|次|平均|分|切|得到|给|从|均)|拆开|拆成|切成|切割|加到|多分|逐一|全部分完|[≈约]|舍去|能整除|没有多余|不相等"
)
_DOUBT = re.compile(
    "不符合(?:题意|题目|实际|要求)|不合理|矛盾|显然不是正确|无解|假设.{0,20}不成立|不切实际|小数个|不可能"
)
_UNDECIDED = re.compile(
    "无法(?:确定|得出|计算|判断|得知|求)|题目(?:中)?(?:并?没有|未|有误|不完整|缺少)|条件不足|信息不足"
)
_SCHOOL = re.compile(
    "小学?[一二三四五六]年级|低年级|[一二三四五六]年级(?:的)?(?:学生|小学生|小朋友)|(?:让|引导|帮助)(?:小?学生|孩子)|小学生"
)
_BELOW_ZERO = re.compile("零下|温度|气温|℃|海拔|负|亏|欠|水位|地下|电梯|存款|透支|坐标|数轴|方程|[-－]\\s?\\d")
_RATE = re.compile("每(?:一)?(分钟|小时|秒|分)")
_CHANCE = re.compile("概率|可能性|几率")
_SEVERAL_EVENTS = re.compile(
    "至少|同时|先后|两次|再|不同|相同|都是|依次|分别|连续|[取摸抽拿摘中]出?了?其?中?[两二三23]"
)
_ARRANGED = re.compile(
    "(?:多少|几)种(?:不同|可能|方法|选择|组合|阵型|方式|情况|搭配|走法|排法|排列|颜色的)|(?<!顺序)(?<!大小)(?<!依次)排列(?!的?顺序)|组合(?:方式|情况)|用[^，。]{0,8}\\d[^，。]{0,12}(?:得到|生成|凑|组成)"
)
_CUT_SHAPES = re.compile("[拼剪切折].{0,15}(?:三角|正方|长方|矩|圆|菱|多边)形?")
_LIMBS = re.compile("脚|腿|蹄|轮|翅膀|耳朵")
_DRAWN = re.compile(r"^[\s\d+\-*/|_=—－｜\\^OXＯ○●.、()<>]*$")
LEAST_DRAWN = 3  # lines without a word: a column sum or a picture, which models get wrong


def fault(problem: str, solution: str) -> tuple[str, str] | None:
    """(reason, detail) of the first thing that is wrong with a solution."""
    for reason, finds in _CHECKS:
        detail = finds(problem, solution)
        if detail:
            return reason, detail
    return None


def _wrong(problem: str, solution: str) -> str:
    return wrong_equation(solution) or unsatisfied(solution)


def _leaked_prompt(problem: str, solution: str) -> str:
    """Words about pupils that the problem never mentions: they answer the prompt that made the problem."""
    found = _SCHOOL.search(solution)
    return found[0] if found and "学生" not in problem and "年级" not in problem else ""


def _drawn(problem: str, solution: str) -> str:
    lines = [line for line in solution.split("\n") if line.strip() and _DRAWN.match(line) and "=" not in line]
    return lines[0].strip() if len(lines) >= LEAST_DRAWN else ""


def _doubtful(problem: str, solution: str) -> str:
    found = _DOUBT.search(solution) or (_ASKS_NUMBER.search(problem) and _UNDECIDED.search(solution))
    return found[0] if found else ""


def _below_zero(problem: str, solution: str) -> str:
    """-20 元 of change: the story does not add up."""
    if _BELOW_ZERO.search(problem):
        return ""
    return next((chain.text for chain in chains(solution) for side in numbers(chain) if side.value.constant < 0), "")


def _other_rate(problem: str, solution: str) -> str:
    """Asked for metres a minute, answered in metres a second."""
    asked = _RATE.search(problem)
    units = [unit for chain in chains(solution) for side in numbers(chain)[-1:] for unit in side.units if "/" in unit]
    if not asked or not units or any(asked[1].removesuffix("钟") in unit.rpartition("/")[2] for unit in units):
        return ""
    return f"{asked[0]}: {units[-1]}"


def _beyond_checking(problem: str, solution: str) -> str:
    """Several events, arrangements, cut shapes: right equations prove nothing there, and models mostly fail."""
    found = _CHANCE.search(problem) and _SEVERAL_EVENTS.search(problem)
    found = found or _ARRANGED.search(problem) or _CUT_SHAPES.search(problem)
    return found[0] if found else ""


def _uneven_share(problem: str, solution: str) -> str:
    """Whole things that do not go round, and a solution that divides the rest by feeling."""
    written = _written_or_set(problem, solution) if _ASKS_TO_SHARE.search(problem) else []
    uneven = [(whole, part) for whole, part in written if whole % part]
    if not uneven:
        return ""
    if len(set(written)) > 1:
        return "divided twice: " + ", ".join(f"{shown(whole)} / {shown(part)}" for whole, part in written)
    whole, part = uneven[0]
    patched = _PATCHED.search(solution)
    expected = -(-whole // part) if _ASKS_AT_LEAST.search(problem) else whole // part
    if not patched and {Fraction(expected), whole / part, whole % part} & concluded(solution):
        return ""
    return f"{shown(whole)} / {shown(part)}, {patched[0] if patched else 'and another number in the end'}"


def _written_or_set(problem: str, solution: str) -> list[tuple[Fraction, Fraction]]:
    """The divisions of whole numbers: as the solution writes them, or as a problem of two numbers sets one."""
    written = [(side.numbers[0], side.numbers[1]) for side in divisions(solution)]
    stated = [number for number in named(problem) if number != 1]
    sets_one = _SHARES_OUT.search(problem) and not _ASKS_REST.search(problem) and len(stated) == 2
    if not written and sets_one and all(number.denominator == 1 for number in stated):
        written = [(max(stated), min(stated))]
    return [(whole, part) for whole, part in written if part]


def _broken_count(problem: str, solution: str) -> str:
    """0.7 个, 1.5 只: what is counted comes whole."""
    for match in re.finditer(rf"(?<![\d.])(\d+\.\d+)\s*[{_COUNTED}](?![分体])", conclusion(solution)):
        if not float(match[1]).is_integer() and match[1] not in problem:
            return match[0]
    return ""


def _number_from_nowhere(problem: str, solution: str) -> str:
    """An operand that neither the problem, nor an earlier step, nor one step from the problem gives."""
    known = set(given(problem)) | solved_values(solution) | {number**2 for number in named(problem)}
    known |= {number for line in solution.split("\n") if "假设" in line for number in named(line)}
    found = _unknown_operand(solution, known)
    if not found or _LIMBS.search(problem):
        return found
    return _unknown_operand(solution, known | one_step_from(named(problem)))


def _unknown_operand(solution: str, known: set[Fraction]) -> str:
    for chain in chains(solution):
        for place, side in enumerate(chain.sides):
            if side is None or (place and chain.sides[place - 1] is not None):
                continue  # what equals a side that was read follows from it
            for number in side.numbers if side.operators else ():
                if number not in known and not any(is_rounding(number, other) for other in known):
                    return f"{shown(number)} in {chain.text}"
        known = known | _won([side for side in chain.sides if side is not None])
    return ""


def _won(sides: Sequence[Side]) -> set[Fraction]:
    """What a chain adds to the known numbers: values of what it computed, sums of constants and of factors."""
    found: set[Fraction] = set()
    if any(side.operators for side in sides):
        for side in sides:
            parts = [side.value.constant, *side.value.factors.values()]
            found |= {abs(part) for part in parts} | {Fraction(part.numerator) for part in parts}
            found |= {Fraction(part.denominator) for part in parts}
            found |= {side.remainder} if side.remainder is not None else set()
    return found


_FIGURE = re.compile("[0-9]+(?:\\.[0-9]+)?")


# no sum, difference, product or quotient of the numbers gives these
_BEYOND_STEPS = re.compile("标准(?:偏)?差|方差|平方根|立方根|对数|正弦|余弦|正切|概率")


def _other_result(problem: str, solution: str) -> str:
    """The last sentence has no number that a step gave or that one step from the problem gives."""
    last = concluded(solution)
    if not last or not _ASKS_NUMBER.search(problem) or _BEYOND_STEPS.search(problem):
        return ""
    reached = results(solution)
    if _any_of(last, reached):
        return ""
    stated = named(problem)
    reached |= one_step_from(stated) | {abs(result - number) for result in reached for number in stated}
    figures = [Fraction(figure) for figure in _FIGURE.findall(problem)] if "平均" in problem else []
    if figures:
        reached.add(sum(figures, Fraction(0)) / len(figures))
    return "" if _any_of(last, reached) else ", ".join(map(shown, sorted(last)))


def _any_of(numbers: set[Fraction], reached: set[Fraction]) -> bool:
    return not numbers.isdisjoint(reached) or any(
        is_rounding(number, result) for number in numbers for result in reached
    )


_CHECKS = (
    ("wrong_arithmetic", _wrong),
    ("leaked_prompt", _leaked_prompt),
    ("drawn_calculation", _drawn),
    ("doubtful_solution", _doubtful),
    ("impossible_problem", _below_zero),
    ("other_unit", _other_rate),
    ("unverifiable_problem", _beyond_checking),
    ("uneven_share", _uneven_share),
    ("broken_count", _broken_count),
    ("number_from_nowhere", _number_from_nowhere),
    ("other_result", _other_result),
)
