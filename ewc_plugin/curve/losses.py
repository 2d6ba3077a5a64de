"""What is the loss of a set, or the mean of several, at each size, and how sure is that? The same items at every size.

Items are resampled with the same draws at every size: what makes an item hard is in all of them and cancels where two
sizes are compared.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ewc_plugin.bootstrap import RESAMPLES, Numbers, interval, resampled_ratios
from ewc_plugin.curve.measured import Point
from ewc_plugin.paired import Items, items_of


@dataclass(frozen=True)
class Series:
    """Losses (k) at `sizes`, the same of resampled items (r, k), and before the stage: `before`, and resampled (r).

    items: how many they rest on.
    """

    name: str
    sizes: tuple[int, ...]
    values: Numbers
    draws: Numbers
    before: float
    before_draws: Numbers
    items: int

    def only(self, sizes: Iterable[int]) -> "Series":
        """At some of the sizes."""
        kept = [place for place, n in enumerate(self.sizes) if n in set(sizes)]
        of = tuple(self.sizes[place] for place in kept)
        return Series(self.name, of, self.values[kept], self.draws[:, kept], self.before, self.before_draws, self.items)

    def step(self, place: int, other: int) -> tuple[float, float, float]:
        """The loss at one place minus that at another, with its 95 % interval."""
        return float(self.values[other] - self.values[place]), *interval(self.draws[:, other] - self.draws[:, place])

    def gained(self, place: int) -> tuple[float, float, float]:
        """The loss at a size minus that before the stage: below zero is learned, above is forgotten."""
        return float(self.values[place] - self.before), *interval(self.draws[:, place] - self.before_draws)

    def interval(self, place: int) -> tuple[float, float]:
        return interval(self.draws[:, place])


def series(points: Sequence[Point], name: str, metric: str) -> Series | None:
    """Of one set; None where a point has no items of it, or has others."""
    rows = [points[-1].before, *(point.after for point in points)]
    found = [items_of(row, name, metric) for row in rows]
    if not all(items and items.keys() == (found[0] or {}).keys() for items in found):
        return None
    tables = [_table(items) for items in found if items]
    # a seed of its own: the draws of two sets must not go together
    how = {"resamples": RESAMPLES, "seed": zlib.crc32(name.encode())}
    draws = np.stack([resampled_ratios(table[:, 0], table[:, 1], **how) for table in tables], axis=1)
    values = np.array([table[:, 0].sum() / table[:, 1].sum() for table in tables])
    sizes = tuple(point.n for point in points)
    return Series(name, sizes, values[1:], draws[:, 1:], float(values[0]), draws[:, 0], len(tables[0]))


def _table(items: Items) -> Numbers:
    return np.array([items[key] for key in sorted(items)], dtype=np.float64)


def mean(name: str, of: Sequence[Series]) -> Series:
    """Each set counts alike, however many items it has, as everywhere in the report."""
    return Series(
        name,
        of[0].sizes,
        np.mean([one.values for one in of], axis=0),
        np.mean([one.draws for one in of], axis=0),
        float(np.mean([one.before for one in of])),
        np.mean([one.before_draws for one in of], axis=0),
        sum(one.items for one in of),
    )


def all_of(points: Sequence[Point], losses: Mapping[str, str], names: Iterable[str]) -> dict[str, Series]:
    """Those that every point has, by name."""
    found = {name: series(points, name, losses[name]) for name in names}
    return {name: one for name, one in found.items() if one is not None}
