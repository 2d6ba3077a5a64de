"""How far are all rows from the chosen ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix, Numbers


@dataclass(frozen=True)
class Coverage:
    """`distances` of each row to its nearest chosen one (Euclidean, unit vectors); mean, 95 % and largest of them."""

    mean: float
    p95: float
    largest: float
    distances: npt.NDArray[np.float64]


def coverage(vectors: Matrix, chosen: Sequence[int] | Numbers) -> Coverage:
    """Of unit rows; rows of NaN do not count."""
    raise NotImplementedError
