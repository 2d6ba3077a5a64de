"""Which rows are nearest to a point? All of them in order, by cosine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix, Numbers


def nearest(vectors: Matrix, centre: npt.NDArray[np.floating]) -> Numbers:
    """Rows by falling cosine to `centre`, ties by row; rows of NaN are left out."""
    raise NotImplementedError
