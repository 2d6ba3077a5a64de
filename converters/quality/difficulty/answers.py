"""How near are a model's answers to the references, and would answers that need no model be as near?

Short references by exact match, others by sentence chrF (Popović 2015) as sacrebleu computes it; 0 to 100, each with
the interval of its mean. An open task (a story, a poem) has many good answers, which no reference can show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from converters.mixing.leakage import normalised
from converters.quality.difficulty.facts import is_short
from converters.quality.difficulty.intervals import FEWEST, Estimate, mean, share
from converters.text import han_count, word_count

EXACT, CHRF = "exact match", "chrF"
# Four of five: a convention. chrF: as near as two people's translations of one sentence are to one another. Measured
# into Chinese on 513 sentences of news (NTREX, mainland and Taiwan: 25) and 186 of Tatoeba (33), into English on 95 of
# Tatoeba (55).
SOLVED_EXACT, SOLVED_CHINESE, SOLVED_OTHER = 80.0, 30.0, 55.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One item: the last question, its reference, and the document that it is of ("" where unknown)."""

    question: str
    reference: str
    document: str


@dataclass(frozen=True)
class Scored:
    """How near the answers to the short, or to the other, references are.

    `trivial` is the better of two answers that need no model: for short references the most frequent one, for others
    another item's reference; and in both cases the question itself. `contained`: the short reference stands in the
    answer, whatever else does.
    """

    measure: str
    items: int
    score: Estimate
    trivial: float
    demanded: float
    contained: Estimate | None = None

    @property
    def is_solved(self) -> bool:
        return self.items >= FEWEST and self.score.low >= self.demanded


def scored(items: Sequence[Asked], answers: Sequence[str], task: str) -> list[Scored]:
    """Short references and others apart; at most two, the one with more items first."""
    short = [is_short(item.reference, task) for item in items]
    kinds = [[at for at, one in enumerate(short) if one is wanted] for wanted in (True, False)]
    found = [
        make([items[at] for at in places], [answers[at] for at in places])
        for make, places in zip((_exact, _chrf), kinds, strict=True)
        if places
    ]
    return sorted(found, key=lambda one: -one.items)


def _exact(items: Sequence[Asked], answers: Sequence[str]) -> Scored:
    wanted = [normalised(item.reference) for item in items]
    said = [normalised(answer) for answer in answers]
    documents = [item.document for item in items]
    common = Counter(wanted).most_common(1)[0][1]
    echoed = sum(normalised(item.question) == one for item, one in zip(items, wanted, strict=True))
    trivial = 100 * max(common, echoed) / len(items)
    return Scored(
        EXACT,
        len(items),
        share([one == other for one, other in zip(said, wanted, strict=True)], documents),
        trivial,
        demanded(SOLVED_EXACT, trivial),
        share([_holds(one, other) for one, other in zip(said, wanted, strict=True)], documents),
    )


def _holds(answer: str, reference: str) -> bool:
    # a single letter stands in nearly everything
    return reference in answer if len(reference) > 1 else reference == answer


def _chrf(items: Sequence[Asked], answers: Sequence[str]) -> Scored:
    near = _sentence_chrf()
    references = [item.reference for item in items]
    documents = [item.document for item in items]
    others = [*references[1:], references[0]] if len(references) > 1 else [""]
    trivial = max(sum(map(near, said, references)) / len(items) for said in ([item.question for item in items], others))
    least = SOLVED_CHINESE if is_chinese(references) else SOLVED_OTHER
    score = mean([near(answer, reference) for answer, reference in zip(answers, references, strict=True)], documents)
    return Scored(CHRF, len(items), score, trivial, demanded(least, trivial))


def demanded(least: float, trivial: float) -> float:
    """From what the lower end must reach, of 100: the share `least` of what the trivial answer leaves over.

    A larger share where the trivial answer has more than `least` itself: text that is copied and punctuated is near its
    reference before anything was understood.
    """
    return trivial + max(least, trivial) / 100 * (100 - trivial)


def is_chinese(texts: Sequence[str]) -> bool:
    return sum(map(han_count, texts)) > sum(map(word_count, texts))


def _sentence_chrf() -> Callable[[str, str], float]:
    from sacrebleu.metrics import chrf

    metric: Any = chrf.CHRF()
    return lambda answer, reference: float(metric.sentence_score(answer, [reference]).score)


def signature() -> str:
    """What sacrebleu says of its own measure."""
    from sacrebleu.metrics import chrf

    metric: Any = chrf.CHRF()
    metric.sentence_score("a", ["a"])
    return f"chrF|{metric.get_signature()}"
