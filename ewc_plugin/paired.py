"""Is a change of a score more than noise? Its interval and its p over the items that two rows share.

The interval is a paired bootstrap: both rows are resampled with the same draws of items, what makes an item hard is in
both and cancels, so that much smaller changes are seen than by comparing the two rows' own intervals. p is that of
paired approximate randomisation (`randomisation.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ewc_plugin.bootstrap import RESAMPLES, interval, resampled_ratios
from ewc_plugin.evaluation.predictions import PredictionsError, read_predictions
from ewc_plugin.matrix import MatrixError
from ewc_plugin.metrics import translation
from ewc_plugin.randomisation import LEVEL, Numbers, p_value

# id -> (numerator, denominator): summed nll and tokens, or a score and 1
Items = Mapping[str, tuple[float, float]]
# id -> (reference, answer)
Texts = Mapping[str, tuple[str, str]]
CORPUS_EXCHANGES = 4999  # corpus scores are computed one by one; enough for 80 sets and three earlier rows after Holm
# scores that are ratios of sums: which fields of a record they are made of
RATIOS = {"loss": ("nll", "tokens"), "base_loss": ("base_nll", "base_tokens")}


@dataclass(frozen=True)
class Difference:
    """After minus before, with its 95 % interval and the p of this one test."""

    value: float
    low: float
    high: float
    n: int
    p: float

    @property
    def beyond_noise(self) -> bool:
        """Of this test alone; among many others, `Changes` decides."""
        return self.p < LEVEL and self.has_a_sign

    @property
    def has_a_sign(self) -> bool:
        """Whether the interval leaves out zero: of corpus scores near zero p alone may be small."""
        return self.low > 0 or self.high < 0


def difference(
    before: Mapping[str, Any], after: Mapping[str, Any], column: str, metric: str = "loss"
) -> Difference | None:
    """Of one score in two rows of a matrix; None where a row's predictions are gone, torn or of other items."""
    if metric in translation.CORPUS:
        texts, other_texts = _texts(before, column), _texts(after, column)
        return corpus_difference(metric, texts, other_texts) if texts and texts.keys() == other_texts.keys() else None
    items, others = items_of(before, column, metric), items_of(after, column, metric)
    return ratio_difference(items, others) if items and others and items.keys() == others.keys() else None


def items_of(row: Mapping[str, Any], name: str, metric: str = "loss") -> Items | None:
    """The items of one cell; None when the row's folder of predictions is gone."""
    records = _records(row, name)
    if records is None:
        return None
    if metric in RATIOS:
        above, below = RATIOS[metric]
        return {r["id"]: (float(r[above]), float(r[below])) for r in records if above in r and r.get(below, 0) > 0}
    scores = {r["id"]: r["scores"].get(metric) for r in records}
    return {i: (float(value), 1.0) for i, value in scores.items() if value is not None}


def _texts(row: Mapping[str, Any], name: str) -> Texts:
    records = _records(row, name) or []
    return {r["id"]: (r["reference"], r["answer"]) for r in records if r["answer"] is not None}


def _records(row: Mapping[str, Any], name: str) -> list[dict[str, Any]] | None:
    folder = row.get("predictions")
    try:
        return read_predictions(Path(folder), name) if folder else None
    except PredictionsError:  # named on the page; without its items a change is told and not tested
        return None


def ratio_difference(before: Items, after: Items, *, seed: int = 42, resamples: int = RESAMPLES) -> Difference:
    """Change of Σ numerators / Σ denominators. Raises MatrixError unless the items are the same."""
    old, new = aligned(before, after)
    value = float(_change_of_sums(old.sum(0)[None], new.sum(0)[None])[0])
    how = {"resamples": resamples, "seed": seed}
    draws = resampled_ratios(new[:, 0], new[:, 1], **how) - resampled_ratios(old[:, 0], old[:, 1], **how)
    low, high = interval(draws)
    return Difference(value, low, high, len(old), p_value(old, new, _change_of_sums, seed=seed))


def corpus_difference(
    metric: str, before: Texts, after: Texts, *, seed: int = 42, resamples: int = RESAMPLES
) -> Difference:
    """Change of corpus BLEU or chrF++, from the answers themselves."""
    references = [before[i][0] for i in before]
    how: dict[str, Any] = {"seed": seed, "resamples": resamples}
    sides = [[side[i][1] for i in before] for side in (before, after)]
    of = [translation.counted(metric, references, answers) for answers in sides]
    low, high = interval(of[1].draws(**how) - of[0].draws(**how))

    def change(old: Numbers, new: Numbers) -> Numbers:
        return of[1].scores(new) - of[0].scores(old)

    p = p_value(of[0].counts, of[1].counts, change, seed=seed, exchanges=CORPUS_EXCHANGES)
    return Difference(of[1].score - of[0].score, low, high, len(references), p)


def aligned(before: Items, after: Items) -> tuple[Any, Any]:
    """(n, 2) arrays of numerators and denominators in one order of the items."""
    apart = before.keys() ^ after.keys()
    if apart or not before:
        raise MatrixError(
            "paired test",
            expected="the same items in both rows",
            found=f"{len(apart)} of {len(before.keys() | after.keys())} items in one row only",
            remedy="Compare rows that were evaluated on the same subset.",
        )
    return np.array([before[i] for i in before]), np.array([after[i] for i in before])


def _change_of_sums(old: Numbers, new: Numbers) -> Numbers:
    """Σ nll / Σ tokens of the second minus that of the first, from (r, 2) sums."""
    change: Numbers = new[:, 0] / new[:, 1] - old[:, 0] / old[:, 1]
    return change
