"""Does each clause of a translation render the clause in its place, in the usual words, and nothing else?

`completeness` asks this of whole sentences and leaves room for a clause that stands elsewhere, for a rare gloss and
for words of everyday that add something. A pair that needs that room is still a model of classical prose, but its
modern side is no model of a translation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from converters.classics.completeness import FREE, NOUNS, PLACES, brought_in, left_out, neighbourhoods
from converters.classics.glosses import EVERYDAY, explained, is_rare, is_word, stays, usual
from converters.classics.namesakes import SURNAMES
from converters.text import HAN

Fault = tuple[str, str]

_RUN = re.compile(f"[{HAN}]+")
_CLAUSE = re.compile("[，。；？！：]+")
_SIDES = "东西南北左右"
_NO_SIDES = re.compile("东西|左右")
_WIDE = frozenset(NOUNS | PLACES)
# Words of everyday that are surnames as well: 高肇 for 肇, 毕众敬 for 众敬.
_SURNAMES_TOO = frozenset("高毕万安白")
_DYNASTY = re.compile("([唐宋明汉魏晋隋元金辽齐梁陈周])[^，。的][祖宗帝王公]")
_LISTED = re.compile(f"([{HAN}])、(?=([{HAN}]))")
_OF_KIN = re.compile(f"(?:父亲|母亲|[祖叔伯]父|儿子|弟弟|哥哥|兄长|妻子|女儿)([{HAN}])")
_YEAR = re.compile("[元一二三四五六七八九十]+年")
# What may stand before a year without being the end of a reign's name.
_BEFORE_A_YEAR = frozenset("在了到是从至于自为这以即经过又有的后前共凡满历近约第日样达任位年做二三四五六七八九十")
_DENIALS = re.compile("[不未无莫勿弗毋非没别否]")
_NO_DENIALS = re.compile("不久|不如|不若|不过|无论|不但|不仅|未几|非常|别[驾人的]|是非|无非")
_THINKS = re.compile("以为|认为")
_THOUGHT = re.compile("以为|以[^，。]{1,8}为|[谓议言云曰意思疑论然]")
_JOINED = re.compile("[和与及但]|而(?!且)")
_JOINS = re.compile("[及与且然但和]")


def fault(classical: str, modern: str) -> Fault | None:
    if not _is_rendered_in_place(_clauses(classical), _clauses(modern)):
        return FREE, f"not clause by clause: {modern}"
    return (
        _other_counts(classical, modern)
        or _noun_added(classical, modern)
        or _name_added(classical, modern)
        or _thought_or_joined(classical, modern)
    )


def _clauses(text: str) -> list[str]:
    return ["".join(_RUN.findall(clause)) for clause in _CLAUSE.split(text) if _RUN.search(clause)]


def _is_rendered_in_place(old: Sequence[str], new: Sequence[str]) -> bool:
    """Two clauses may have become one, and none may have become two: what was made up stands there."""
    if len(old) == len(new):
        return all(map(_renders, old, new))
    if len(old) != len(new) + 1:
        return False
    joined = ([*old[:at], old[at] + old[at + 1], *old[at + 2 :]] for at in range(len(new)))
    return any(all(map(_renders, clauses, new)) for clauses in joined)


def _renders(old: str, new: str) -> bool:
    return not left_out(old, new, usual) and not brought_in(old, new, "", usual)


def _other_counts(classical: str, modern: str) -> Fault | None:
    """As many sides (of 东北 and 北 one 北 is gone; a hand is no left hand) and denials (无…无 is no 没有…是)."""
    sides = [Counter(c for c in _NO_SIDES.sub("", text) if c in _SIDES) for text in (classical, modern)]
    if sides[0] != sides[1]:
        return FREE, f"sides: {modern}"
    for first, second in _LISTED.findall(modern):
        if f"、{first}{second}" in classical:  # 龙、神卫 is no 龙、神、卫
            return FREE, f"{first}{second} divided in: {modern}"
    denials = [len(_DENIALS.findall(_NO_DENIALS.sub("", text))) for text in (classical, modern)]
    return (FREE, f"{denials[0]} denials, {denials[1]} denials") if denials[0] != denials[1] else None


def _noun_added(classical: str, modern: str) -> Fault | None:
    backing = explained(classical)
    for character, pairs in neighbourhoods(modern):
        if character in _WIDE and character not in backing:
            others = (frozenset(pair) - {character} for pair in pairs if is_word(pair))
            if not any(other and other <= backing for other in others):
                return FREE, f"added: {character}"
    return None


def _name_added(classical: str, modern: str) -> Fault | None:
    """高肇 for 肇, 秦桧 for 桧, 晋惠公 for 惠公, 太元元年 for 元年: a reader of the original cannot know."""
    names = SURNAMES | _SURNAMES_TOO
    for character, pairs in neighbourhoods(modern):
        if character in names and character not in classical:
            is_in_a_name = any(pair[0] == character and _is_of_a_name(pair[1], classical) for pair in pairs)
            if (is_in_a_name and character in SURNAMES) or not any(map(is_word, pairs)):
                return "name_from_nowhere", character
    for dynasty in _DYNASTY.findall(modern):
        if dynasty not in classical:
            return "name_from_nowhere", dynasty
    for first in _OF_KIN.findall(modern):
        if first not in classical and first not in EVERYDAY:
            return "name_from_nowhere", first
    for year in dict.fromkeys(_YEAR.findall(classical)):
        for before in re.findall(f"([{HAN}]){year}", modern):
            if before not in classical and before not in _BEFORE_A_YEAR:
                return "name_from_nowhere", f"{before}{year}"
    return None


def _is_of_a_name(character: str, classical: str) -> bool:
    return character in classical and (stays(character) or is_rare(character))


def _thought_or_joined(classical: str, modern: str) -> Fault | None:
    """因 taken for 认为, and a sentence that goes on from one that the reader has not."""
    match = _THINKS.search(modern)
    if match and not _THOUGHT.search(classical):
        return FREE, match[0]
    match = _JOINED.match(modern)
    return (FREE, f"joined: {modern}") if match and not _JOINS.match(classical) else None
