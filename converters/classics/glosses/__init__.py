"""What does a classical character become in modern Chinese, which stay as they are, and what is a modern word?

Two tables, learnt from pairs of books that are not histories (`learn` says how; computed from
NiuTrans/Classical-Modern, MIT, and filtered by jieba's list of words, MIT). No sentence of either is in them.
Proper names are left out on purpose: that 帝 was 太宗 here and 炀帝 there is nothing a reader can know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from converters.text import HAN

_FOLDER = Path(__file__).parent

# What a modern sentence may add of its own: pronouns, particles, prepositions, adverbs, verbs of direction, measure
# words, and nouns so wide that they say nothing new.
EVERYDAY = frozenset(
    "的地得了着过吗呢吧啊呀啦哪嘛么们我你您他她它这那此其之者所以而且并但却则因为由于于是就便才都也还又再更最很太非常"
    "不没无未别是有在把被将给让使令叫请对向往从自到至跟和与及同或如若像似似乎如果即使虽然只要既要会能可应该当须必得想愿敢肯"
    "什怎样谁何几多少些个位名条件种次回遍番场座支匹本句段股份层里外上下中间内前后左右旁边面头方处时候日天月年岁期刚曾已经"
    "正在仍然始终一直总常往往每各某另外其余他们自己人家大家事情东西地方办法样子来去进出起开走做作成用说道话讲叫称叫等"
    "大小长短高低好坏新老早晚快慢真假难易先後后全完毕尽住见看听知会以及关连带凭靠按照据替朝沿随着比较越加倍共约近于竟然"
    "果终究毕竟尤其特别实确倒反而何况不但而已罢了算点提拿放打派封受予立即接续再三二两四五六七八九十百千万零半第一国县郡城军兵官民众足行县朕臣士职署设依写救命留犯妨守护加原称号保存提备带领宜定岂需"
)


# Classical particles and pronouns, for which a translation has other words or none.
FUNCTION = frozenset("之而以于其也者矣乎哉焉耳兮夫乃则且为与所曰故即于若此是斯彼有不无非勿毋莫弗未亦又可能得如然遂因")
FIRST = 4  # glosses of a character that are its usual ones
COMMON = 10  # characters that a common one is a gloss of
# Common ones that scanners put for others (担 for 祖, 产 高, 束 东, 睡 陈, 末 未, 入 人, 干 千, 曰 日); 州 ends names.
CONFUSABLE = frozenset("担产束睡末入干曰土州")
_RUN = re.compile(f"[{HAN}]+")


@cache
def _becomes() -> dict[str, tuple[str, frozenset[str]]]:
    table = {}
    for line in _lines("becomes.txt"):
        head, _, glosses = line.partition(" ")
        table[head[0]] = head[1:], frozenset(glosses)
    return table


@cache
def _usual() -> dict[str, frozenset[str]]:
    lines = (line.partition(" ") for line in _lines("becomes.txt"))  # the likeliest gloss stands first
    return {head[0]: frozenset(found[:FIRST]) for head, _, found in lines}


@cache
def _words() -> dict[str, str]:
    return {first: seconds for first, _, seconds in (line.partition(" ") for line in _lines("words.txt"))}


def _lines(name: str) -> list[str]:
    return [line for line in (_FOLDER / name).read_text("utf-8").split("\n") if line]


def glosses(character: str) -> frozenset[str]:
    """What else this classical character becomes: 虑 → 考, 担, 忧, …; nothing for one that is seldom met."""
    return _becomes().get(character, ("", frozenset()))[1]


def usual(character: str) -> frozenset[str]:
    """The likeliest of its glosses."""
    return _usual().get(character, frozenset())


def stays(character: str) -> bool:
    """True for a character that nine translations in ten keep: 州, 萧, 尉."""
    return _becomes().get(character, ("", frozenset()))[0] == "!"


def mostly_stays(character: str) -> bool:
    """True for one that seven in ten keep: 祖, 谱, 安; many of the rest are translations gone wrong."""
    return _becomes().get(character, ("", frozenset()))[0] != ""


@cache
def is_encodable(character: str) -> bool:
    """In GB 2312, whose 6,763 characters are those that most modern sides were typed with."""
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@cache
def is_rare(character: str) -> bool:
    """None of the 3,755 everyday characters, which GB 2312 has in its rows up to 0xD7."""
    return not is_encodable(character) or character.encode("gb2312")[0] > 0xD7


def is_met(character: str) -> bool:
    return character in _becomes()


@cache
def _common() -> frozenset[str]:
    counts = Counter(m for _, found in _becomes().values() for m in found)
    return frozenset(m for m, count in counts.items() if count >= COMMON) - CONFUSABLE


def is_common(character: str) -> bool:
    """A gloss of so many characters that it is a modern word of every day: 杀, 收, 建."""
    return character in _common()


def is_word(two: str) -> bool:
    """True for two characters that are a modern word, or the word's part, and no name."""
    return two[1:] in _words().get(two[:1], "")


# ---- what the tables say of two texts

# 子曰 is what 孔子 says; 夫子, 君子, 曾子 are others.
_MASTER = re.compile(f"(?<![{HAN}])子[曰谓云问闻在与入食疾]|(?<=[问告谓])子[曰，。：]")


def explained(classical: str, of: Callable[[str], frozenset[str]] = glosses) -> frozenset[str]:
    """The characters that a translation may have from this text: its own and their glosses."""
    here = frozenset("".join(_RUN.findall(classical)))
    master = frozenset("孔" if _MASTER.search(classical) else "")
    return here.union(master, *map(of, here))


def unrendered(classical: str, modern: str) -> list[str]:
    """Characters of the classical side that are not on the modern side, nor is a gloss that came in for them."""
    here, new = set(modern) | FUNCTION | EVERYDAY, set(modern) - set(classical)
    characters = dict.fromkeys("".join(_RUN.findall(classical)))
    return [c for c in characters if c not in here and not glosses(c) & new]


def strangers(classical: str, modern: str, known: str = "") -> Iterator[str]:
    """Characters of the modern side that nothing explains; in `known`, one is known beside the same neighbour."""
    backing = explained(classical) | EVERYDAY
    for run in _RUN.findall(modern):
        for place, character in enumerate(run):
            if character in backing:
                continue
            pairs = [run[i : i + 2] for i in (place - 1, place) if i >= 0 and i + 2 <= len(run)]
            if not any(is_word(pair) or pair in known for pair in pairs):
                yield character
