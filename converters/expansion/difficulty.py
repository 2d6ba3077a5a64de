"""How hard is an item: what the model says, how long its answer is, from how many sentences of the passage, and which?

The shares are measured on characters, without a model: an answer that is one run of the passage is found by searching,
one that draws on three sentences has to be put together.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from converters.expansion.contract import Item
from converters.expansion.grounding import Measured
from converters.profiles import quantiles
from converters.similarity.grams import units_of

GRAM = 3
TENTHS = 10
LEAST = 2  # 3-grams that a sentence must add to the answer, so that a shared 的时候 is no source
SHORT, LONG = 20, 200  # characters
_END = re.compile(r"(?<=[。！？!?；;])|\n+")


@dataclass(frozen=True, slots=True)
class Drawn:
    """`sentences` of the passage that an answer takes words from; `place`: where in it, 0 to 1, the first of them is.

    The first is the one that it has most in common with; -1 where it has nothing.
    """

    sentences: int
    place: float


class Source:
    """A passage as sentences of 3-grams, for all the answers that are about it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts, self._grams = list[int](), list[set[str]]()
        start = 0
        for sentence in _END.split(text):
            if sentence:
                start = text.index(sentence, start)
                self._starts.append(start)
                self._grams.append(_grams(sentence, GRAM))
                start += len(sentence)

    def drawn(self, answer: str) -> Drawn:
        """The sentence that covers most of the answer, then the one that adds most, while one adds something."""
        left = _grams(answer, GRAM)
        if len(left) < 2 * LEAST:
            return self._of_short(answer)
        found = list[int]()
        while left:
            added, at = max(((len(left & grams), -at) for at, grams in enumerate(self._grams)), default=(0, 0))
            if added < LEAST:
                break
            found.append(-at)
            left -= self._grams[-at]
        return Drawn(len(found), self._place(found[0]) if found else -1.0)

    def _of_short(self, answer: str) -> Drawn:
        """A name or a date stands in a sentence or does not."""
        at = self.text.find(answer.strip().rstrip("。.！!"))
        return Drawn(1, at / max(len(self.text), 1)) if at >= 0 and answer.strip() else Drawn(0, -1.0)

    def _place(self, sentence: int) -> float:
        return self._starts[sentence] / max(len(self.text), 1)

    def place_of(self, item: Item, drawn: Drawn) -> float:
        """Where the evidence that the model quotes stands, or the sentence that the answer is nearest to."""
        at = self.text.find(item.evidence.strip()) if item.evidence.strip() else -1
        return at / max(len(self.text), 1) if at >= 0 else drawn.place


def _grams(text: str, length: int) -> set[str]:
    units = units_of(text)
    return {"".join(units[at : at + length]) for at in range(len(units) - length + 1)}


def tenth(share: float) -> int:
    return min(int(share * TENTHS), TENTHS - 1)


@dataclass
class Difficulty:
    """Counts over the items of a task."""

    labels: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    copied: list[int] = field(default_factory=lambda: [0] * TENTHS)
    sentences: Counter[int] = field(default_factory=Counter)
    places: list[int] = field(default_factory=lambda: [0] * TENTHS)

    def add(self, item: Item, measured: Measured, source: Source) -> None:
        answer = "\n".join(item.answers)
        self.labels[item.difficulty or "unsaid"] += 1
        self.lengths[len(answer)] += 1
        if len(answer) > SHORT:  # a name is one run of anything that has it
            self.copied[tenth(measured.copied)] += 1
        drawn = source.drawn(answer)
        self.sentences[drawn.sentences] += 1
        place = source.place_of(item, drawn)
        if place >= 0:
            self.places[tenth(place)] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "labels": dict(self.labels.most_common()),
            "answer_characters": quantiles(self.lengths),
            "short_answers": _share(self.lengths, 0, SHORT),
            "long_answers": _share(self.lengths, LONG + 1, max(self.lengths, default=0)),
            "lengths": {str(length): self.lengths[length] for length in sorted(self.lengths)},
            "copied_in_tenths": self.copied,
            "sentences_drawn_on": {str(number): self.sentences[number] for number in sorted(self.sentences)},
            "evidence_in_tenths": self.places,
        }


def _share(counts: Counter[int], least: int, most: int) -> float:
    within = sum(count for value, count in counts.items() if least <= value <= most)
    return round(within / max(counts.total(), 1), 4)
