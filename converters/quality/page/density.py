"""Which places of a map are drawn? All of few rows; of many, how many lie in each cell, and some as dots.

80,000 dots would be a page of a megabyte, and no more to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Clusters
from converters.quality.page.projection import Places, evenly
from converters.quality.page.sides import Sides

WIDE, HIGH, MARGIN = 600, 420, 8  # the drawing, in its own units
CELL = 10
DOTS = {"left": 3_000, "kept": 2_000, "dropped": 1_000}
BEYOND = 0.002  # the share at each end that may lie beyond the frame
NO_SPAN = 1e-9  # of the whole map, from which on an axis counts
NAMED = 12  # clusters whose number stands on the map

Points = npt.NDArray[np.float64]


def drawn(places: Places, sides: Sides, clusters: Clusters | None) -> Mapping[str, Any]:
    """The map as whole numbers: dots per side, and cells of the rows that were left if they are too many for dots."""
    placed = ~np.isnan(places.points[:, 0])
    at, beyond = framed(places.points, placed)
    dots = {side: _dots(at, numbers[placed[numbers]], DOTS[side]) for side, numbers in _layers(sides).items()}
    left = sides.left[placed[sides.left]]
    many = len(left) > DOTS["left"]
    return {
        "way": places.way,
        "variance_shown": places.shown,
        "without_a_place": int(np.sum(~placed)),
        "beyond_the_frame": beyond,
        "rows": {side: int(np.sum(placed[numbers])) for side, numbers in _layers(sides).items()},
        "dots": {side: [] if many and side == "left" else found for side, found in dots.items()},
        "cells": _cells(at[left]) if many else [],
        "clusters": [] if clusters is None else _names(at, placed, clusters),
    }


def _layers(sides: Sides) -> dict[str, npt.NDArray[np.int64]]:
    return {"left": sides.left, "dropped": sides.dropped, "kept": sides.kept}


def framed(points: Points, placed: npt.NDArray[np.bool_]) -> tuple[Points, int]:
    """Places within the drawing, one scale for both axes; those of the few far ones on its border, and their number."""
    at = np.full_like(points, np.nan)
    if not placed.any():
        return at, 0
    low, high = np.quantile(points[placed], [BEYOND, 1 - BEYOND], axis=0)
    room = np.array([WIDE - 2 * MARGIN, HIGH - 2 * MARGIN])
    # an axis on which nearly all lie at one place has no scale of its own
    spans = np.where(high - low > NO_SPAN * max(np.ptp(points[placed]), NO_SPAN), high - low, np.inf)
    scale = float(np.min(room / spans))
    inside = (points[placed] - (low + high) / 2) * scale
    clamped = np.clip(inside, -room / 2, room / 2)
    # upwards is more, as in any chart; SVG counts downwards
    at[placed] = clamped * [1, -1] + np.array([WIDE, HIGH]) / 2
    return at, int(np.sum(np.any(np.abs(inside) > room / 2 + 0.5, axis=1)))


def _dots(at: Points, numbers: npt.NDArray[np.int64], most: int) -> list[list[int]]:
    found: list[list[int]] = np.rint(at[evenly(numbers, most)]).astype(int).tolist()
    return found


def _cells(at: Points) -> list[list[int]]:
    """(x, y, count) of each cell that is not empty."""
    across = np.clip(at[:, 0] // CELL, 0, WIDE // CELL - 1).astype(int)
    down = np.clip(at[:, 1] // CELL, 0, HIGH // CELL - 1).astype(int)
    places, counts = np.unique(down * (WIDE // CELL) + across, return_counts=True)
    wide = WIDE // CELL
    return [
        [int(place % wide) * CELL, int(place // wide) * CELL, int(count)]
        for place, count in zip(places, counts, strict=True)
    ]


def _names(at: Points, placed: npt.NDArray[np.bool_], clusters: Clusters) -> list[list[int]]:
    """(cluster, x, y): the median place of its rows."""
    found = []
    for number in range(min(NAMED, len(clusters.centres))):
        own = placed & (clusters.labels == number)
        if own.any():
            found.append([number, *np.rint(np.median(at[own], axis=0)).astype(int).tolist()])
    return found
