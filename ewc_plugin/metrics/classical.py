"""How close is a rendering between classical and modern Chinese? sacreBLEU `zh` and chrF++, as for translation.

The two languages share most characters: the source itself, handed back unchanged, already scores. `unchanged` says
how much, so that a model that learned to copy is not praised.
"""

from dataclasses import replace
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from ewc_plugin.metrics.answers import Answers
from ewc_plugin.metrics.score import How, Score
from ewc_plugin.metrics.translation import bleu, chrf, tokeniser


def source(question: str) -> str:
    """What is to be rendered: the longest line of the request, whose other lines are the request's own words."""
    return max(question.splitlines(), key=len, default="").strip()


def classical_bleu(given: Answers, how: How) -> Score:
    score = bleu(given.references, given.answers, seed=how.seed, resamples=how.resamples)
    return _beside_the_source(score, BLEU(tokenize=tokeniser(given.references)), given)


def classical_chrf(given: Answers, how: How) -> Score:
    score = chrf(given.references, given.answers, seed=how.seed, resamples=how.resamples)
    return _beside_the_source(score, CHRF(word_order=2), given)


def _beside_the_source(score: Score, metric: Any, given: Answers) -> Score:
    sources = [source(question) for question in given.questions]
    unchanged = metric.corpus_score(sources, [list(given.references)]).score
    return replace(score, extra={**score.extra, "unchanged": unchanged})
