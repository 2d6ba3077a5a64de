"""How close is a translation to its reference? Corpus sacreBLEU and chrF++, as sacrebleu computes them.

The host's own `bleu-4` is a mean of character-level sentence scores (48.5 for two unrelated English
sentences) and is not used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sacrebleu
from numpy.typing import NDArray
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from ewc_plugin.bootstrap import DESCRIPTION, RESAMPLES, Numbers, interval, resampled_sums
from ewc_plugin.metrics.score import Score

CORPUS = frozenset({"bleu", "chrf"})  # scores of a whole set that are no mean of its items' scores
PERCENT = 100.0  # their range; other scores that are better when larger lie in [0, 1]
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_WORD = re.compile(r"[A-Za-z]+")


def tokeniser(references: Sequence[str]) -> str:
    """`zh` when the references of the set have more Chinese characters than Latin words, else `13a`.

    sacrebleu's default, `13a`, gives 0 on Chinese.
    """
    text = "\n".join(references)
    return "zh" if len(_HAN.findall(text)) > len(_WORD.findall(text)) else "13a"


def bleu(references: Sequence[str], answers: Sequence[str], *, seed: int = 42, resamples: int = RESAMPLES) -> Score:
    """Corpus BLEU in [0, 100]; items are sentence BLEU with effective order. An empty answer scores 0."""
    kind = tokeniser(references)
    # the one thing that differs from the corpus score: short sentences have no 4-grams
    sentence = BLEU(tokenize=kind, effective_order=True)
    return _corpus("bleu", BLEU(tokenize=kind), sentence, references, answers, kind, seed, resamples)


def chrf(references: Sequence[str], answers: Sequence[str], *, seed: int = 42, resamples: int = RESAMPLES) -> Score:
    """Corpus chrF++ (word order 2) in [0, 100]: still tells answers apart where no 4-gram matches."""
    metric = CHRF(word_order=2)
    return _corpus("chrf", metric, metric, references, answers, "characters and words", seed, resamples)


def _corpus(
    name: str,
    metric: Any,
    sentence: Any,
    references: Sequence[str],
    answers: Sequence[str],
    kind: str,
    seed: int,
    resamples: int,
) -> Score:
    # counted once for items, score and resamples: counting is nearly all of the time
    of = Counted(metric, _counts(metric, references, answers))
    items = [sentence._compute_score_from_stats(row).score for row in of.counts.tolist()]
    low, high = interval(of.draws(seed=seed, resamples=resamples))
    signature = {
        "metric": name,
        "version": sacrebleu.__version__,
        "tokeniser": kind,
        "sacrebleu": str(metric.get_signature()),
        "interval": DESCRIPTION,
        "resamples": resamples,
        "seed": seed,
    }
    return Score(name, of.score, low, high, len(items), tuple(items), signature)


@dataclass(frozen=True)
class Counted:
    """What sacrebleu counts in each answer, (n, d), the references' own counts among them; scores come from sums.

    sacrebleu's own significance tests use the same two methods: per-sentence counts, and a score from their sums. Its
    `n_bootstrap` reports mean ± half-width of its own draws; ours are shared by all metrics of a set.
    """

    metric: Any
    counts: NDArray[np.int64]

    @property
    def score(self) -> float:
        return float(self.scores(self.counts.sum(axis=0)[None])[0])

    def scores(self, sums: NDArray[Any]) -> Numbers:
        """(r, d) sums -> (r,) corpus scores."""
        return np.array([self.metric._compute_score_from_stats(row).score for row in sums.tolist()])

    def draws(self, *, seed: int, resamples: int) -> Numbers:
        """The corpus score of every resample: rows of the same items are compared draw by draw."""
        return self.scores(resampled_sums(self.counts, resamples=resamples, seed=seed))


def counted(name: str, references: Sequence[str], answers: Sequence[str]) -> Counted:
    """For corpus `bleu` or `chrf`."""
    metric = BLEU(tokenize=tokeniser(references)) if name == "bleu" else CHRF(word_order=2)
    return Counted(metric, _counts(metric, references, answers))


def _counts(metric: Any, references: Sequence[str], answers: Sequence[str]) -> NDArray[np.int64]:
    return np.array(metric._extract_corpus_statistics(list(answers), [list(references)]), dtype=np.int64)
