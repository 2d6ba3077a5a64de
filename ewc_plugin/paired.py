"""Is a change of the loss more than noise? A paired bootstrap over the items that two rows share.

Both rows are resampled with the same draws of items: what makes an item hard is in both and cancels, so that
much smaller changes are seen than by comparing the two rows' own intervals.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ewc_plugin.bootstrap import RESAMPLES, interval, resampled_ratios
from ewc_plugin.evaluation.predictions import read_predictions
from ewc_plugin.matrix import MatrixError

# id -> (summed nll, tokens)
Items = Mapping[str, tuple[float, int]]


@dataclass(frozen=True)
class Difference:
    """After minus before, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    @property
    def beyond_noise(self) -> bool:
        return self.low > 0 or self.high < 0


def items_of(row: Mapping[str, Any], name: str) -> Items | None:
    """The items of one cell; None when the row's folder of predictions is gone."""
    folder = row.get("predictions")
    records = read_predictions(Path(folder), name) if folder else None
    if records is None:
        return None
    return {r["id"]: (float(r["nll"]), int(r["tokens"])) for r in records if r["tokens"] > 0}


def loss_difference(before: Items, after: Items, *, seed: int = 42, resamples: int = RESAMPLES) -> Difference:
    """Change of the loss per token, Σ nll / Σ tokens. Raises MatrixError unless the items are the same."""
    old, new = aligned(before, after)
    value = _change(old, new)
    how = {"resamples": resamples, "seed": seed}
    draws = resampled_ratios(new[:, 0], new[:, 1], **how) - resampled_ratios(old[:, 0], old[:, 1], **how)
    low, high = interval(draws)
    return Difference(value, low, high, len(old))


def aligned(before: Items, after: Items) -> tuple[Any, Any]:
    """(n, 2) arrays of nll and tokens in one order of the items."""
    apart = before.keys() ^ after.keys()
    if apart or not before:
        raise MatrixError(
            "paired test",
            expected="the same items in both rows",
            found=f"{len(apart)} of {len(before.keys() | after.keys())} items in one row only",
            remedy="Compare rows that were evaluated on the same subset.",
        )
    return np.array([before[i] for i in before]), np.array([after[i] for i in before])


def _change(old: Any, new: Any) -> float:
    """Σ nll / Σ tokens of the second minus that of the first."""
    return float(new[:, 0].sum() / new[:, 1].sum() - old[:, 0].sum() / old[:, 1].sum())
