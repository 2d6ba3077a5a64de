"""Which vectors have a direction, and what are they at length 1?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix

BLOCK = 8192  # rows that are widened to float64 at a time


def usable(matrix: Matrix) -> npt.NDArray[np.bool_]:
    """False for a row with a number that is not finite, or of nothing but zeros: it points nowhere."""
    kept = np.zeros(len(matrix), dtype=np.bool_)
    for start in range(0, len(matrix), BLOCK):
        norms = _norms(matrix[start : start + BLOCK])
        kept[start : start + BLOCK] = np.isfinite(norms) & (norms > 0)
    return kept


def unit(matrix: Matrix) -> Matrix:
    """x/‖x‖ of each row, in float32; the norm is taken in float64. A row without a direction becomes NaN."""
    result = np.empty(matrix.shape, dtype=np.float32)
    for start in range(0, len(matrix), BLOCK):
        rows = matrix[start : start + BLOCK]
        norms = _norms(rows)
        norms[~(np.isfinite(norms) & (norms > 0))] = np.nan
        np.divide(rows, norms[:, None], out=result[start : start + BLOCK], casting="same_kind")
    return result


def _norms(rows: Matrix) -> npt.NDArray[np.float64]:
    wide = rows.astype(np.float64)
    squares: npt.NDArray[np.float64] = np.sqrt((wide * wide).sum(axis=1))
    return squares
