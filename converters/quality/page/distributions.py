"""How are lengths and scores spread over all rows, and over those that were kept?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from converters.quality.page.known import CHARACTERS, Scores, numbers_of
from converters.quality.page.sides import Sides
from converters.quality.rows import Rows

BINS = 24
PERCENT = (5, 50, 95)
LARGEST_WHOLE = 2**53  # from there on every float is a whole number, also a perplexity
TOKENS = "tokens of the answer"
WIDE_SPREAD = 10  # the ratio of the 98 % quantile to the 2 % one from which bins grow by a factor

Values = npt.NDArray[np.float64]


def measured(rows: Rows, scores: Scores) -> dict[str, Values]:
    """Each number that is known of rows, by its name; NaN where a row has none.

    Without a length among the scores, the characters of answers are counted here.
    """
    found: dict[str, Values] = {}
    for number, identity in enumerate(rows.ids):
        for name, value in numbers_of(scores.get(identity, {})).items():
            if name not in found:
                found[name] = np.full(len(rows), np.nan)
            found[name][number] = value
    if TOKENS not in found:
        found = {CHARACTERS: _characters(rows), **found}
    return found


def _characters(rows: Rows) -> Values:
    lengths = (sum(len(turn.content) for turn in row.turns if turn.role == "assistant") for row in rows)
    return np.fromiter(lengths, dtype=np.float64, count=len(rows))


def distribution(values: Values, sides: Sides) -> dict[str, Any]:
    """Counts between common edges, of all rows and of the kept; what lies beyond the edges is in the outermost bins.

    The edges span the 1 % to the 99 % quantile of all rows, by equal factors where values spread widely.
    """
    known, kept = values[~np.isnan(values)], values[sides.kept]
    kept = kept[~np.isnan(kept)]
    edges = _edges(known)
    return {
        "edges": edges.tolist(),
        "all": _counted(known, edges),
        "kept": _counted(kept, edges),
        "all_quantiles": _quantiles(known),
        "kept_quantiles": _quantiles(kept),
        "all_mean": float(known.mean()) if len(known) else None,
        "kept_mean": float(kept.mean()) if len(kept) else None,
        "without": {"all": int(np.isnan(values).sum()), "kept": len(sides.kept) - len(kept)},
        "lowest": float(known.min()) if len(known) else None,
        "highest": float(known.max()) if len(known) else None,
    }


def _edges(known: Values) -> Values:
    low, high = np.quantile(known, [0.01, 0.99])
    whole = high < LARGEST_WHOLE and bool(np.all(known == np.rint(known)))
    if low == high:
        return np.array([low, low + 1 if whole else np.nextafter(low, np.inf)])
    if low > 0 and np.quantile(known, 0.98) > WIDE_SPREAD * np.quantile(known, 0.02):
        edges = np.geomspace(low, high, BINS + 1)
        return np.unique(np.rint(edges)) if whole else edges
    step = _round_step((high - low) / BINS, whole)
    first, last = np.floor(low / step), np.floor(high / step) + 1
    return np.arange(first, last + 1) * step


def _round_step(least: float, whole: bool) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is no smaller than `least`; 1 at least for whole numbers."""
    ten = 10.0 ** np.floor(np.log10(least))
    step = next(factor * ten for factor in (1, 2, 5, 10) if factor * ten >= least)
    return max(float(step), 1.0) if whole else float(step)


def _counted(values: Values, edges: Values) -> list[int]:
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    counts: list[int] = np.bincount(places, minlength=len(edges) - 1).tolist()
    return counts


def _quantiles(values: Values) -> list[float] | None:
    if not len(values):
        return None
    found: list[float] = np.percentile(values, PERCENT, method="inverted_cdf").tolist()
    return found
