"""Which rows go when no document may give more than so many? Those that its quota does not reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from converters.mixing.order import systematic
from converters.quality.contract import Numbers
from converters.quality.selection.candidates import Candidates


def thinned(pool: Candidates, documents: Sequence[str], most: int, *, rank: Numbers | None = None) -> Candidates:
    """At most `most` rows of each document stay: the first by `rank` (the candidates in order), or every k-th of them.

    What the user keeps counts and stays. Rows that tell no document are each their own.
    """
    members: dict[str, list[int]] = {}
    for number in (pool.numbers if rank is None else rank).tolist():
        if documents[number]:
            members.setdefault(documents[number], []).append(number)
    gone = [number for rows in members.values() for number in _beyond(rows, most, pool.kept, rank is not None)]
    return pool.without(dict.fromkeys(gone, "per_document"), {number: documents[number] for number in gone})


def _beyond(rows: Sequence[int], most: int, kept: Collection[int], ranked: bool) -> list[int]:
    free = [number for number in rows if number not in kept]
    left = max(0, most - (len(rows) - len(free)))
    places = np.arange(left) if ranked else systematic(len(free), left)
    stays = {free[place] for place in places.tolist() if place < len(free)}
    return [number for number in free if number not in stays]
