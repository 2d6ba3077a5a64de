"""How much of each side of a pair has a counterpart on the other side? Words of English against Chinese characters.

What has grammar's work to do has too many counterparts, or none: `evidence` does not ask about it, on either side.
The Chinese is looked at in simplified characters, whatever it is in.
"""

from __future__ import annotations

from typing import NamedTuple

from converters.pairs.lexicon import meaning, particles, words
from converters.script import simplified_modern

SHORTEST_WORD = 2
FIRST_HAN, LAST_HAN = "\u3400", "\ua000"

# English words that are rendered in too many ways, or not at all; numbers are the business of `quantities`.
_GRAMMATICAL_WORDS = """
the a an of to in is am are was were be been being and or but that this these those it its he she they we you i his
her hers their theirs our ours your yours my mine him them us me myself yourself himself herself itself ourselves
themselves no not do does did done doing have has had having will would can could may might shall should must for on
at by with from as if when while what who whom whose how why where which there than so too also very more most each
other such let get gets got getting make makes made making thing things one ones any some all both either even well
only up out off over into upon about down then here yes oh go goes going went gone come comes came coming take takes
took taken taking give gives gave given giving put set s t d m ll re ve ain ca wo just like right please way ways
something anything everything nothing someone anyone somebody anybody keep keeps kept ever quite now much many enough
through between around after before case deal long away little few last next every same again once really pretty lot
lots back until till during because own use used look looks looked feel find found turn turned run ran become became
becomes sort kind per whatever almost certainly cannot against along another rather still already yet always never
without within under care mind show call say says said tell told see saw seen know knows knew known want wants wanted
need needs needed time times day people person man world two three four five six seven eight nine ten eleven twelve
thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
hundred thousand million billion clock o'clock half
"""
GRAMMATICAL = frozenset(_GRAMMATICAL_WORDS.split())
# Chinese characters of grammar, and such as are a part of so many words that they tell nothing.
EVERYDAY = frozenset(
    "的地得了着过吗呢吧啊呀嘛啦么们我你您他她它咱俺这那此其之者所以而且并但却则因为由于就便才都也还又再更最很太非常不没无未别"
    "是有在把被将给让使令叫请对向往从自到至跟和与及同或如若像似果即虽然只要既会能可应该当须必得想愿敢谁几哪怎样什何多少些个位名"
    "条件种次回遍番场座支匹本句段份层里外上下中间内前后左右旁边面头方处时候日天月年起刚曾已经正仍始终一直总常另其余人家大事情"
    "东西来去进出开走做作成用说道话看听见知觉心子点现行发好小高新分重全需真手性打相认工最自己每各某两二三四五六七八九十百千万亿零"
    "半第意思完定"
)


class Evidence(NamedTuple):
    """The `missing` words have no counterpart, of so many `characters` the `strange` ones; the `unknown` words may."""

    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    characters: int
    strange: str


def evidence(english: str, chinese: str) -> Evidence:
    chinese = simplified_modern(chinese)
    here, folded = frozenset(chinese), chinese.casefold()
    missing, unknown, backing = list[str](), list[str](), set[str]()
    for word in words(english):
        known = meaning(word)
        if known:
            backing |= known.characters
        if word in GRAMMATICAL or len(word) < SHORTEST_WORD or word in folded:
            continue
        if known is None:
            unknown.append(word)
        elif here.isdisjoint(known.characters):
            missing.append(word)
    content = [character for character in chinese if is_han(character) and character not in EVERYDAY]
    strange = "".join(c for c in content if c not in backing)
    return Evidence(tuple(missing), tuple(unknown), len(content), strange)


def surprises(english: str, chinese: str) -> tuple[str, ...]:
    """Words, of grammar too, beside which no character is usual, and characters usual beside none of the words."""
    chinese = simplified_modern(chinese)
    here, usual, found = frozenset(chinese), set(particles()), list[str]()
    for word in words(english):
        known = meaning(word)
        if known is None or here.isdisjoint(known.usual):
            found.append(word)
        else:
            usual |= known.usual
    return (*found, *(character for character in chinese if is_han(character) and character not in usual))


def is_han(character: str) -> bool:
    return FIRST_HAN <= character < LAST_HAN
