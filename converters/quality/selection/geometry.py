"""Where do the vectors and clusters of a selection come from? From beside the data, or made now of the named model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converters.contract import SourceError
from converters.mixing.registry import command
from converters.quality import places
from converters.quality.contract import Clusters, Matrix, Vectors
from converters.quality.covering import clusters as cluster_files
from converters.quality.covering import how_many
from converters.quality.covering.twins import twins
from converters.quality.covering.unit import unit
from converters.quality.selection.beginning import Begun
from converters.quality.selection.candidates import Candidates
from converters.quality.selection.choosing import Space
from converters.quality.vectors import embedding, vectors


@dataclass(frozen=True)
class Geometry:
    vectors: Vectors
    space: Space

    @property
    def clusters(self) -> Clusters:
        return self.space.clusters


def geometry(begun: Begun, wanted: embedding.Settings | None, clusters: str) -> Geometry:
    """`wanted`: with which model vectors are made if there are none of it. `clusters`: how many, auto, or "".

    Raises SourceError, with the command to type, when there are no vectors and no model.
    """
    found = _vectors(begun, wanted)
    rows = unit(found.matrix)
    return Geometry(found, Space(rows, _clusters(begun, rows, clusters)))


def _vectors(begun: Begun, wanted: embedding.Settings | None) -> Vectors:
    if wanted is not None:
        return embedding.embed(begun.dataset_dir, begun.rows, wanted)
    if places.vectors(begun.dataset_dir, begun.rows.name).is_file():
        return vectors.load(begun.dataset_dir, begun.rows)
    raise SourceError(
        begun.rows.name,
        expected="its vectors, or a model that makes them",
        found="neither",
        remedy="Name one here: --model PATH --template NAME, or --embedding-model PATH. "
        f"Or embed it first: {command(f'embed {begun.rows.name} --embedding-model PATH', begun.dataset_dir)}",
    )


def _clusters(begun: Begun, rows: Matrix, wanted: str) -> Clusters:
    """Those that lie there, unless others are asked for; else they are found now and written down."""
    folder, data = begun.dataset_dir, begun.rows
    if not wanted and places.clusters_about(folder, data.name).is_file():
        return cluster_files.load(folder, data)
    k, rule = how_many.wanted(wanted or "auto", int((~np.isnan(rows[:, 0])).sum()))
    print(f"{data.name}: looking for {k:,} clusters" + (f" ({rule})" if rule else ""))
    found = cluster_files.kmeans(rows, k)
    cluster_files.save(folder, data, found)
    return found


def without_vectors(pool: Candidates, found: Geometry) -> Candidates:
    """The candidates that have a vector; why the others have none stands beside the vectors."""
    told = vectors.reasons(found.vectors)
    missing = pool.numbers[~found.space.has_vector(pool.numbers)].tolist()
    return pool.without(dict.fromkeys(missing, "no_vector"), {number: told.get(number, "") for number in missing})


def without_twins(pool: Candidates, found: Geometry, ids: Sequence[str]) -> Candidates:
    """One candidate for each vector."""
    numbers = pool.numbers[found.space.has_vector(pool.numbers)]
    repeats = twins(found.space.unit, numbers, pool.kept)
    details = {number: f"the vector of {ids[twin]}" for number, twin in repeats.items()}
    return pool.without(dict.fromkeys(repeats, "same_vector"), details)
