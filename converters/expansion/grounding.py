"""How much of an answer stands in its passage: its words, numbers and dates, names, and the longest run of it.

    ngrams   pairs of characters of the answer's content words (whole words of Latin script) that the passage has,
             of all; pairs that the question has, grammar and numbers are left out, and so is an unknown pair that
             joins two known ones: 北京 and 大学 of the passage may become 北京大学
    numbers  of the numbers and dates that are certain (`stated_numbers`)
    names    of the names that are sure (`named`)
    copied   the longest run of letters that the passage has too, of all letters of the answer

The passage comes with its title, section and author, and the question may be repeated. Both scripts are one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import add

from converters.expansion.contract import Passage
from converters.expansion.named import Named, listed_strangers, names
from converters.expansion.stated_numbers import COUNTED, Offered, computed, is_offered, offered, stated
from converters.expansion.words import FUNCTION_PAIRS, SINGLE
from converters.script import simplified
from converters.text import HAN

MOST_SHOWN = 8
_CIRCLED = re.compile("[①-⓿]")
_DOT = re.compile("[•‧・･∙⋅]")
_RUN = re.compile(f"[{HAN}]{{2,}}")
_WORD = re.compile("[a-z][a-z0-9'’-]+")
_NO_LETTER = re.compile(r"[\W_]+")
_LEFT_OUT = re.compile(r"\.{3,}|…+")


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares from 0 to 1; 1 where there is nothing to look for. `missing_…` is what the passage does not have.

    `weighed` says of how many pairs, numbers and names they are shares.
    """

    ngrams: float = 1.0
    numbers: float = 1.0
    names: float = 1.0
    copied: float = 0.0
    weighed: tuple[int, int, int] = (0, 0, 0)
    missing_ngrams: tuple[str, ...] = ()
    missing_numbers: tuple[str, ...] = ()
    missing_names: tuple[str, ...] = ()


class Known:
    """What can be found in a text, folded as it is: its pairs of characters, its words, its letters alone."""

    def __init__(self, text: str) -> None:
        self.text = fold(text)
        self.pairs = pairs_of(self.text)
        self.words = frozenset(_WORD.findall(self.text))

    @cached_property
    def content(self) -> Set[str]:
        return frozenset(filter(SINGLE.isdisjoint, self.pairs - FUNCTION_PAIRS))

    @cached_property
    def joining(self) -> Set[str]:
        return self.content | FUNCTION_PAIRS

    @cached_property
    def passing(self) -> Set[str]:
        """What is found, or not looked for."""
        return self.pairs | FUNCTION_PAIRS

    @cached_property
    def letters(self) -> str:
        return _NO_LETTER.sub("", self.text)

    @cached_property
    def letter_pairs(self) -> Set[str]:
        return pairs_of(self.letters)

    @cached_property
    def numbers(self) -> Offered:
        return offered(stated(self.text))


def grounding(text: str, passage: Passage, question: str = "") -> Measured:
    """Of one text of an item: its answer, or its question without another one."""
    known = _known(passage.text, passage.title, passage.section, passage.author)
    asked = Known(question)
    folded = fold(text)
    found, lost = _ngrams(folded, known, asked)
    numbers = {(number.value, number.unit): number for number in stated(folded) if number.is_certain}
    offers = [known.numbers, asked.numbers]
    wrong = [number for number in numbers.values() if not any(is_offered(number, other) for other in offers)]
    results = computed(folded, *offers) if wrong else ()
    wrong = [number for number in wrong if number.value not in results]
    named = {name.written: name for name in names(folded, pairs_of(folded))}
    strange = [name.written for name in named.values() if not _has_name(name, known, asked)]
    strange += [name for name in listed_strangers(folded, known.text, known.pairs) if name not in asked.text]
    weighed = found + len(lost), len(numbers), max(len(named), len(strange))
    return Measured(
        ngrams=_share(len(lost), weighed[0]),
        numbers=_share(len(wrong), weighed[1]),
        names=_share(len(strange), weighed[2]),
        copied=_copied(_NO_LETTER.sub("", folded), known),
        weighed=weighed,
        missing_ngrams=tuple(lost[:MOST_SHOWN]),
        missing_numbers=tuple(number.written for number in wrong[:MOST_SHOWN]),
        missing_names=tuple(strange[:MOST_SHOWN]),
    )


def fold(text: str) -> str:
    """One width, one case, one script, one dot between names."""
    text = unicodedata.normalize("NFKC", _CIRCLED.sub(" ", text)).casefold()
    return simplified(_DOT.sub("·", text))


def pairs_of(text: str) -> Set[str]:
    return set(map(add, text, text[1:]))


@lru_cache(maxsize=256)
def _known(text: str, title: str, section: str, author: str) -> Known:
    return Known("\n".join((title, section, author, text)))


def _share(lost: int, weighed: int) -> float:
    return 1 - lost / weighed if weighed else 1.0


def stands(quoted: str, passage: Passage) -> bool:
    """Whether a quotation stands in the passage, spaces, marks, script and what is left out (……) aside."""
    known = _known(passage.text, passage.title, passage.section, passage.author)
    parts = [_NO_LETTER.sub("", part) for part in _LEFT_OUT.split(fold(quoted))]
    return any(parts) and all(part in known.letters for part in parts)


# ---- the four measures


def _ngrams(folded: str, known: Known, asked: Known) -> tuple[int, list[str]]:
    """How many are found, and those that are not."""
    found, lost = 0, list[str]()
    repeated = asked.pairs & known.content
    for run in _RUN.findall(COUNTED.sub(" ", folded)):
        pairs = list(map(add, run, run[1:]))
        found += sum(map(known.content.__contains__, pairs)) - sum(map(repeated.__contains__, pairs))
        strange = [at for at, pair in enumerate(pairs) if pair not in known.passing and pair not in asked.pairs]
        lost += [pairs[at] for at in strange if SINGLE.isdisjoint(pairs[at]) and not _joins(pairs, at, known, asked)]
    for word in _WORD.findall(folded):
        if word not in asked.words:
            found += word in known.words
            lost += [] if word in known.words else [word]
    return found, lost


def _joins(pairs: Sequence[str], at: int, known: Known, asked: Known) -> bool:
    """The end of a word and the beginning of another: both its neighbours are known, or words of grammar."""
    if not 0 < at < len(pairs) - 1:
        return False
    before, after = pairs[at - 1], pairs[at + 1]
    return (before in known.joining or before in asked.pairs) and (after in known.joining or after in asked.pairs)


def _has_name(name: Named, known: Known, asked: Known) -> bool:
    return any(_has(needed, text) for needed in name.needed for text in (known, asked))


def _has(name: str, known: Known) -> bool:
    if _WORD.fullmatch(name):
        return name in known.words
    return name in known.text or (_NO_LETTER.sub("", name) or name) in known.letters


def _copied(letters: str, known: Known) -> float:
    """The length of the longest common run, by a window that only grows; of the answer's letters."""
    text, pairs, best = known.letters, known.letter_pairs, 0
    for end in range(2, len(letters) + 1):
        # most letters of a text that is not copied are spared the search
        if letters[end - 2 : end] in pairs and letters[end - best - 1 if end > best else 0 : end] in text:
            best = best + 1 if best else 2
    return best / len(letters) if letters else 0.0
