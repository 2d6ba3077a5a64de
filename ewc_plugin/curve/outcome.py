"""What does the whole curve say? The stage's own sets and their mean, and what the older sets lost at each size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from ewc_plugin.curve import losses, verdict
from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.measured import Point, Sets
from ewc_plugin.curve.measured import sets as sets_of
from ewc_plugin.curve.verdict import Interval, Verdict
from ewc_plugin.report.trends import turn

MEAN = "mean"
Turns = Mapping[int, tuple[float, float, float]]  # size -> step and value of the lowest loss, and the rise from there


@dataclass(frozen=True)
class Outcome:
    """`whole` is the mean of the own sets, None where there are none; `turned` of each own set.

    verdicts: of the mean, under MEAN, and of each own set; forgetting: of the mean of the older sets, at each size.
    left_out: sets of which a point has no items, or other ones.
    """

    stage: str
    points: Sequence[Point]
    sets: Sets
    own: Mapping[str, Series]
    older: Mapping[str, Series]
    whole: Series | None
    verdicts: Mapping[str, Verdict]
    turned: Mapping[str, Turns]
    left_out: Sequence[str]

    @property
    def short(self) -> list[int]:
        """Sizes whose steps were too few."""
        return [point.n for point in self.points if not point.stepped]

    @property
    def forgotten(self) -> Series | None:
        """The mean of the older sets."""
        return losses.mean(MEAN, list(self.older.values())) if self.older else None


def outcome(points: Sequence[Point], stage: str) -> Outcome:
    """`stage`: what to call it where no evaluation set does."""
    sets = sets_of(points)
    own, older = (losses.all_of(points, sets.loss, names) for names in (sets.own, sets.older))
    turned = {name: _turned(points, name) for name in sets.texts}
    fitted = [point.n for point in points if point.stepped]
    whole = losses.mean(MEAN, list(own.values())) if own else None
    of_whole = _turned_together(points, [own[name] for name in sets.texts if name in own])
    found = {} if whole is None else {MEAN: verdict.of_series(whole, turned=of_whole, fitted=fitted)}
    found |= {name: verdict.of_series(s, turned=turned.get(name, {}), fitted=fitted) for name, s in own.items()}
    left_out = [name for name in (*sets.own, *sets.older) if name not in own and name not in older]
    return Outcome(points[-1].after["stage"] or stage, points, sets, own, older, whole, found, turned, left_out)


def _turned(points: Sequence[Point], name: str) -> dict[int, Interval]:
    found = {point.n: point.turned_up(name) for point in points}
    return {n: turn for n, turn in found.items() if turn}


def _turned_together(points: Sequence[Point], texts: Sequence[Series]) -> dict[int, Interval]:
    """Of the mean of the sets of texts: one may be learned by heart while the others still gain."""
    found = {}
    for place, point in enumerate(points if texts else ()):
        curves = [dict(point.on_the_way(one.name)) for one in texts]
        steps = sorted(set.intersection(*map(set, curves)))
        low, high = losses.mean(MEAN, texts).interval(place)
        if up := turn([(step, fmean(curve[step] for curve in curves)) for step in steps], (high - low) / 2):
            found[point.n] = up
    return found
