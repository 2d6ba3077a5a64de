"""Slips that single characters do not tell: half a name in a list, left for right, two surnames for one man.

The modern sides were typed without the characters that GB 2312 lacks: of 苏瑰 only 苏 is left, of 王珪 only 王.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from converters.classics import glosses as glosses_of
from converters.classics.glosses import EVERYDAY, FUNCTION, explained, glosses, is_rare, is_word, unrendered
from converters.classics.namesakes import SURNAMES
from converters.oldbooks import errata
from converters.text import HAN

Fault = tuple[str, str]

_LOOKALIKES = Path(errata.__file__).with_name("lookalikes.txt")

# Beside the lookalikes of every text, those that stand in names; the second may have been learnt as a gloss.
_NAMES = Path(glosses_of.__file__).with_name("alike.txt")
_ITEM = re.compile(f"(?:^|[，。；：、“])([{HAN}]{{2,3}})(?=[、，。；])")
# 王说：… where only 珪曰 stands; 张说 is a man, and 曾 an adverb.
_ALONE = re.compile(f"(?:^|[，。；：、“])(?!张说|曾)([{HAN}])(?=[的说道让命派])")
_LISTED = re.compile(f"(?<=[、，])([{HAN}]{{2,4}})(?=、)")
# 长浮华而废考绩，六也.
_NUMBERED = re.compile("[，；]([一二三四五六七八九十])也[。；]")
# 薛提，太原人也.
_WHO = re.compile(f"([{HAN}]{{2,4}})，(?:字[{HAN}]{{1,2}}，)?[{HAN}]{{2,6}}人也")
_OFFICE_ALONE = re.compile("(?:^|[，。；：])(州刺史|州都督|州节度使|郡太守)")
_GOES_TO = re.compile(f"[幸至次屯趋](?![于如京])([{HAN}]{{2}})(?=[，。；])")
_TITLE = re.compile("《([^《》]{4,})》")
_PLACE_IN_A_ROW = re.compile("第([三四五六七八九十])(?=[等级个次位章条])")
_OPPOSITE = {"左": "右", "右": "左", "东": "西", "西": "东", "南": "北", "北": "南"}
_STUTTER = re.compile(f"(?!如何|什么|.[着来])([{HAN}])(?!\\1)([{HAN}])\\1\\2")
# The heading of a life and its first words: 于谦于谦，字廷益.
_REPEATED = re.compile(f"([{HAN}]{{2,6}})\\1(?=[，、])")
# The marks of a speech stand around the words that announce it: “又说”：…
_INSIDE_OUT = re.compile("“[^“”]*[说道曰]”[：，]?(?=[^，。])|“[^“”]*[说道曰]”：")
# A speech that ends without a mark: “请辟球场”几天过去了。
_UNENDED = re.compile(f"：“[^“”]*[{HAN}]”(?=[{HAN}])")
_SPEAKS = re.compile(f"(?:^|[，。；：“])([{HAN}])([{HAN}])曰")
# 久之 is a long time and 不久 a short one; 洪武中 is 洪武年间 and nobody's 中年.
_OPPOSED = (("久之", "不久"), ("未几", "很久"), ("俄而", "很久"))
# Beside another word of the other sense: 过了很长时间，出知荆门军，不久又改任.
_ALSO = {"不久": "寻|俄|未几|[很许长好]久|长时间|多年", "很久": "久之|良久|不久"}
_MIDDLE_AGED = re.compile(f"[{HAN}]{{2}}中年(?=[，、])")
_LONG_NAME = re.compile(f"(?=([{HAN}])([{HAN}])([{HAN}]))")
_NAME = re.compile(f"(?=([{HAN}])([{HAN}]))")


def fault(classical: str, modern: str) -> Fault | None:
    return (
        _half_a_name(classical, modern)
        or _other_side(classical, modern)
        or _two_surnames(classical, modern)
        or _other_item(classical, modern)
        or _other_title(classical, modern)
        or _misread(classical, modern)
        or _opposed(classical, modern)
        or _stutter(classical, modern)
    )


def _half_a_name(classical: str, modern: str) -> Fault | None:
    for item in _ITEM.findall(classical):
        if item in modern or any(character in FUNCTION for character in item):
            continue
        if re.search(f"(?:^|[，。；：、]){item[0]}(?=[、，。；])", modern):
            return "name_lost", f"of {item} only {item[0]} is left"
    for surname, given in _SPEAKS.findall(classical):
        if surname in SURNAMES and given not in modern and re.search(f"(?:^|[，。；：“]){surname}说", modern):
            return "name_lost", f"of {surname}{given} only {surname} is left"
    backing = explained(classical) | EVERYDAY
    for match in _ALONE.finditer(modern):
        is_owner = modern[match.end()] == "的" and match[1] not in backing
        if is_owner or (match[1] in SURNAMES and match[1] not in classical):
            return "name_lost", f"a surname alone: {match[0]}"
    return _without_its_start(classical, modern) or _without_its_end(classical, modern)


def _without_its_start(classical: str, modern: str) -> Fault | None:
    """薛提，太原人也 of which nothing is left, and 升州刺史 of which 州刺史 is."""
    who = _WHO.match(classical)
    if who and not any(character in FUNCTION or character in modern for character in who[1]):
        return "name_lost", f"the life of {who[1]}"
    office = _OFFICE_ALONE.search(modern)
    if office and office[1] in classical and not _OFFICE_ALONE.search(classical):
        return "name_lost", f"of what place: {office[1]}"
    return None


def _without_its_end(classical: str, modern: str) -> Fault | None:
    """兀良哈 of which 兀良 is left, and 幸鲁口 of which 鲁."""
    for place in _GOES_TO.findall(classical):
        if place not in modern and re.search(f"[临到至往在驻]{place[0]}(?=[，。；])", modern):
            return "name_lost", f"of {place} only {place[0]} is left"
    for lost in unrendered(classical, modern):
        if glosses(lost):
            continue
        for two in re.findall(f"([{HAN}]{{2}}){lost}", classical):
            if two in modern and not is_word(two) and not any(c in FUNCTION or c in EVERYDAY for c in two):
                return "name_lost", f"of {two}{lost} only {two} is left"
    return None


def _other_side(classical: str, modern: str) -> Fault | None:
    """左卫 that has become 右卫, where nothing on the classical side is 右."""
    for side, other in _OPPOSITE.items():
        for then in re.findall(f"{side}([{HAN}])", classical) if other in modern and other not in classical else ():
            if other + then in modern and side + then not in modern:
                return "name_changed", f"{side}{then} is {other}{then}"
    return None


def _two_surnames(classical: str, modern: str) -> Fault | None:
    """文钦 and, further on, 王钦; 罗象乾 and 罗乾象."""
    for surname, first, second in _LONG_NAME.findall(classical):
        is_turned = surname + second + first in modern and first + second not in modern
        if surname in SURNAMES and first != second and is_turned and not is_word(second + first):
            return "name_changed", f"{surname}{first}{second} is {surname}{second}{first}"
    for surname, given in _NAME.findall(classical):
        if given in EVERYDAY or given in FUNCTION or surname + given not in modern:
            continue
        for other in re.findall(f"([{HAN}]){given}", modern):
            if other != surname and other in SURNAMES and other not in classical:
                return "name_changed", f"{surname}{given} and {other}{given}"
    return None


def _other_item(classical: str, modern: str) -> Fault | None:
    """、丁阗、 and 、于阗、: an item of a list that differs by one character beside a rare one."""
    items = set(_LISTED.findall(modern))
    for item in _LISTED.findall(classical):
        if item in modern or not any(is_rare(character) and character in modern for character in item):
            continue
        for other in items:
            differ = [(old, new) for old, new in zip(item, other, strict=False) if old != new]
            if len(item) == len(other) and len(differ) == 1 and _is_another(*differ[0], classical, modern):
                return "name_changed", f"{item} is {other}"
    return None


def _other_title(classical: str, modern: str) -> Fault | None:
    """《别起居注》 and 《流别起居注》: one of the two is misprinted."""
    titles = _TITLE.findall(modern)
    for title in _TITLE.findall(classical):
        longer = [other for other in titles if other != title and other.endswith(title)]
        if title not in titles and longer:
            return "name_changed", f"{title} is {longer[0]}"
    return None


def _is_another(old: str, new: str, classical: str, modern: str) -> bool:
    return old not in modern and new not in classical and new not in glosses(old)


def _misread(classical: str, modern: str) -> Fault | None:
    """A character that is gone, and beside the same neighbour one that looks like it: 南间 and 南问."""
    came_in = set(modern) - set(classical) - {"着"}
    for lost in set(classical) - set(modern):
        alike = _pairs(_LOOKALIKES).get(lost, frozenset()) - glosses(lost) | _pairs(_NAMES).get(lost, frozenset())
        for other in alike & came_in:
            for left, right in re.findall(f"([{HAN}]?){lost}(?=([{HAN}]?))", classical):
                if (left and left + other in modern) or (right and other + right in modern):
                    return "misread_character", f"{left}{lost}{right} and {other}"
    return None


@cache
def _pairs(path: Path) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for group in path.read_text(encoding="utf-8").split():
        for character in group:
            found[character].update(group.replace(character, ""))
    return {character: frozenset(others) for character, others in found.items()}


def _opposed(classical: str, modern: str) -> Fault | None:
    for old, new in _OPPOSED:
        if (
            old in classical
            and new in modern
            and new not in classical
            and not re.search(_ALSO[new], classical + modern)
        ):
            return "opposite", f"{old} is {new}"
    for place in _PLACE_IN_A_ROW.findall(modern):
        if place not in classical:
            return "number_from_nowhere", f"第{place}"
    gone = [number for number in _NUMBERED.findall(classical) if number not in modern]
    if gone:
        return "number_lost", gone[0]
    if re.search("[，：。“]敢不", classical) and re.search("[怎岂]敢(?!不|违|拒|推)", modern):
        return "opposite", "敢不 is 怎敢"
    match = _MIDDLE_AGED.search(modern)
    return ("odd_word", match[0]) if match and match[0] not in classical else None


def _stutter(classical: str, modern: str) -> Fault | None:
    match = _STUTTER.search(modern)
    if match and match[0] not in classical and match[1] not in "一二三四五六七八九十":
        return "stutter", match[0]
    match = _REPEATED.match(classical)
    if match and match[1] in modern and match[0] not in modern:
        return "run_together", match[0]
    match = _INSIDE_OUT.search(modern) or _UNENDED.search(modern) or _UNENDED.search(classical)
    return ("broken_quotes", match[0]) if match else None
