"""Whether a conversation is in an evaluation set: by id, by content, or as a near-duplicate.

Exact: no hashing trick stands between the definition and the verdict. Memory grows with the evaluation sets
only.

* the same **id**, or the same **content**: a conversation whose normalised text equals that of an evaluation
  item, or one of whose (question, answer) turns equals a turn of one. A turn shorter than 20 characters
  (谢谢 / 不客气) counts only when it is the whole conversation: greetings are not leaks.
* **near-duplicate**: Jaccard similarity ≥ 0.8 of the sets of character 5-grams of the two conversations.

System messages take no part: one prompt is shared by thousands of conversations that have nothing else in
common. Texts shorter than 5 characters have one gram, themselves. There is no softer rule for short texts:
他喜欢猫 and 他喜欢狗 differ in one character and are two items; what differs in punctuation, width or case
only is equal after normalisation.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Leak = Literal["in_evaluation_set", "near_duplicate_of_evaluation"]
LEAKS: tuple[Leak, ...] = ("in_evaluation_set", "near_duplicate_of_evaluation")

GRAM = 5
SHORT_TURN = 20
# Jaccard ≥ 4/5, kept as two integers: a float would decide ties by its rounding
NUMERATOR, DENOMINATOR = 4, 5
BETWEEN_TURNS = "\x1f"
NOT_A_WORD = re.compile(r"[\W_]+")


class Turn(NamedTuple):
    role: str
    content: str


def normalised(text: str) -> str:
    """Letters, digits and ideographs only, width and case folded; text without any is kept as it is."""
    # stripping first lets NFKC take its quick path: full-width punctuation is in every Chinese sentence
    folded = unicodedata.normalize("NFKC", NOT_A_WORD.sub("", text)).casefold()
    return NOT_A_WORD.sub("", folded) or "".join(text.split())


def grams(text: str) -> set[str]:
    """The character 5-grams of a normalised text; the text itself when it is shorter."""
    return {text[at : at + GRAM] for at in range(max(len(text) - GRAM + 1, 1))}


def is_near(left: set[str], right: set[str]) -> bool:
    """|A∩B| / |A∪B| ≥ 4/5."""
    shared = len(left & right)
    return DENOMINATOR * shared >= NUMERATOR * (len(left) + len(right) - shared)


def required(size: int) -> int:
    """The fewest grams that a set of this size shares with any near-duplicate: ⌈4/5·|A|⌉."""
    return -(-NUMERATOR * size // DENOMINATOR)


def conversation_text(turns: Sequence[Turn]) -> str:
    return BETWEEN_TURNS.join(normalised(turn.content) for turn in turns if turn.role != "system")


def contents(text: str) -> set[str]:
    """What must not be equal: the whole conversation, and each of its turns of 20 characters or more."""
    parts = text.split(BETWEEN_TURNS)
    turns = (BETWEEN_TURNS.join(parts[at : at + 2]) for at in range(0, len(parts), 2))
    return {text} | {turn for turn in turns if len(turn) >= SHORT_TURN}


class EvaluationIndex:
    """All evaluation items, ready to be asked about one conversation at a time.

    Near-duplicates are found by prefix filtering (Bayardo, Ma & Srikant 2007): with the grams of both sets in
    one fixed order, two sets that share at least α grams share one within their first |A|−α+1. Rare grams
    stand first, so that the instruction that a thousand items begin with is never looked up.
    """

    def __init__(self, items: Iterable[tuple[str, Sequence[Turn]]]) -> None:
        self._ids: set[str] = set()
        self._contents: set[str] = set()
        self._texts: list[str] = []
        for identity, turns in items:
            text = conversation_text(turns)
            self._ids.add(identity)
            self._contents |= contents(text)
            self._texts.append(text)
        self._texts = sorted(set(self._texts))
        self._frequency: Counter[str] = Counter()
        for text in self._texts:
            self._frequency.update(grams(text))
        # a second table of the same strings: set operations on it run in C, which is most of the time
        self._known = frozenset(self._frequency)
        self._holders: dict[str, list[int]] = {}
        for number, text in enumerate(self._texts):
            for gram in self._prefix(grams(text)):
                self._holders.setdefault(gram, []).append(number)
        self._grams_of = lru_cache(maxsize=256)(lambda number: grams(self._texts[number]))

    def __len__(self) -> int:
        return len(self._texts)

    def leak(self, identity: str, turns: Sequence[Turn]) -> Leak | None:
        if not self._texts:
            return None
        text = conversation_text(turns)
        if identity in self._ids or not self._contents.isdisjoint(contents(text)):
            return "in_evaluation_set"
        return "near_duplicate_of_evaluation" if self._has_near_duplicate(text) else None

    def _has_near_duplicate(self, text: str) -> bool:
        if self._tail_is_foreign(text):
            return False
        own = grams(text)
        if len(own & self._known) < required(len(own)):
            return False
        candidates = {number for gram in self._prefix(own) for number in self._holders.get(gram, ())}
        return any(is_near(own, self._grams_of(number)) for number in candidates)

    def _tail_is_foreign(self, text: str) -> bool:
        """True only if too many grams of the last third are in no evaluation item: most texts end here.

        The end, because instructions stand at the beginning and are shared. Exact: with L positions there are
        at most L grams, of which a near-duplicate may lack L − ⌈4/5·L⌉.
        """
        positions = max(len(text) - GRAM + 1, 1)
        unknown = grams(text[-(positions // 3 + GRAM) :]) - self._known
        return len(unknown) > positions - required(positions)

    def _prefix(self, own: set[str]) -> list[str]:
        ordered = sorted(own, key=lambda gram: (self._frequency.get(gram, 0), gram))
        return ordered[: len(own) - required(len(own)) + 1]
