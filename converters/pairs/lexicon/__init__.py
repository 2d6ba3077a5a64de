"""Which Chinese characters do the translations of an English word consist of, is it a name, and is it common?

One table, learnt from pairs of sentences (`learn` says how); `words.txt` names them in its first line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

TOKEN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_CLITIC = re.compile(r"(?:n['’]t|['’](?:s|ll|re|ve|d|m)?)$")
# What may stand at the end of an inflected form, and what stood there before.
_ENDINGS = (
    *(("ies", "y"), ("ied", "y"), ("ves", "f"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", "")),
    *(
        ("ing", "e"),
        ("ier", "y"),
        ("iest", "y"),
        ("er", ""),
        ("er", "e"),
        ("est", ""),
        ("est", "e"),
        ("ily", "y"),
        ("ly", ""),
    ),
    *(("ly", "le"), ("ally", ""), ("ness", ""), ("iness", "y")),
)
_SHORTEST_STEM = 3
_IRREGULAR = """
have has had having|do does did done|go goes went gone|get got gotten|make made|take took taken|come came|see saw seen|
know knew known|think thought|give gave given|find found|tell told|become became|leave left|feel felt|bring brought|
begin began begun|keep kept|hold held|write wrote written|stand stood|hear heard|mean meant|meet met|pay paid|sit sat|
speak spoke spoken|lead led|grow grew grown|lose lost|fall fell fallen|send sent|build built|understand understood|
draw drew drawn|break broke broken|spend spent|rise rose risen|drive drove driven|buy bought|wear wore worn|
choose chose chosen|seek sought|throw threw thrown|catch caught|win won|forget forgot forgotten|lie lay lain lied lying|
lay laid|sell sold|fight fought|teach taught|eat ate eaten|sing sang sung|fly flew flown|ride rode ridden|
swim swam swum|shoot shot|sleep slept|hide hid hidden|wake woke woken|steal stole stolen|bite bit bitten|
blow blew blown|drink drank drunk|freeze froze frozen|shake shook shaken|hang hung|feed fed|dig dug|strike struck|
tear tore torn|swear swore sworn|forgive forgave forgiven|bend bent|lend lent|bear bore borne born|beat beaten|
bind bound|bleed bled|burn burnt|deal dealt|dream dreamt|flee fled|kneel knelt|lean leant|learn learnt|light lit|
ring rang rung|say said|shine shone|shrink shrank shrunk|sink sank sunk|slide slid|smell smelt|spell spelt|spill spilt|
spin spun|spring sprang sprung|stick stuck|sting stung|sweep swept|swing swung|weave wove woven|weep wept|wind wound|
withdraw withdrew withdrawn|run ran|man men|woman women|child children|foot feet|tooth teeth|mouse mice|person people|
good better best well|bad worse worst|far farther further|little less least|many more most much|arise arose arisen|
undergo underwent undergone|overcome overcame|foresee foresaw|mistake mistook mistaken|die dying|tie tying|
criterion criteria|phenomenon phenomena|analysis analyses|crisis crises|basis bases
"""


class Meaning(NamedTuple):
    """`characters` speak for the word where they stand; the `usual` ones are no surprise in its sentences.

    A word of which nothing is usual is in too few of the sentences to say.
    """

    characters: frozenset[str]
    usual: frozenset[str] = frozenset()
    is_name: bool = False


NO_WORD = ""  # what it usually stands for are the particles that no English word asks for


def words(text: str) -> list[str]:
    """The words of an English text in small letters, without what is glued to them ('s, n't)."""
    return [_CLITIC.sub("", token.lower()) for token in TOKEN.findall(text)]


def forms(word: str) -> Iterator[str]:
    """The word and what it may be a form of, be there such a word or not."""
    yield word
    yield from _irregular().get(word, ())
    for ending, replacement in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM:
            yield stem + replacement
            if not replacement and stem[-1] == stem[-2]:
                yield stem[:-1]


def particles() -> frozenset[str]:
    """What is usual in any sentence."""
    return _table()[NO_WORD].usual


@cache
def meaning(word: str) -> Meaning | None:
    """What the table knows of a word and of all that it may be a form of."""
    known = [found for form in forms(word) if (found := _table().get(form))]
    if not known:
        return None
    characters = frozenset[str]().union(*(one.characters for one in known))
    usual = frozenset[str]().union(*(one.usual for one in known))
    return Meaning(characters, usual, known[0].is_name)


def parsed(lines: Iterable[str]) -> dict[str, Meaning]:
    """Lines `word 字字 字字字`: its characters, and what is usual; `^` after a word that is always a name."""
    table = {}
    for line in lines:
        head, characters, *usual = line.split(" ")
        table[head.rstrip("^")] = Meaning(frozenset(characters), frozenset(*usual), head.endswith("^"))
    return table


@cache
def _table() -> dict[str, Meaning]:
    text = Path(__file__).with_name("words.txt").read_text("utf-8")
    return parsed(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def _irregular() -> dict[str, list[str]]:
    bases: dict[str, list[str]] = {}
    for group in _IRREGULAR.replace("\n", "").split("|"):
        base, *inflected = group.split()
        for form in inflected:
            bases.setdefault(form, []).append(base)
    return bases
