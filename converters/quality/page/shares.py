"""How much of each cluster was kept, and how well do the kept rows stand for the others?"""

from __future__ import annotations

from typing import Any

import numpy as np

from converters.quality.contract import Clusters, Numbers, Vectors
from converters.quality.covering.distances import nearest_of
from converters.quality.covering.unit import unit, usable
from converters.quality.page.examples import clipped
from converters.quality.page.projection import evenly
from converters.quality.page.sides import Sides
from converters.quality.rows import Rows

TITLE = 60  # characters of the row that is nearest to a centre
ASKED = 20_000  # rows, evenly taken, whose distance to the nearest kept one is measured
SEED = 0


def of_clusters(rows: Rows, clusters: Clusters, sides: Sides) -> list[dict[str, Any]]:
    """One object for each cluster, by its number: rows, kept, dropped, and the text nearest to its centre."""
    count = len(clusters.centres)
    counted = {"rows": clusters.labels, "kept": clusters.labels[sides.kept], "dropped": clusters.labels[sides.dropped]}
    sizes = {name: np.bincount(labels[labels >= 0], minlength=count) for name, labels in counted.items()}
    return [
        {"cluster": number, **{name: int(found[number]) for name, found in sizes.items()}, "like": like}
        for number, like in enumerate(_titles(rows, clusters))
    ]


def _titles(rows: Rows, clusters: Clusters) -> list[str]:
    titles = []
    for number in range(len(clusters.centres)):
        own = np.flatnonzero(clusters.labels == number)
        nearest = int(own[np.argmin(clusters.distances[own])]) if len(own) else None
        titles.append("" if nearest is None else _request(rows, nearest))
    return titles


def _request(rows: Rows, number: int) -> str:
    turns = rows[number].turns
    said = next((turn.content for turn in turns if turn.role == "user"), turns[0].content)
    return clipped(" ".join(said.split()), TITLE)


def covered(vectors: Vectors, sides: Sides) -> dict[str, Any] | None:
    """How far the rows that could be chosen lie from the nearest kept one, beside a random choice of as many of them.

    Rows without a direction neither cover nor are covered. None if no kept row has one.
    """
    pointing = usable(vectors.matrix)
    kept = sides.kept[pointing[sides.kept]]
    rows = np.sort(np.concatenate([kept, sides.left[pointing[sides.left]]]))
    if not len(kept):
        return None
    asked = evenly(rows, ASKED)
    by_chance = np.random.default_rng(SEED).choice(rows, size=len(kept), replace=False)
    return {"of": len(asked), "kept": _told(vectors, asked, kept), "random": _told(vectors, asked, by_chance)}


def _told(vectors: Vectors, asked: Numbers, chosen: Numbers) -> dict[str, float]:
    # not `coverage`: there the chosen are rows to be covered too, which doubles the work for a large selection
    _, squares = nearest_of(unit(vectors.matrix[asked]), unit(vectors.matrix[chosen]))
    distances = np.sqrt(squares)
    return {
        "mean": float(distances.mean()),
        "95 %": float(np.percentile(distances, 95, method="inverted_cdf")),
        "max": float(distances.max()),
    }
