"""The values that the parts of `quality` speak: vectors, clusters, a cover, a selection. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]
METRICS = ("length", "perplexity", "ifd", "reward")


@dataclass(frozen=True)
class Vectors:
    """`matrix` is n × d, row i of the i-th usable row of the dataset (`Rows.ids[i]`), not normalised.

    `about`: what they are of (model, pooling, sha256 of the data), as it stands in `<name>.vectors.json`.
    """

    ids: tuple[str, ...]
    matrix: Matrix
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clusters:
    """k-means over unit vectors: `labels` (n), `centres` (k × d, unit length), `distances` (n) to the own centre.

    Numbered by size, the most frequent first; ties by the lowest row. So cluster 0 is the most frequent one. A row
    without a vector has label -1 and distance NaN.
    """

    labels: npt.NDArray[np.int32]
    centres: Matrix
    distances: npt.NDArray[np.float32]
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> Numbers:
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.centres)).astype(np.int64)


@dataclass(frozen=True)
class Cover:
    """What k-center-greedy chose: `order` are rows in the order of their choice, `radii[i]` the largest distance of any
    row to its nearest centre *before* `order[i]` was added (inf for the first), `radius` that after the last.

    Distances are Euclidean between unit vectors: √(2 − 2·cosine), 0 to 2.
    """

    order: Numbers
    radii: npt.NDArray[np.float64]
    radius: float


@dataclass(frozen=True)
class Choice:
    """A row that a selection took: `why` is one of kept, nearest, cover, quality, ifd, sample …"""

    number: int
    why: str


@dataclass(frozen=True)
class Selection:
    """`chosen` in the order of their choice: a shorter prefix is a smaller selection by the same rule.

    `dropped` counts by reason what could not be chosen (in_evaluation_set, duplicate, unscored, per_document, …);
    `reasons` says the same for each such row by number; rows that were merely not needed have none.
    """

    method: str
    chosen: tuple[Choice, ...]
    dropped: Mapping[str, int]
    reasons: Mapping[int, str]
    numbers: Mapping[str, Any] = field(default_factory=dict)
