"""Which examples are about the same? k-means over unit vectors, and where its result lies."""

from __future__ import annotations

from pathlib import Path

from converters.quality.contract import Clusters, Matrix
from converters.quality.rows import Rows

ENGINES = ("scikit-learn", "faiss")


def kmeans(vectors: Matrix, k: int, *, seed: int = 0, engine: str = ENGINES[0]) -> Clusters:
    """Clusters of unit rows; a row of NaN has no cluster: label -1, distance NaN."""
    raise NotImplementedError


def save(dataset_dir: Path, rows: Rows, clusters: Clusters) -> None:
    raise NotImplementedError


def load(dataset_dir: Path, rows: Rows) -> Clusters:
    """What `cluster` wrote of these data. Raises SourceError, with the command to type, if none or of other data."""
    raise NotImplementedError
