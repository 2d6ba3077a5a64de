"""Which measures score the generated answers of which task? A literal: a new one is a function and a line.

The first measure of a task is the one that sentences, advice and the gate speak of. Loss and perplexity are not here:
every task has them.
"""

from collections.abc import Callable

from ewc_plugin.metrics.answers import Aids, Answers
from ewc_plugin.metrics.score import How, Score
from ewc_plugin.metrics.translation import bleu, chrf

__all__ = ["MEASURES", "Aids", "Answers", "How", "Measure", "Score"]

Measure = Callable[[Answers, How], Score]


def against_references(score: Callable[..., Score]) -> Measure:
    """A measure out of a function of references and answers alone."""

    def measure(given: Answers, how: How) -> Score:
        return score(given.references, given.answers, seed=how.seed, resamples=how.resamples)

    return measure


MEASURES: dict[str, tuple[Measure, ...]] = {
    "translation": (against_references(bleu), against_references(chrf)),
}
