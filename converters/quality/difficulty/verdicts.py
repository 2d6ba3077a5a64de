"""What follows for a task: will a prompt do, does it need training, or are its answers facts that belong into a prompt?

One of three, each with the numbers it rests on, so that a person can disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from converters.quality.difficulty.answers import EXACT, Scored
from converters.quality.difficulty.facts import REWORDED
from converters.quality.difficulty.intervals import FEWEST, Estimate
from converters.quality.difficulty.knowledge import BIT, HALF, Knowledge

Kind = Literal["prompt", "train", "retrieval"]
SAYS: dict[Kind, str] = {
    "prompt": "A prompt already solves it: no training is needed for these items.",
    "retrieval": "The answers are facts that the model does not hold: give it the source in the prompt (retrieval). "
    "Training teaches the form of an answer, and few facts, those at the cost of others.",
    "train": "Train.",
}
# what is made up, transformed or worked out: an unexpected name in it is no gap in the model's knowledge
MADE = REWORDED | {"arithmetic", "code", "refusal", "multiple_choice"}


@dataclass(frozen=True)
class Verdict:
    kind: Kind
    evidence: tuple[str, ...]

    @property
    def says(self) -> str:
        return SAYS[self.kind]


@dataclass(frozen=True)
class Seen:
    """Scores by number of shots; `best` are those of the number that did best on the measure with most items."""

    scores: dict[int, Sequence[Scored]]

    @property
    def best(self) -> int:
        return max(self.scores, key=lambda shots: (self.scores[shots][0].score.low, -shots))

    @property
    def short(self) -> Scored | None:
        """Short references under the most shots; None where there are none."""
        most = self.scores[max(self.scores)]
        return next((one for one in most if one.measure == EXACT), None)

    @property
    def solved(self) -> bool:
        judged = [one for one in self.scores[self.best] if one.items >= FEWEST]
        return bool(judged) and all(one.is_solved for one in judged)


def verdict(seen: Seen, known: Knowledge | None, task: str) -> Verdict:
    """`task` is that of the evaluation set, "" where none is registered; `known` None where too few facts are stated.

    prompt: the lower end of every score reaches what is demanded (`Scored.demanded`).
    retrieval: the form is learned from few shots (under a bit a token, or cheaper than without them); the facts stay
    more than a bit a token dearer than the form; fewer than half of the short answers have them; and the own source
    in the prompt halves their loss, which another's does not. Where no source is at hand this last is left out, if most
    answers are short and the task is none of MADE.
    """
    if seen.solved:
        return Verdict("prompt", (_scores(seen, seen.best),))
    tried = tuple(_scores(seen, shots) for shots in seen.scores)
    if known is None:
        few = f"fewer than {FEWEST} answers state facts that their prompts do not tell: what it knows was not tested"
        return Verdict("train", (*tried, few))
    return Verdict("retrieval" if _are_facts(seen, known, task) else "train", (*tried, *_knowledge(known, seen)))


def _are_facts(seen: Seen, known: Knowledge, task: str) -> bool:
    short = seen.short
    held = short is not None and short.contained is not None and short.contained.high >= HALF
    if not known.form_is_learned or not known.facts_stay_dear or held:
        return False
    if known.source_helps is None:
        mostly_short = short is not None and short is seen.scores[max(seen.scores)][0]
        return mostly_short and task not in MADE
    return known.source_helps


# ---- what the numbers say


def _scores(seen: Seen, shots: int) -> str:
    parts = [
        f"{one.measure} {one.score.value:.1f} ({ends(one.score)}) of {one.items:,}; {one.demanded:.1f} is demanded, "
        f"{one.trivial:.1f} need no model"
        + (f"; the reference stands in {one.contained.value:.0f} % of the answers" if one.contained else "")
        for one in seen.scores[shots]
    ]
    return f"{counted(shots)}: {'. '.join(parts)}"


def counted(shots: int) -> str:
    return f"{_examples(shots)} in the prompt" if shots else "zero-shot"


def _examples(number: int) -> str:
    return f"{number} example{'s' * (number != 1)}"


def ends(estimate: Estimate, digits: int = 1) -> str:
    return f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"


def _nats(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({ends(estimate, 2)})"


def _knowledge(known: Knowledge, seen: Seen) -> tuple[str, ...]:
    form = "is learned" if known.form_is_learned else "is not learned"
    dear = "more than a bit dearer" if known.facts_stay_dear else "not surely a bit dearer"
    return (
        f"the form {form} from {_examples(max(seen.scores))}: {_nats(known.form)} nats a token, "
        f"{known.form_change.value:+.2f} ({ends(known.form_change, 2)}) by the examples",
        f"the facts of {known.items:,} answers, which their prompts do not tell, cost {_nats(known.fact)} nats a "
        f"token, {known.fact_change.value:+.2f} ({ends(known.fact_change, 2)}) by the examples: {dear} than the form "
        f"({_nats(known.dearer)}; a bit is {BIT:.2f})",
        _source(known),
    )


def _source(known: Knowledge) -> str:
    if known.by_source is None or known.by_other is None or known.own_or_other is None or known.fact_without is None:
        return (
            f"the source of an answer stands beside {known.with_source:,} items, too few to try it in the prompt "
            "(--passages FILE names more)"
        )
    helps = "halves that, and not because any text would" if known.source_helps else "does not do what retrieval needs"
    return (
        f"the source in the prompt of {known.with_source:,} items {helps}: {known.fact_without.value:.2f} "
        f"{known.by_source.value:+.2f} ({ends(known.by_source, 2)}) with the own source, {known.by_other.value:+.2f} "
        f"({ends(known.by_other, 2)}) with another's"
    )
