"""What else is known of the rows, beside what a selection was asked to go by? Scores, vectors and clusters on disk.

The page shows them. Those of other data decide nothing here, so they are left out with a word and are no error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from converters.contract import SourceError
from converters.files import sha256_of
from converters.quality import places
from converters.quality.contract import Clusters, Vectors
from converters.quality.covering import clusters as cluster_files
from converters.quality.scoring import scores as score_files
from converters.quality.selection.beginning import Begun
from converters.quality.selection.filters import Scores
from converters.quality.selection.geometry import Geometry
from converters.quality.vectors import vectors

Found = TypeVar("Found")


@dataclass(frozen=True)
class Beside:
    """`inputs`: the sha256 of what was read, by name; `notes`: what was left out."""

    vectors: Vectors | None
    clusters: Clusters | None
    scores: Scores
    inputs: Mapping[str, str]
    notes: tuple[str, ...]


def beside(start: Begun, found: Geometry | None, scores: Scores) -> Beside:
    """What a selection went by, where it did; else what lies there."""
    folder, rows, notes = start.dataset_dir, start.rows, list[str]()

    def there(path: Path, load: Callable[[], Found]) -> Found | None:
        try:
            return load() if path.is_file() else None
        except SourceError as error:
            notes.append(f"not on the page: {error.where}: {error.found}")
            return None

    seen = {
        "scores": places.scores(folder, rows.name),
        "vectors": places.vectors(folder, rows.name),
        "clusters": places.clusters(folder, rows.name),
    }
    told = Beside(
        found.vectors if found else there(seen["vectors"], lambda: vectors.load(folder, rows)),
        found.clusters if found else there(seen["clusters"], lambda: cluster_files.load(folder, rows)),
        scores or there(seen["scores"], lambda: score_files.load(folder, rows)) or {},
        {},
        tuple(notes),
    )
    known = {"scores": told.scores, "vectors": told.vectors, "clusters": told.clusters}
    digests = {what: sha256_of(path) for what, path in seen.items() if known[what] and path.is_file()}
    return Beside(told.vectors, told.clusters, told.scores, digests, told.notes)
