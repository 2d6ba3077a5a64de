"""Is this modern Chinese sentence a translation of this classical one, with the same names, numbers and days?

Two tables (`glosses`) say what classical characters become. A character of the modern side is explained when it
stands on the classical side, is a gloss of one that does, or belongs to a word of everyday. Numbers and dates are the
business of `amounts` and `sexagenary`, names that of `namesakes`.
"""

from __future__ import annotations

import re

from converters.classics import amounts, completeness, namesakes, sexagenary, slips
from converters.classics.glosses import (
    EVERYDAY,
    FUNCTION,
    explained,
    glosses,
    is_common,
    is_rare,
    mostly_stays,
    strangers,
    unrendered,
)
from converters.text import HAN

Fault = tuple[str, str]

SHORTEST_SHARE, LONGEST_SHARE, SLACK = 0.8, 2.2, 6  # characters of modern text for one of classical text
LEAST_NEW = 0.08  # share of characters that a translation changes or adds
LEAST_COVERED = 0.7  # share of the classical side's words that the modern side renders
LEAST_COVERED_CLAUSE = 0.34  # the same in any clause
LEAST_COVERED_END = 0.34  # the same of the first and the last sentence by the modern side's beginning and end
SHARE_OF_ALL, FEW = 1.3, 24  # a short pair (in characters) whose modern side is hardly longer
LEAST_EXPLAINED = 0.4  # share of the modern side's words that come from the classical side
LEAST_EXPLAINED_CLAUSE = 0.15  # the same in any clause
TEXT_FOR_A_STRANGER = 20  # characters of modern text from which one common character may come from nowhere
FEWEST_WORDS = 4  # of which a share says something
FEWEST_ALONE = 2  # words of a clause that one side has and the other has not

_RUN = re.compile(f"[{HAN}]+")
_CLAUSE = re.compile("[，。；？！：]+")
_SENTENCE = re.compile("[。！？；]”?")
# What scanners made of 只 这 里 数 诏 绩 陈, and of 日 after a day of the cycle; 扌为 is 撝 in two parts.
_SLIP = re.compile(
    "[衹逭縯韶]|(?<![包裹])裹(?![挟胁着住])|[多无岁次人]敷|敷[十百千万人年月日次]|遣[时些样个种件里]|[速堕睡墬][王公朝曲]"
    "|(?<=[子丑寅卯辰巳午未申酉戌亥])[口曰]|慧星|[皇后东冷禁]官(?=[，。、里中内的])|官[殿女娥]|看宫|宫司|衮州|像[牙犀](?!有)|们的(?=来[治办做])|的次(?=[，。])|(?<!打)算封|(?:^|[，。])[^，。]{2,4}但任|[流注]人(?=[，。；江河海湖黄])"
)
# 弛 and 驰, 竟 and 竞, 入 and 人: a ban is relaxed and does not gallop, a river flows into another.
_OLD_SLIP = re.compile(
    f"[东南西北流]人于?[江河海湖]|驰[{HAN}]{{0,12}}禁(?=[，。；])|而竞(?=[不行无未])|[愿许听]人[粟贡朝]|罪发为"
)
# A sentence that begins with a comma has lost its beginning.
_MARKS = re.compile("^[，。；：、]|[。！？；，：][，；、。]")
_IN_PARTS = re.compile("[扌讠氵纟亻钅饣忄阝刂]")
# 愿 was taken for a form of 原 when the classical side was simplified.
_WISH = re.compile("原(?!之|宥|谅)")
# Words for which modern Chinese has others: half of the sentence was left as it was.
_CLASSICAL = re.compile("曰|矣|焉(?!知)|哉|兮|(?<!空)也。|者也|(?<![似几在合出近关于不])乎[，。？！]|谓之")
# Marks of speech were lost on the way, and what was said runs into what follows.
# So did the heading of a book of annals: 世祖武皇帝上之上泰始五年.
_RUN_TOGETHER = re.compile(
    f"皇帝.{{0,2}}?[上中下](?:之[上中下])?[{HAN}]{{2}}[元一二三四五六七八九十]+年|(?<![悠时大美善贤远])哉(?![夫乎哉也])[{HAN}]|乎(?=[遂帝上])|[说道]：[好对是行](?=[于就便乃])|[吗呢吧](?=[于就便你我所])|(?<=[{HAN}])但是"
)


def fault(classical: str, modern: str, known: str = "") -> Fault | None:
    """Why the two are no pair, as a reason and its place, or None. `known` is the classical text before this one."""
    return (
        _length(classical, modern)
        or damage(classical, modern)
        or _copied(classical, modern)
        or sexagenary.fault(classical, modern)
        or amounts.fault(classical, modern)
        or namesakes.fault(classical, modern, known)
        or slips.fault(classical, modern)
        or strange_characters(classical, modern, known)
        or _coverage(classical, modern)
        or _ends(classical, modern)
        or completeness.fault(classical, modern, known)
    )


def han(text: str) -> str:
    return "".join(_RUN.findall(text))


def new_share(classical: str, modern: str) -> float:
    """Share of a translation's characters that its original has not; what was left out counts as well."""
    old, new = han(classical), han(modern)
    return (sum(character not in old for character in new) + max(0, len(old) - len(new))) / max(1, len(new))


