"""Which rows does a selection choose? Candidates pass one step after the other; the method chooses among what is left.

Reads and writes nothing: scores, vectors and clusters are given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from converters.quality.contract import Numbers, Selection
from converters.quality.selection.beginning import Begun
from converters.quality.selection.candidates import Candidates, candidates, require_enough
from converters.quality.selection.choosing import (
    Choose,
    Picked,
    best,
    core_set_of,
    in_strata,
    near_each,
    near_most_frequent,
    ranked,
)
from converters.quality.selection.documents import thinned
from converters.quality.selection.filters import CRITERIA, Bounds, Scores, Values
from converters.quality.selection.geometry import Geometry, without_twins, without_vectors
from converters.quality.selection.judged import Limits, helped_by_instruction, judged, values
from converters.quality.selection.outcome import shares
from converters.quality.selection.strata import Strata, Told, strata

BY_VECTORS = ("coreset", "representative")


@dataclass(frozen=True)
class Wanted:
    """`rank`: (criterion of the method quality, whether the smallest come first). `around`: of a core set, how many
    rows around the most frequent centre it is chosen among. `within`: what keeps its shares, "" for nothing.
    """

    method: str
    size: int
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    rank: tuple[str, bool] = ("reward", False)
    around: int | None = None
    exact: bool = False
    of: str = "most-frequent"
    within: str = ""
    per_document: int | None = None

    @property
    def criteria(self) -> list[str]:
        """What each row must have a number of."""
        ranked_by = {"quality": self.rank[0], "ifd": "ifd"}.get(self.method)
        return [name for name in CRITERIA if name == ranked_by or name in self.bounds]

    @property
    def needs_vectors(self) -> bool:
        return self.method in BY_VECTORS or self.within == "cluster"


@dataclass(frozen=True)
class Selected:
    selection: Selection
    pool: Candidates


def selected(begun: Begun, wanted: Wanted, *, kept: Numbers, scores: Scores, found: Geometry | None) -> Selected:
    """Raises SourceError when a metric is not scored, and when fewer rows than `wanted.size` can be chosen."""
    numbers = values(begun, wanted.criteria, scores)
    parts = _parts(begun, wanted, found)
    pool, limits = _pool(begun, wanted, kept, numbers, scores, found, parts)
    require_enough(begun.rows, pool, wanted.size)
    choose = _method(wanted, numbers, found)
    if parts is None:
        picked = choose(pool.numbers, wanted.size, kept)
    else:
        picked = in_strata(parts, pool.numbers, wanted.size, kept, choose)
    told: dict[str, Any] = {
        "between": {name: _told_limits(each) for name, each in limits.items()},
        **_told(picked, parts),
    }
    if parts is not None:
        told["strata"] = {"by": parts.by, "shares": shares(parts, pool.numbers, picked.choices)}
    return Selected(Selection(wanted.method, picked.choices, Counter(pool.reasons.values()), pool.reasons, told), pool)


def _pool(
    begun: Begun,
    wanted: Wanted,
    kept: Numbers,
    numbers: Mapping[str, Values],
    scores: Scores,
    found: Geometry | None,
    parts: Strata | None,
) -> tuple[Candidates, dict[str, Limits]]:
    ids = begun.rows.ids
    pool = candidates(begun.rows, begun.facts, kept.tolist())
    if found is not None and wanted.needs_vectors:
        pool = without_vectors(pool, found) if wanted.method in BY_VECTORS else pool
        pool = without_twins(pool, found, ids)
    pool, limits = judged(pool, numbers, wanted.bounds, ids=ids, scores=scores, parts=parts)
    if wanted.method == "ifd":
        pool = helped_by_instruction(pool, numbers["ifd"])
    if wanted.per_document is not None:
        rank = _rank(wanted, numbers, pool.numbers)
        pool = thinned(pool, begun.facts.documents, wanted.per_document, rank=rank)
    return pool, limits


def _rank(wanted: Wanted, numbers: Mapping[str, Values], among: Numbers) -> Numbers | None:
    """The best first, then what the user keeps without a number; None for a method that ranks nothing."""
    if wanted.method not in ("quality", "ifd"):
        return None
    criterion, smallest = wanted.rank if wanted.method == "quality" else ("ifd", False)
    order = ranked(numbers[criterion], among, smallest=smallest)
    return np.concatenate([order, np.setdiff1d(among, order)])


def _parts(begun: Begun, wanted: Wanted, found: Geometry | None) -> Strata | None:
    if not wanted.within:
        return None
    clusters = None if found is None else found.clusters
    return strata(wanted.within, Told(begun.rows, begun.facts, begun.registry, begun.dataset_dir, clusters))


def _method(wanted: Wanted, numbers: Mapping[str, Values], found: Geometry | None) -> Choose:
    if wanted.method == "ifd":
        return best(numbers["ifd"], "ifd")
    if wanted.method == "quality":
        criterion, smallest = wanted.rank
        return best(numbers[criterion], "quality", smallest=smallest)
    if found is None:
        raise ValueError(f"{wanted.method} needs vectors")
    if wanted.method == "coreset":
        return core_set_of(found.space, around=wanted.around, exact=wanted.exact)
    return near_each(found.space) if wanted.of == "each" else near_most_frequent(found.space)


def _told_limits(limits: Limits) -> Any:
    """[from, to]; or that of each stratum by its name."""
    told = {part: [_finite(bound) for bound in each] for part, each in limits.items()}
    return told[""] if set(told) == {""} else told


def _finite(bound: float) -> float | None:
    """JSON has no infinity."""
    return bound if np.isfinite(bound) else None


def _told(picked: Picked, parts: Strata | None) -> dict[str, Any]:
    return dict(picked.numbers) if parts is None else {"within": dict(picked.numbers)}
