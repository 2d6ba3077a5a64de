"""Which candidates are chosen? A core set, those near a centre, the best by a number. In the order of their choice.

All of it without chance: ties go to the lower row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from converters.mixing.order import interleaved
from converters.quality.contract import Choice, Clusters, Matrix, Numbers
from converters.quality.covering import core_set
from converters.quality.covering.nearest import nearest
from converters.quality.selection.quotas import quotas
from converters.quality.selection.strata import Strata, by_cluster

METHODS = ("coreset", "representative", "quality", "ifd")


@dataclass(frozen=True)
class Picked:
    """The rows of one stratum, those that the user keeps first; `numbers` says what else there is to say."""

    choices: tuple[Choice, ...]
    numbers: Mapping[str, Any] = field(default_factory=dict)


Choose = Callable[[Numbers, int, Numbers], Picked]


@dataclass(frozen=True)
class Space:
    """Unit rows (NaN where a row has no vector) and their clusters."""

    unit: Matrix
    clusters: Clusters

    def has_vector(self, numbers: Numbers) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = ~np.isnan(self.unit[numbers, 0])
        return found

    def most_frequent(self, numbers: Numbers) -> int:
        """The cluster that most of these rows are of; of equal ones the first."""
        labels = self.clusters.labels[numbers]
        return int(np.argmax(np.bincount(labels[labels >= 0], minlength=len(self.clusters.centres))))

    def by_cosine(self, numbers: Numbers, cluster: int) -> Numbers:
        """The rows with a vector, the nearest to the centre of a cluster first."""
        centre = self.clusters.centres[cluster]
        if 2 * len(numbers) < len(self.unit):
            return numbers[nearest(self.unit[numbers], centre)]
        order = nearest(self.unit, centre)  # without a copy of nearly all vectors
        return order[np.isin(order, numbers)]


def core_set_of(space: Space, *, around: int | None = None, exact: bool = False) -> Choose:
    """k-center-greedy from the row that is cosine-nearest to the centre of the most frequent cluster.

    `around` first narrows the candidates to so many that are nearest to that centre.
    """

    def choose(numbers: Numbers, size: int, kept: Numbers) -> Picked:
        cluster = space.most_frequent(numbers)
        near = space.by_cosine(numbers, cluster)
        given = kept[space.has_vector(kept)]  # without a vector they cover nothing
        pool = np.union1d(near[: around or len(near)], given)
        wanted = size - len(kept) + len(given)
        first = list(dict.fromkeys([*given.tolist(), *near[:1].tolist()]))[:wanted]
        if not first:
            return Picked(tuple(_kept(kept)))
        places = np.searchsorted(pool, first).tolist()
        with tqdm(total=wanted, desc="core set", disable=None, leave=False) as bar:
            cover = core_set.core_set(
                _rows(space.unit, pool), wanted, first=places, exact=exact, report=lambda chosen, radius: bar.update()
            )
        rows = pool[cover.order]
        told = {
            "cluster": cluster,
            "among": len(pool),
            "radius": cover.radius,
            "approximation": "" if exact else core_set.approximation(len(pool), wanted),
        }
        why = {int(near[0]): "nearest"} if len(near) else {}
        others = (Choice(row, why.get(row, "cover")) for row in rows[~np.isin(rows, kept)].tolist())
        return Picked((*_kept(kept), *others), told)

    return choose


def _rows(unit: Matrix, numbers: Numbers) -> Matrix:
    """Without a copy of a million rows where all of them are meant."""
    return unit if len(numbers) == len(unit) else unit[numbers]


def near_most_frequent(space: Space) -> Choose:
    """The rows that are cosine-nearest to the centre of the most frequent cluster."""

    def choose(numbers: Numbers, size: int, kept: Numbers) -> Picked:
        cluster = space.most_frequent(numbers)
        return Picked(_filled(kept, space.by_cosine(numbers, cluster), size, "nearest"), {"cluster": cluster})

    return choose


def near_each(space: Space) -> Choose:
    """Of each cluster its share of the candidates, those nearest to its centre; the clusters in turn."""

    def choose(numbers: Numbers, size: int, kept: Numbers) -> Picked:
        parts = by_cluster(space.clusters)

        def nearest_of(members: Numbers, count: int, kept: Numbers) -> Picked:
            cluster = int(space.clusters.labels[members[0]])
            return Picked(_filled(kept, space.by_cosine(members, cluster), count, "nearest"))

        return in_strata(parts, numbers, size, kept, nearest_of, weights=_counted(parts, numbers))

    return choose


def best(values: npt.NDArray[np.float64], why: str, *, smallest: bool = False) -> Choose:
    """The rows with the largest values, or with the smallest."""

    def choose(numbers: Numbers, size: int, kept: Numbers) -> Picked:
        return Picked(_filled(kept, ranked(values, numbers, smallest=smallest), size, why))

    return choose


def ranked(values: npt.NDArray[np.float64], numbers: Numbers, *, smallest: bool = False) -> Numbers:
    """The best first; rows without a value are left out."""
    numbers = numbers[np.isfinite(values[numbers])]
    own = values[numbers] if smallest else -values[numbers]
    return numbers[np.lexsort((numbers, own))]


def in_strata(
    strata: Strata, numbers: Numbers, size: int, kept: Numbers, choose: Choose, *, weights: Numbers | None = None
) -> Picked:
    """Of each stratum its share of `size`, as `choose` has it; the strata in turn, so that each prefix has the shares.

    The shares are those of all rows (or `weights`). What the user keeps counts; what a stratum is short of goes to
    the others. Raises Shortage when there are fewer candidates than `size`.
    """
    own, fixed = _counted(strata, numbers), _counted(strata, kept)
    names = [name for name, count in zip(strata.names, own, strict=True) if count]
    counts = quotas(
        size,
        _of(strata, strata.sizes if weights is None else weights, names, Fraction),
        most=_of(strata, own, names, int),
        least=_of(strata, fixed, names, int),
    )
    members, keep = strata.members(numbers), strata.members(kept)
    labels = {name: strata.names.index(name) for name in names if counts[name]}
    picked = {name: choose(members[label], counts[name], keep[label]) for name, label in labels.items()}
    return Picked(
        (*_kept(kept), *_in_turn(picked)), {name: each.numbers for name, each in picked.items() if each.numbers}
    )


def _in_turn(picked: Mapping[str, Picked]) -> Iterator[Choice]:
    free = {name: [choice for choice in each.choices if choice.why != "kept"] for name, each in picked.items()}
    rest = {name: iter(choices) for name, choices in free.items()}
    return (next(rest[name]) for name in interleaved({name: len(choices) for name, choices in free.items()}))


def _counted(strata: Strata, numbers: Numbers) -> Numbers:
    return np.bincount(strata.labels[numbers], minlength=len(strata.names)).astype(np.int64)


def _of(strata: Strata, counts: Numbers, names: list[str], kind: Callable[[int], Any]) -> dict[str, Any]:
    every = dict(zip(strata.names, counts.tolist(), strict=True))
    return {name: kind(every[name]) for name in names}


def _kept(kept: Numbers) -> list[Choice]:
    return [Choice(row, "kept") for row in kept.tolist()]


def _filled(kept: Numbers, order: Numbers, size: int, why: str) -> tuple[Choice, ...]:
    """What is kept, then others in their order until there are `size`."""
    others = order[~np.isin(order, kept)][: max(0, size - len(kept))]
    return (*_kept(kept), *(Choice(row, why) for row in others.tolist()))
