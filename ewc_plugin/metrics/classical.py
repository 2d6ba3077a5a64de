"""How close is a rendering between classical and modern Chinese? sacreBLEU `zh` and chrF++, as for translation.

The two languages share most characters: the source itself, handed back unchanged, already scores. `unchanged` says
how much, so that a model that learned to copy is not praised.
"""

from collections.abc import Callable
from dataclasses import replace

from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.score import How, Score
from ewc_plugin.metrics.translation import bleu, chrf


def source(question: str) -> str:
    """What is to be rendered: the longest line of the request, which else holds the request's own words."""
    return max(question.splitlines(), key=len, default="").strip()


def _beside_the_source(score: Callable[..., Score]) -> Callable[[Answers, How], Score]:
    def measure(given: Answers, how: How) -> Score:
        sources = [source(question) for question in given.questions]
        unchanged = score(given.references, sources, seed=how.seed, resamples=1).value
        found = score(given.references, given.answers, seed=how.seed, resamples=how.resamples)
        return replace(found, extra={**found.extra, "unchanged": unchanged})

    return measure


classical_bleu = _beside_the_source(bleu)
classical_chrf = _beside_the_source(chrf)
