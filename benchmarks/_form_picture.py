"""What does forgetting against learning look like? One curve for each way, in two panels: without and with replay."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib
from _form_curves import LITTLE, SHARES, curves, forgotten, interval, point
from _forms import FORMS, PILOT, WITH_REPLAY, Run

matplotlib.use("Agg")
from matplotlib import pyplot  # the choice of a backend comes first

DASHED = ("L2-SP", "shuffled", "average")  # what is no form of F
DOTTED = ("dense", "kronecker, rank 4")  # so that a curve under it is seen
SHARES_LEARNT = [1 - 0.55 * step / 60 for step in range(61)]

Curve = list[tuple[float, float, float]]


@dataclass(frozen=True)
class Losses:
    """Means over seeds: both losses before the stage, and what the unpenalised one gains in the new."""

    old: float
    new: float
    gain: float


def draw(runs: Sequence[Run], path: Path) -> None:
    """Old against new loss: means over seeds. The band has no part in which all curves of a panel go together."""
    losses, found = _losses(runs), curves(runs)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12.5, 5.4), sharey=True)
    _panel(left, found, (*FORMS, "average"), losses)
    _panel(right, found, tuple(f"{way} + replay" for way in WITH_REPLAY), losses)
    _replay(right, runs, losses)
    for axis, title in ((left, "without replay"), (right, f"with replay: {LITTLE:.0%} beside a penalty, or alone")):
        axis.axhline(losses.old, color="black", linewidth=0.8, linestyle=":", label="before the stage")
        axis.set_title(title)
        axis.set_xlabel("new loss after the stage, nats per token (left: more learnt)")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    left.set_ylabel("old loss after the stage, nats per token (down: less forgotten)")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _losses(runs: Sequence[Run]) -> Losses:
    reported = [run for run in runs if run.seed != PILOT and run.replay == 0]
    before, after = ([run for run in reported if run.way == way] for way in ("start", "none"))
    old, new, free = (
        sum(values) / len(before)
        for values in ([run.old for run in before], [run.new for run in before], [run.new for run in after])
    )
    return Losses(old, new, new - free)


def _panel(axis: Any, found: Any, ways: Sequence[str], losses: Losses) -> None:
    for way, curve in common(found, ways).items():
        learnt, rise, half = zip(*curve, strict=True)
        x, y = [losses.new - share * losses.gain for share in learnt], [losses.old + value for value in rise]
        style = "--" if way in DASHED else ":" if way in DOTTED else "-"
        (line,) = axis.plot(x, y, label=way, linewidth=2.2 if style == ":" else 1.6, linestyle=style)
        low, high = ([v + sign * h for v, h in zip(y, half, strict=True)] for sign in (-1, 1))
        axis.fill_between(x, low, high, color=line.get_color(), alpha=0.13, linewidth=0)


def common(found: Any, ways: Sequence[str]) -> Mapping[str, Curve]:
    """(share learnt, mean rise, half of its 95 % interval within seeds) where all seeds of a way reach that share.

    The interval is of the differences between ways: each seed's mean over them is taken out, and the variance is
    multiplied by m / (m − 1) for m ways (Cousineau 2005; Morey 2008).
    """
    drawn: dict[str, Curve] = {way: [] for way in ways}
    for level in SHARES_LEARNT:
        rises = {way: forgotten(found, way, level) for way in ways}
        rises = {way: values for way, values in rises.items() if values and len(values) == len(found[way])}
        if not rises:
            continue
        seeds = next(iter(rises.values())).keys()
        shared = {seed: sum(values[seed] for values in rises.values()) / len(rises) for seed in seeds}
        for way, values in rises.items():
            own = interval([values[seed] - shared[seed] for seed in seeds])
            widened = math.sqrt(len(rises) / (len(rises) - 1)) if len(rises) > 1 else 1.0
            drawn[way].append((level, sum(values.values()) / len(values), widened * own.half if own else 0.0))
    return {way: curve for way, curve in drawn.items() if curve}


def _replay(axis: Any, runs: Sequence[Run], losses: Losses) -> None:
    places = [(share, *point(runs, "none", 0.0, share)) for share in (0.0, *SHARES)]
    known = [(share, learnt.mean, rise.mean) for share, learnt, rise in places if learnt and rise]
    x, y = [losses.new - learnt * losses.gain for _, learnt, _ in known], [losses.old + rise for *_, rise in known]
    axis.plot(x, y, "k.--", linewidth=1, label="replay alone")
    for (share, *_), *place in zip(known, x, y, strict=True):
        axis.annotate(f"{share:.3g}", place, textcoords="offset points", xytext=(6, 3), fontsize=8)
