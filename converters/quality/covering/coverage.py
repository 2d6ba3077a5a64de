"""How far are all rows from the chosen ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converters.quality.contract import Matrix, Numbers
from converters.quality.covering.distances import Squares, nearest_of


@dataclass(frozen=True)
class Coverage:
    """`distances` of each row to its nearest chosen one: Euclidean between unit rows, √(2 − 2·cosine), 0 to 2.

    `nearest` is that chosen row, as a row of all. A row of NaN has distance NaN, nearest -1, and does not count.
    """

    mean: float
    p95: float
    largest: float
    distances: Squares
    nearest: Numbers


def coverage(vectors: Matrix, chosen: Sequence[int] | Numbers) -> Coverage:
    """Of unit rows. Raises ValueError when nothing is chosen, or something without a direction."""
    picked = np.asarray(chosen, dtype=np.int64)
    if not len(picked):
        raise ValueError("nothing is chosen: no distance to it")
    has = ~np.isnan(vectors[:, 0])
    rows = vectors if has.all() else vectors[has]
    at, squares = nearest_of(rows, vectors[picked])
    distances, nearest = np.full(len(vectors), np.nan), np.full(len(vectors), -1, dtype=np.int64)
    distances[has], nearest[has] = np.sqrt(squares), picked[at]
    known = distances[has]
    return Coverage(float(known.mean()), float(np.quantile(known, 0.95)), float(known.max()), distances, nearest)
