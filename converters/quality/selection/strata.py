"""Which part of a dataset is each row of? By source, dataset, task, group, kind, length, cluster …

`dataset`, `task` and `group` are those of the dataset that a line of a mixture names, or that an id begins with
(`belle:0f3a…`), so that the rows of a mixture have their own; rows of a file of the user's are of that file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converters.mixing.registry import Registry
from converters.quality.contract import Clusters, Numbers
from converters.quality.rows import Rows
from converters.quality.selection.candidates import Known
from converters.quality.selection.registered import group_of

UNTOLD = "(untold)"
LENGTHS = 5  # parts of equally many rows


@dataclass(frozen=True)
class Strata:
    """`labels[i]` is the place of row i's stratum in `names`."""

    by: str
    names: tuple[str, ...]
    labels: npt.NDArray[np.int32]

    @property
    def sizes(self) -> Numbers:
        return np.bincount(self.labels, minlength=len(self.names)).astype(np.int64)

    def members(self, numbers: Numbers) -> dict[int, Numbers]:
        """(label -> those of `numbers` that are of it), of each label."""
        labels = self.labels[numbers]
        return {label: numbers[labels == label] for label in range(len(self.names))}


@dataclass(frozen=True)
class Told:
    """All that a stratum may be read from; `clusters` where they are known."""

    rows: Rows
    facts: Known
    registry: Registry
    dataset_dir: Path
    clusters: Clusters | None = None


def strata(by: str, told: Told) -> Strata:
    """Raises KeyError for a `by` that is not one of BY; the command line offers no other."""
    return BY[by](told)


def whole(rows: Rows) -> Strata:
    """One stratum of all rows."""
    return Strata("", ("",), np.zeros(len(rows), dtype=np.int32))


def _named(by: str, values: Sequence[str]) -> Strata:
    """Strata in the order of their names; what has none comes last."""
    names = sorted(set(values), key=lambda name: (name == "", name))
    places = {name: place for place, name in enumerate(names)}
    labels = np.fromiter((places[value] for value in values), dtype=np.int32, count=len(values))
    return Strata(by, tuple(name or UNTOLD for name in names), labels)


def _by_dataset(by: str, told: Told, of: Callable[[str], str]) -> Strata:
    known = lru_cache(maxsize=None)(of)
    pairs = zip(told.rows.taken_from, told.rows.ids, strict=True)
    return _named(by, [known(_owner(taken_from, identity, told)) for taken_from, identity in pairs])


def _owner(taken_from: str, identity: str, told: Told) -> str:
    known = (name for name in (taken_from, identity.rpartition(":")[0]) if name in told.registry)
    return next(known, told.rows.name)


def _task(name: str, dataset_dir: Path) -> str:
    """As the manifest of its conversion has it; the name of a dataset that has none."""
    path = dataset_dir / "data" / f"{name}.manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(manifest.get("task") or name)


def by_length(characters: Numbers) -> Strata:
    """LENGTHS parts of about equally many rows, by the characters of their answers; equal lengths are never parted."""
    shares = np.arange(1, LENGTHS) / LENGTHS
    edges = np.unique(np.quantile(characters, shares, method="inverted_cdf").astype(np.int64))
    used, labels = np.unique(np.searchsorted(edges, characters, side="left"), return_inverse=True)
    parts = (characters[labels == place] for place in range(len(used)))
    spans = tuple(_span(int(part.min()), int(part.max())) for part in parts)
    return Strata("length", spans, labels.astype(np.int32))


def _span(low: int, high: int) -> str:
    return f"{low:,} characters" if low == high else f"{low:,}–{high:,} characters"


def by_cluster(clusters: Clusters) -> Strata:
    """Rows without a vector are a stratum of their own, the last."""
    count = len(clusters.centres)
    labels = np.where(clusters.labels < 0, count, clusters.labels).astype(np.int32)
    names = [f"cluster {number}" for number in range(count)]
    return Strata("cluster", (*names, "no vector") if (labels == count).any() else tuple(names), labels)


def _clusters(told: Told) -> Strata:
    if told.clusters is None:
        raise ValueError("strata by cluster need the clusters")
    return by_cluster(told.clusters)


BY: Mapping[str, Callable[[Told], Strata]] = {
    "source": lambda told: _named("source", [name or told.rows.name for name in told.facts.sources]),
    "dataset": lambda told: _by_dataset("dataset", told, lambda name: name),
    "task": lambda told: _by_dataset("task", told, lambda name: _task(name, told.dataset_dir)),
    "group": lambda told: _by_dataset("group", told, lambda name: group_of(told.registry, name)),
    "kind": lambda told: _named("kind", told.facts.kinds),
    "length": lambda told: by_length(told.facts.characters),
    "cluster": _clusters,
}
