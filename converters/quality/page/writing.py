"""Where does the page of a selection come from? Its numbers are reckoned, laid out, and written whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converters.files import atomic_text
from converters.quality.contract import Clusters, Selection, Vectors
from converters.quality.rows import Rows

Scores = Mapping[str, Mapping[str, Any]]


def write(
    dataset_dir: Path,
    rows: Rows,
    selection: Selection,
    vectors: Vectors | None,
    clusters: Clusters | None,
    scores: Scores,
    path: Path,
    *,
    projection: str = "pca",
) -> Mapping[str, Any]:
    """Write the page at `path`; returns all its numbers, for `<name>.selection.json`."""
    told = numbers(rows, selection, vectors, clusters, scores, projection=projection)
    with atomic_text(path) as stream:
        stream.write("<!doctype html>\n")
    return told


def numbers(
    rows: Rows,
    selection: Selection,
    vectors: Vectors | None,
    clusters: Clusters | None,
    scores: Scores,
    *,
    projection: str = "pca",
) -> dict[str, Any]:
    """All that the page shows, as plain values that JSON can hold. `projection` is pca or umap."""
    return {"method": selection.method, "rows": len(rows), "kept": len(selection.chosen)}
