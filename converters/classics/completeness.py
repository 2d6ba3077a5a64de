"""Is every word of a classical sentence rendered, and does every word of its translation render one?

`correspondence` asks for shares; this asks for each character, for the corpora have far more pairs than anyone needs.
What fails here is called free: it may well be right, but nothing shows that it is.
A misprint (结东 for 结束), a word that went missing and a clause that a translator made up all leave a character that
has no partner on the other side or makes no word with its neighbours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from converters.classics.glosses import EVERYDAY, FUNCTION, explained, glosses, is_word, mostly_stays
from converters.text import HAN

Fault = tuple[str, str]

FREE = "free_translation"

MORE_CLAUSES = 1  # that one side may have
LONGEST_SHARE, SLACK = 1.4, 4  # characters of modern text for one of classical text
LONGEST_SHARE_OF_MORE = 1.2  # the same where the modern side has a clause more

_RUN = re.compile(f"[{HAN}]+")
_CLAUSE = re.compile("[，。；？！：]+")
# 鲍叔说。何不…… and 救出赵王：他又问：…… where two speak.
_BROKEN_OFF = re.compile("[说道问]。(?=.)|(?<![说道曰问答云言称叫是为语书诏令])：[^，。；？！：]{0,5}[说问]：")
# Everyday characters that say something definite where they make no word: 吊丧礼结东, 高季昌 for 季昌, 开先寺 for 寺.
_DEFINITE = frozenset("东西南北左右己土高方余何原开先老城封命职军兵官民众守号署连长经士子法立始关全成安真留")
# New words of one character that modern Chinese uses by themselves.
ALONE = frozenset(
    "任死杀率穿吃流宽顺离停石乘送改问船病跑煮敌逃找岸登钱跳献卖哭声买转举抓赶追攻败喝取洗权怕爱苦求打派杀升拜赏"
    "罪错握拉车急战祭税粮箭墓借恨满望米降换站劝掉抢掠占收赐授贬调迁死征代治衣病伤雨雪火灾旱酒药书字诗信刀枪旗马"
)
# Before these stands what a name is made of: 渭水 for 水.
PLACES = frozenset("水山河江湖城国州郡县寺宫宗帝王")
_TOWNS = frozenset(
    {"太原", "大名", "中原", "大安", "长安", "安国", "长城", "河东", "关中"}
)  # made of everyday characters
NOUNS = frozenset("朝官军民兵城国郡县士臣职署")  # everyday ones that make words: 朝廷, 官吏
_DOUBLED = re.compile("([的了是就在有和都将被他而])\\1")
_DENIES = re.compile("[不未无勿弗毋莫非](?!久)")
_DENIED = re.compile("[不未无莫勿弗毋非没别否休免难绝禁]")
_OTHERS = re.compile("[他她它那彼其敌]|对[方手]|人家")
# 十七年春 is 至正十七年春: the reader cannot know of which reign.
_YEAR = re.compile("(?:^|[，。；：])([元一二三四五六七八九十]+年)")


def fault(classical: str, modern: str, known: str = "") -> Fault | None:
    """What one side has and the other has not; `known` is the classical text before this one."""
    return (
        _measure(classical, modern)
        or _unpaired(classical, modern, known)
        or _twice(classical, modern)
        or _without_a_word(classical, modern, known)
        or _doubled(classical, modern)
        or _denial(classical, modern)
        or _person(classical, modern)
        or _reign(classical, modern)
    )


def _measure(classical: str, modern: str) -> Fault | None:
    """Clauses and characters; a clause more is the same text divided, or one that was made up."""
    (old, clauses), (new, others) = (_size(side) for side in (classical, modern))
    if clauses - others > MORE_CLAUSES:
        return FREE, f"{clauses} clauses, {others} clauses"
    share = LONGEST_SHARE_OF_MORE if others > clauses else LONGEST_SHARE
    if others - clauses > MORE_CLAUSES or new > share * old + SLACK:
        return FREE, f"{old} characters, {new} characters"
    if "曰" in classical and _BROKEN_OFF.search(modern):
        return "odd_mark", modern
    return None


def _size(text: str) -> tuple[int, int]:
    """Characters and clauses."""
    return len("".join(_RUN.findall(text))), sum(map(bool, map(_RUN.search, _CLAUSE.split(text))))


def _unpaired(classical: str, modern: str, known: str) -> Fault | None:
    lost = left_out(classical, modern)
    if lost:
        return FREE, f"not rendered: {''.join(lost)}"
    added = brought_in(classical, modern, known)
    return (FREE, f"added: {''.join(added)}") if added else None


def _twice(classical: str, modern: str) -> Fault | None:
    """五运 is no 六气 because of 气化 further on: a gloss stands as often as what it renders."""
    old, new = (Counter("".join(_RUN.findall(side))) for side in (classical, modern))
    for character, times in new.items():
        if times < 2 or character in old or character in EVERYDAY:
            continue
        rendered = sum(old[c] for c in old if character in glosses(c))
        if 0 < rendered < times:
            return FREE, f"{character} stands for {rendered}, {times} times"
    return None


def left_out(classical: str, modern: str, of: Callable[[str], frozenset[str]] = glosses) -> list[str]:
    """Characters of the classical side, particles apart, that neither stay nor became a gloss that came in."""
    here = frozenset(modern)
    came_in = here - frozenset(classical)
    words = came_in - PLACES  # the 国 of another name renders no 吴
    characters = dict.fromkeys("".join(_RUN.findall(classical)))
    gone = [c for c in characters if c not in here and c not in FUNCTION]
    return [c for c in gone if not of(c) & (words if mostly_stays(c) else came_in)]


def brought_in(classical: str, modern: str, known: str, of: Callable[[str], frozenset[str]] = glosses) -> list[str]:
    """Characters of the modern side that render nothing, nor make a word with one that does (朝廷 for 朝)."""
    backing = explained(classical, of)
    found: dict[str, None] = {}
    for character, pairs in neighbourhoods(modern):
        if character in backing or character in EVERYDAY:
            continue
        if not any(pair in known or _completes(character, pair, backing) for pair in pairs):
            found[character] = None
    return list(found)


def _completes(character: str, pair: str, backing: frozenset[str]) -> bool:
    """朝 becomes 朝廷, but 水 no 渭水."""
    before, after = pair[0], pair[1]
    other = after if character == before else before
    is_telling = other in backing and (other in NOUNS or other not in EVERYDAY)
    return is_word(pair) and is_telling and not (character == before and after in PLACES)


def _without_a_word(classical: str, modern: str, known: str) -> Fault | None:
    """New characters that make no word with their neighbours, and are no word of themselves."""
    backing = explained(classical)
    for character, pairs in neighbourhoods(modern):
        is_everyday = character in EVERYDAY and character not in _DEFINITE
        if character in classical or is_everyday or (character in backing and character in ALONE):
            continue
        if not any((is_word(pair) and pair not in _TOWNS) or pair in classical or pair in known for pair in pairs):
            return FREE, f"{character} makes no word in: {modern}"
    return None


def neighbourhoods(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each character with the two characters that it makes with its left and its right neighbour."""
    for run in _RUN.findall(text):
        for place, character in enumerate(run):
            yield character, [run[i : i + 2] for i in (place - 1, place) if i >= 0 and i + 2 <= len(run)]


def _doubled(classical: str, modern: str) -> Fault | None:
    match = _DOUBLED.search(modern)
    return ("stutter", match[0]) if match and match[0] not in classical else None


def _denial(classical: str, modern: str) -> Fault | None:
    match = _DENIES.search(classical)
    return (FREE, f"{match[0]} is nowhere in: {modern}") if match and not _DENIED.search(modern) else None


def _person(classical: str, modern: str) -> Fault | None:
    """彼 is somebody else than the reader."""
    is_other = "彼" not in classical or _OTHERS.search(modern)
    return None if is_other else (FREE, f"彼 is nowhere in: {modern}")


def _reign(classical: str, modern: str) -> Fault | None:
    for year in _YEAR.findall(classical):
        match = re.search(f"(?:^|[，。；：])([{HAN}]{{2,4}}){year}", modern)
        if match and match[1] not in classical:
            return "name_from_nowhere", match[0]
    return None
