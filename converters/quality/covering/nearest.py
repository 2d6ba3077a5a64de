"""Which rows are nearest to a point? All of them in order, by cosine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix, Numbers
from converters.quality.covering.distances import PAIRS

DECIMALS = 12  # of a cosine: three digits above what two orders of summation differ by
Cosines = npt.NDArray[np.float64]


def nearest(vectors: Matrix, centre: npt.NDArray[np.floating]) -> Numbers:
    """Rows by falling cosine to `centre`, ties by row; rows of NaN are left out."""
    found = cosines(vectors, centre)
    order = np.argsort(-found, kind="stable")
    return order[: len(found) - int(np.isnan(found).sum())].astype(np.int64)


def cosines(vectors: Matrix, centre: npt.NDArray[np.floating]) -> Cosines:
    """x·c/‖c‖ of unit rows x, in float64 and rounded to DECIMALS; two that agree in them are a tie."""
    direction = np.asarray(centre, dtype=np.float64)
    direction = direction / np.sqrt((direction * direction).sum())
    found = np.empty(len(vectors))
    for start in range(0, len(vectors), PAIRS):
        found[start : start + PAIRS] = (vectors[start : start + PAIRS] * direction).sum(axis=1)
    return np.round(found, DECIMALS)
