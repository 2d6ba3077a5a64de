"""Which numbers does the page of a selection show? All of them are here, so that the page is made of them alone."""

from __future__ import annotations

from typing import Any

from converters.contract import SourceError
from converters.quality.contract import Clusters, Selection, Vectors
from converters.quality.page.density import drawn
from converters.quality.page.distributions import distribution, measured
from converters.quality.page.examples import examples
from converters.quality.page.findings import findings, map_notes
from converters.quality.page.known import Scores
from converters.quality.page.projection import Way, projected
from converters.quality.page.shares import covered, of_clusters
from converters.quality.page.sides import Sides, sides
from converters.quality.rows import Rows


def numbers(
    rows: Rows,
    selection: Selection,
    vectors: Vectors | None,
    clusters: Clusters | None,
    scores: Scores,
    *,
    projection: Way = "pca",
) -> dict[str, Any]:
    """All that the page shows, as plain values that JSON can hold."""
    _of_these_rows(rows, vectors, clusters)
    parts = sides(len(rows), selection)
    told = {
        "dataset": rows.name,
        "method": selection.method,
        "rows": len(rows),
        "kept": len(parts.kept),
        "left": len(parts.left),
        "out": len(parts.dropped),
        "dropped": dict(selection.dropped),
        "map": None if vectors is None else _map(vectors, parts, clusters, projection),
        "distributions": {name: distribution(values, parts) for name, values in measured(rows, scores).items()},
        "clusters": [] if clusters is None else of_clusters(rows, clusters, parts),
        "coverage": None if vectors is None else covered(vectors, parts),
        "examples": examples(rows, selection, parts, scores, vectors),
        "parameters": {name: value for name, value in selection.numbers.items() if _short(value)},
    }
    return {**told, "findings": findings(told)}


def _map(vectors: Vectors, parts: Sides, clusters: Clusters | None, way: Way) -> dict[str, Any]:
    told = drawn(projected(vectors.matrix, way), parts, clusters)
    return {**told, "notes": map_notes(told)}


def _short(value: object) -> bool:
    """What a table can show; long lists are for the JSON file alone."""
    return value is None or isinstance(value, str | int | float)


def _of_these_rows(rows: Rows, vectors: Vectors | None, clusters: Clusters | None) -> None:
    """Vectors and clusters are known by number alone: those of other data would be drawn without a word."""
    for what, count in (
        ("vectors", len(rows) if vectors is None else len(vectors.matrix)),
        ("clusters", len(rows) if clusters is None else len(clusters.labels)),
    ):
        if count != len(rows):
            raise SourceError(
                f"{what} of {rows.name}",
                expected=f"one for each of its {len(rows):,} rows",
                found=f"{count:,}",
                remedy=f"The data changed since. Make them again: python -m converters "
                f"{'embed' if what == 'vectors' else 'cluster'} {rows.name}",
            )