def _length(classical: str, modern: str) -> Fault | None:
    old, new = len(han(classical)), len(han(modern))
    if new + SLACK / 3 < SHORTEST_SHARE * old or new - SLACK > LONGEST_SHARE * old:
        return "length_ratio", f"{old} characters, {new} characters"
    return None


def _copied(classical: str, modern: str) -> Fault | None:
    if new_share(classical, modern) < LEAST_NEW:
        return "untranslated", modern
    match = _CLASSICAL.search(modern)
    return ("still_classical", f"{match[0]} in: {modern}") if match else None


def damage(classical: str, modern: str) -> Fault | None:
    match = _IN_PARTS.search(classical + modern) or _OLD_SLIP.search(classical)
    if match:
        return "misread_character", match[0]
    match = _MARKS.search(classical) or _MARKS.search(modern)
    if match:
        return "odd_mark", match[0]
    match = _SLIP.search(modern)
    if match and match[0] not in classical:
        return "misread_character", match[0]
    if _WISH.search(classical) and "愿" not in classical and "原" not in modern and re.search("愿|[希盼]望", modern):
        return "misread_character", "原"
    match = _RUN_TOGETHER.search(classical) or _RUN_TOGETHER.search(modern)
    return ("run_together", match[0]) if match else None


def strange_characters(classical: str, modern: str, known: str) -> Fault | None:
    """Characters of the modern side that neither the classical side nor the language explains."""
    strange = "".join(strangers(classical, modern, known))
    rare = "".join(filter(is_rare, strange))
    if rare or not strange:
        return ("rare_character", rare) if rare else None
    lost = "".join(c for c in unrendered(classical, modern) if mostly_stays(c) or is_rare(c))
    is_a_place = re.search(f"{strange}[国州郡县]", modern)  # 弃国, a misreading of 齐国
    if len(strange) == 1 and is_common(strange) and len(modern) >= TEXT_FOR_A_STRANGER and not lost and not is_a_place:
        return None
    return ("name_changed", f"{strange}, where there was {lost}") if lost else ("from_nowhere", strange)


def _coverage(classical: str, modern: str) -> Fault | None:
    """Sums over words, clause by clause; and a clause without any, where the other side has fewer of them."""
    here, backing = frozenset(han(modern)), explained(classical)
    came_in = here - frozenset(classical)
    old = [
        [c in here or bool(glosses(c) & came_in) for c in clause if c not in FUNCTION] for clause in _clauses(classical)
    ]
    new = [[m in backing for m in clause if m not in EVERYDAY] for clause in _clauses(modern)]
    return (
        _too_few("not_rendered", old, LEAST_COVERED, LEAST_COVERED_CLAUSE)
        or _too_few("added_text", new, LEAST_EXPLAINED, LEAST_EXPLAINED_CLAUSE)
        or _alone("not_rendered", old, new, chance=4)
        or _alone("added_text", new, old, chance=99)
    )


def _ends(classical: str, modern: str) -> Fault | None:
    """The first and the last sentence are rendered first and last; a question is not simply gone."""
    sentences, others = ([s for s in map(han, _SENTENCE.split(side)) if s] for side in (classical, modern))
    text = han(modern)
    for sentence, end in ((sentences[0], 1), (sentences[-1], -1)) if len(sentences) > 1 else ():
        words = [c for c in sentence if c not in FUNCTION]
        there = frozenset(text[::end][: int(len(sentence) * LONGEST_SHARE) + SLACK])
        if len(words) >= FEWEST_WORDS and sum(
            c in there or bool(glosses(c) & there) for c in words
        ) < LEAST_COVERED_END * len(words):
            return "not_rendered", f"{sentence} at the end" if end < 0 else f"{sentence} at the start"
    is_shorter = len(sentences) > len(others) and len(text) < SHARE_OF_ALL * len(han(classical))
    if is_shorter and len(han(classical)) < FEW and classical.count("？") > modern.count("？"):
        return "not_rendered", "a question"
    return None


def _alone(reason: str, clauses: list[list[bool]], others: list[list[bool]], *, chance: int) -> Fault | None:
    """A clause of which the other side, with fewer clauses, has no word; one in `chance` may be there by chance."""
    alone = [clause for clause in clauses if len(clause) >= FEWEST_ALONE and sum(clause) <= len(clause) // chance]
    if alone and len(clauses) > len(others):
        return reason, f"{sum(alone[0])} of {len(alone[0])} words in one clause"
    return None


def _too_few(reason: str, clauses: list[list[bool]], least: float, least_in_clause: float) -> Fault | None:
    together = [hit for clause in clauses for hit in clause]
    if len(together) >= FEWEST_WORDS and sum(together) < least * len(together):
        return reason, f"{sum(together)} of {len(together)} words"
    for clause in clauses:
        if len(clause) >= FEWEST_WORDS and sum(clause) < least_in_clause * len(clause):
            return reason, f"{sum(clause)} of {len(clause)} words in one clause"
    return None


def _clauses(text: str) -> list[str]:
    return [han(clause) for clause in _CLAUSE.split(text) if clause]
