"""Do the days, months and years of a classical sentence and of its modern translation agree?

Annals name a day by its place in the cycle of sixty (甲子). Which day of the month that was cannot be known without a
calendar of that year: a translation that says 初五 instead has it from elsewhere. 朔 (the first), 望 (the fifteenth)
and 孟春 (the first month) can be known.
"""

from __future__ import annotations

import re

Fault = tuple[str, str]

_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
CYCLE = frozenset(_STEMS[place % 10] + _BRANCHES[place % 12] for place in range(60))
_PAIR = re.compile(f"[{_STEMS}][{_BRANCHES}]")

_DIGITS = "一二三四五六七八九十"
_FIRST_TEN = re.compile(f"初(?:[{_DIGITS}]|\\d{{1,2}})(?![年岁次])")
_DAY = re.compile(f"(?:[廿卅{_DIGITS}]{{1,3}}|\\d{{1,2}})[日号](?![夜子后内间之前以])")
_MONTH = re.compile(f"(?:[{_DIGITS}]{{1,2}}|\\d{{1,2}}|正|腊)月(?![份]?[之以]?[后前内])")
_YEAR = re.compile("公元前?[\\s\\d一二三四五六七八九〇零]+年?|\\d{3,4}年")
# 开元十七年, 贞观初年: the two characters before the number are the name of a reign
_REIGN = re.compile(f"(\\w\\w)(?:元年|[{_DIGITS}]{{1,3}}年|初年|末年|年间)")
_WRITTEN = {str(number): text for number, text in enumerate(_DIGITS, start=1)} | {"11": "十一", "12": "十二"}
_SEASONS = {
    order + season: _WRITTEN[str(3 * i + j)]
    for i, season in enumerate("春夏秋冬")
    for j, order in enumerate("孟仲季", start=1)
}


def fault(classical: str, modern: str) -> Fault | None:
    """What the modern side says of a date and the classical side does not, or the other way round."""
    return (
        _day_of_month(classical, modern)
        or _year(classical, modern)
        or _cycle(classical, modern)
        or _months(classical, modern)
    )


def cycle_days(text: str) -> frozenset[str]:
    return CYCLE.intersection(_PAIR.findall(text))


def _day_of_month(classical: str, modern: str) -> Fault | None:
    for match in (*_FIRST_TEN.finditer(modern), *_DAY.finditer(modern)):
        if not _is_known(match[0].rstrip("日号"), classical):
            return "day_from_nowhere", f"{match[0]} is not in: {classical}"
    return None


def _is_known(day: str, classical: str) -> bool:
    number = day.removeprefix("初")
    number = _WRITTEN.get(number, number)
    if number == "一":
        return "朔" in classical or "一日" in classical or "元日" in classical or not day.startswith("初")
    if number == "十五" and "望" in classical:
        return True
    # 七日 is seven days as often as the seventh: without a day of the cycle it is enough that the number stands there
    return f"{number}日" in classical or (number in classical and not cycle_days(classical))


def _year(classical: str, modern: str) -> Fault | None:
    match = _YEAR.search(modern)
    return ("year_from_nowhere", match[0]) if match and match[0] not in classical else None


def reigns(modern: str) -> list[str]:
    """What may be the names of reigns in a modern text: 开元 of 开元十七年."""
    return _REIGN.findall(modern)


def _cycle(classical: str, modern: str) -> Fault | None:
    old, new = cycle_days(classical), cycle_days(modern)
    if old - new:
        return "cycle_day_lost", "、".join(sorted(old - new))
    return ("cycle_day_from_nowhere", "、".join(sorted(new - old))) if new - old else None


def _months(classical: str, modern: str) -> Fault | None:
    known = {_plain(month) for month in _MONTH.findall(classical)}
    known |= {_SEASONS[word] for word in _SEASONS if word in classical}
    for month in map(_plain, _MONTH.findall(modern)):
        # 三月 is three months as well
        if month not in known and month not in classical:
            return "month_from_nowhere", f"{month}月 is not in: {classical}"
    return None


def _plain(month: str) -> str:
    month = month.removesuffix("月")
    return {"正": "一", "腊": "十二"}.get(month, _WRITTEN.get(month, month))
