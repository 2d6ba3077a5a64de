"""How much was forgotten where equally much was learnt? Curves over λ of each seed, read off and paired."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from _forms import FORMS, PILOT, WITH_REPLAY, Run
from _measure import spread
from scipy.stats import t as student

LEVELS = (0.95, 0.9, 0.75, 0.5)  # shares of the unpenalised gain at which the forms are compared
SHARES = (0.06, 0.125, 0.25)  # of replay
LITTLE = SHARES[0]  # the share that is combined with EWC

Curve = list[tuple[float, float]]
Curves = dict[str, dict[int, Curve]]


def at_level(curve: Sequence[tuple[float, float]], level: float) -> float | None:
    """The second number where the first falls to `level` for the first time, linear in between; None if it does not."""
    for (above, left), (below, right) in pairwise(curve):
        if above >= level >= below:
            return right if above == below else left + (right - left) * (above - level) / (above - below)
    return None


def beside_replay(grid: Sequence[float]) -> list[float]:
    """The λ of a form beside replay: a weaker one too, since more replay alone learns more than the others let it."""
    return [min(grid) / 4, *grid]


def placed(runs: Sequence[Run], run: Run) -> tuple[float, float]:
    """Share of what the seed's unpenalised stage gained in new loss, and rise of old loss over the stage."""
    own = [other for other in runs if other.seed == run.seed and other.replay == 0]
    before, free = (next(other for other in own if other.way == way) for way in ("start", "none"))
    return (before.new - run.new) / (before.new - free.new), run.old - before.old


def curves(runs: Sequence[Run]) -> Curves:
    """For each way and seed, (share of the unpenalised gain, rise of old loss) from no protection to the most."""
    found: Curves = defaultdict(lambda: defaultdict(list))
    for run in sorted(runs, key=lambda r: (r.strength, r.replay)):
        if run.seed == PILOT or run.way == "start":
            continue
        if run.way == "none":
            names = ["replay", *(() if run.replay else (*FORMS, "average"))]
            names += [f"{way} + replay" for way in WITH_REPLAY] if run.replay == LITTLE else []
        else:
            names = [f"{run.way} + replay"] if run.replay else [run.way]
        for name in names:
            found[name][run.seed].append(placed(runs, run))
    return {name: dict(of_seed) for name, of_seed in found.items()}


@dataclass(frozen=True)
class Interval:
    """Mean over seeds and half the width of its 95 % confidence interval (Student's t)."""

    mean: float
    half: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.half:.3f}"


def interval(values: Sequence[float]) -> Interval | None:
    n = len(values)
    if n < 2:
        return None
    sample = torch.tensor(values, dtype=torch.float64)
    return Interval(float(sample.mean()), float(student.ppf(0.975, n - 1) * sample.std() / math.sqrt(n)), n)


def forgotten(curves: Curves, way: str, level: float) -> dict[int, float]:
    """Rise of old loss at that share of the gain, for the seeds whose curve reaches it."""
    read = {seed: at_level(curve, level) for seed, curve in curves.get(way, {}).items()}
    return {seed: value for seed, value in read.items() if value is not None}


def risen(curves: Curves, way: str, level: float) -> Interval | None:
    return interval([*forgotten(curves, way, level).values()])


def difference(curves: Curves, way: str, other: str, level: float) -> Interval | None:
    """`way` − `other` in nats per token of old loss, paired by seed: negative where `way` forgets less."""
    own, others = forgotten(curves, way, level), forgotten(curves, other, level)
    return interval([own[seed] - others[seed] for seed in own.keys() & others.keys()])


def against_replay(runs: Sequence[Run], way: str, share: float) -> Interval | None:
    """`way` with a little replay − a larger share of replay alone, at what that one learns, paired by seed."""
    beside = curves(runs)[f"{way} + replay"]
    alone = [run for run in runs if (run.way, run.replay) == ("none", share) and run.seed in beside]
    places = [(run.seed, *placed(runs, run)) for run in alone]
    read = [(at_level(beside[seed], learnt), rise) for seed, learnt, rise in places]
    return interval([value - rise for value, rise in read if value is not None])


def costs(runs: Sequence[Run], way: str) -> dict[str, Any]:
    """Seconds of the penalty, bytes of F and θ*, second-order ÷ predicted KL from the weakest λ to the strongest."""
    own = [run for run in runs if run.way == way and run.seed != PILOT and run.replay == 0]
    timed = [(r.penalty_seconds, r.step_seconds) for r in own if r.penalty_seconds and r.step_seconds]
    by_strength: dict[float, list[float]] = defaultdict(list)
    for run in own:
        if run.second_order is not None and run.predicted:
            by_strength[run.strength].append(run.second_order / run.predicted)
    return {
        "penalty_seconds": spread([penalty for penalty, _ in timed]),
        "share_of_step": spread([penalty / (step - penalty) for penalty, step in timed]),
        "held_bytes": own[0].held_bytes,
        "calibration": [spread(values) for _, values in sorted(by_strength.items())],
    }


def point(runs: Sequence[Run], way: str, strength: float, replay: float) -> tuple[Interval | None, Interval | None]:
    """Share of the gain and rise of old loss of the same stage over all seeds."""
    own = [r for r in runs if (r.way, r.replay) == (way, replay) and math.isclose(r.strength, strength)]
    both = [placed(runs, run) for run in own if run.seed != PILOT]
    return interval([share for share, _ in both]), interval([rise for _, rise in both])
