"""Are the names of a classical sentence those of its modern translation? Lost, changed, and brought in from elsewhere.

Knows no names but surnames, dynasties and the endings of temple names. What stays in nearly every translation
(`converters.classics.glosses.stays`) and what is rare is taken for a part of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from converters.classics import sexagenary
from converters.classics.glosses import (
    EVERYDAY,
    FUNCTION,
    glosses,
    is_encodable,
    is_met,
    is_rare,
    is_word,
    mostly_stays,
    stays,
    strangers,
    unrendered,
)
from converters.text import HAN

Fault = tuple[str, str]

LONGEST_LOST = 3  # characters in a row that should have stayed: 神圣文孝皇帝 is no more there

# Surnames and dynasties that are no common words.
SURNAMES = frozenset(
    "李刘陈杨赵周吴徐孙朱胡郭罗郑梁谢宋唐许韩冯邓曹彭曾萧蔡潘袁董苏吕魏蒋杜沈姜范傅卢汪戴崔陆廖姚谭邹贾韦侯邵孟秦薛阎"
    "贺顾郝龚邱孔汤尹黎庞樊殷裴柳桓庾甄窦褚霍狄娄王张晋汉隋楚鲁燕蜀辽宗祖鲍元玄岑苟"
)
_RULER = re.compile(
    "[高太世中显肃代德顺宪穆敬文武宣懿僖昭哀仁英神哲徽钦孝光宁理度睿玄圣成庄][祖宗]|则天|[武窦吕韦]后|隋[文炀]帝|[汉魏][文武]帝"
    "|太后|太子|皇后|公主|可汗|单于"
)
# Offices are kept as they are: a 侍郎 does not become a 令.
_OFFICE = re.compile(
    "侍郎|侍中|尚书|刺史|太守|将军|御史|舍人|仆射|节度|都督|司徒|司空|太尉|太傅|太保|丞相|中丞|常侍|黄门|长史|司马|参军|主簿"
)
_RUN = re.compile(f"[{HAN}]+")
_ANY_HAN = re.compile(f"[{HAN}]")
# What may follow a character of a name without being part of it.
_AFTER = frozenset("的之地和与及等被将了是为在也都就又却则所说以而从向到")


def fault(classical: str, modern: str, known: str) -> Fault | None:
    return _from_nowhere(classical, modern, known) or _lost(classical, modern) or _changed(classical, modern)


def _from_nowhere(classical: str, modern: str, known: str) -> Fault | None:
    for ruler in (*_RULER.findall(modern), *sexagenary.reigns(modern)):
        if ruler not in classical and ruler not in known and not _is_plain(ruler, classical):
            return "name_from_nowhere", ruler
    names = "".join(character for character in strangers(classical, modern, known) if character in SURNAMES)
    return ("name_from_nowhere", names) if names else None


def _is_plain(name: str, classical: str) -> bool:
    """Two characters before a number of years that are no name of a reign: 过了三年, 天宝 of 天宝中."""
    return all(character in classical or character in EVERYDAY for character in name) and not _RULER.fullmatch(name)


# ---- lost


def _lost(classical: str, modern: str) -> Fault | None:
    """A rare character, two that stay in nine translations of ten, or several in a row that mostly do."""
    lost = unrendered(classical, modern)
    rare = [c for c in lost if is_rare(c) and (stays(c) or _is_dropped(c, classical, modern))]
    rare += [c for c in lost if not is_encodable(c) and not glosses(c)]
    fixed = [c for c in lost if stays(c)]
    offices = [office for office in _OFFICE.findall(classical) if office not in modern]
    gone = rare or (fixed if len(fixed) > 1 else []) or _row(classical, lost) or offices
    return ("name_lost", f"{''.join(gone)} is not in: {modern}") if gone else None


def _is_dropped(character: str, classical: str, modern: str) -> bool:
    """Of 王玙 only 王 is left: many modern sides lack what GB 2312 lacks. A rare verb goes with its neighbours."""
    if is_met(character) and is_encodable(character):
        return False
    for left, right in re.findall(f"(.?){character}(?=(.?))", classical):
        neighbours = [left] if is_encodable(character) else [left, right]
        if any(_ANY_HAN.match(other) and other in modern and not _may_go(other) for other in neighbours):
            return True
    return False


def _row(classical: str, lost: list[str]) -> list[str]:
    gone: list[str] = []
    for character in classical:
        gone = [*gone, character] if character in lost and mostly_stays(character) else []
        if len(gone) == LONGEST_LOST:
            return gone
    return []


# ---- changed


def _changed(classical: str, modern: str) -> Fault | None:
    """周文育 that has become 周文言: another character between the same two; 天宝逃 that has become 天实逃."""
    lost = [c for c in unrendered(classical, modern) if mostly_stays(c) or is_rare(c)]
    new = set(_threes(modern))
    for three in _threes(classical) if lost else ():
        for other in new if three[1] in lost else ():
            if (other[0], other[2]) == (three[0], three[2]) and other[1] not in _AFTER:
                return "name_changed", f"{three} is {other}"
    return _second_half(classical, modern, [c for c in lost if stays(c)])


def _second_half(classical: str, modern: str, lost: list[str]) -> Fault | None:
    for character in lost:
        for first in re.findall(f"([{HAN}]){character}", classical):
            followers = re.findall(f"{first}([{HAN}])", modern)
            if _may_go(first) or not followers:
                continue
            if not any(other in _AFTER or is_word(first + other) or other in glosses(first) for other in followers):
                return "name_changed", f"{first}{character} is {first}{followers[0]}"
    return None


def _may_go(character: str) -> bool:
    return character in FUNCTION or character in EVERYDAY


def _threes(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        yield from (run[i : i + 3] for i in range(len(run) - 2))
