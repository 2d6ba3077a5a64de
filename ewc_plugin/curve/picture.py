"""How does a learning curve look in a README? A PNG with ASCII labels: Chinese fonts may be missing."""

from pathlib import Path
from typing import Any

import numpy as np

from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.outcome import MEAN, Outcome
from ewc_plugin.curve.power_law import Law
from ewc_plugin.visible import in_one_line

BLUE, ORANGE, GREY = "#1f6fb2", "#b4541a", "#5c6066"
STEPS = 60


def draw(found: Outcome, path: Path) -> Path:
    """Held-out loss of the stage's own sets with its law, and beside it what the older sets lost."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lost = found.forgotten
    panels = [panel for panel in (found.whole, lost) if panel is not None]
    figure = Figure(figsize=(5.2 * max(1, len(panels)), 3.6), dpi=160, layout="constrained")
    FigureCanvasAgg(figure)
    for place, one in enumerate(panels):
        axes: Any = figure.add_subplot(1, len(panels), place + 1)
        axes.set_xscale("log")
        if one is lost:
            _lost(axes, one, len(found.older))
        else:
            _losses(axes, one, found)
        axes.set_xticks(list(one.sizes), [f"{n:,}" for n in one.sizes], fontsize=8)
        axes.minorticks_off()
        axes.set_xlabel("examples", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # no creation date or version inside: the same numbers give the same bytes
    figure.savefig(path, metadata={"Software": None})
    return path


def _losses(axes: Any, one: Series, found: Outcome) -> None:
    law = found.verdicts[MEAN].law
    if law is not None:
        _law(axes, law)
    _points(axes, one.sizes, one.values, np.array([one.interval(k) for k in range(len(one.sizes))]), BLUE)
    trained = [(point.n, loss) for point in found.points if (loss := point.training_loss) is not None]
    if trained:
        axes.plot(*zip(*trained, strict=True), color=ORANGE, marker="o", markersize=3, linewidth=1, label="training")
    axes.set_title(f"stage {_ascii(found.stage)}: loss of its own sets (nats a token)", fontsize=9)
    axes.legend(fontsize=7, frameon=False)


def _law(axes: Any, law: Law) -> None:
    largest = law.sizes[-1]
    n = np.geomspace(law.sizes[0], 2 * largest, STEPS)
    values, low, high = law.at(n)
    inside = n <= largest
    axes.fill_between(n, low, high, color=BLUE, alpha=0.14, linewidth=0)
    a, b, c = law.numbers
    axes.plot(n[inside], values[inside], color=BLUE, linewidth=1.4, label=f"{a:.3g} + {b:.3g} n^-{c:.3g}")
    axes.plot(n[~inside], values[~inside], color=BLUE, linewidth=1.4, linestyle="--")


def _lost(axes: Any, lost: Series, count: int) -> None:
    changes = np.array([lost.gained(place) for place in range(len(lost.sizes))])
    axes.axhline(0, color=GREY, linewidth=0.8, linestyle="--")
    _points(axes, lost.sizes, changes[:, 0], changes[:, 1:], BLUE)
    axes.plot(lost.sizes, changes[:, 0], color=BLUE, linewidth=1.4)
    sets = f"{count} older sets: change of their mean loss" if count > 1 else "one older set: change of its loss"
    axes.set_title(f"{sets} (nats a token)", fontsize=9)


def _points(axes: Any, sizes: Any, values: Any, intervals: Any, colour: str) -> None:
    whiskers = np.abs(intervals.T - np.asarray(values))
    axes.errorbar(sizes, values, yerr=whiskers, fmt="o", color=colour, markersize=4, linewidth=1.2, label="held-out")


def _ascii(name: str) -> str:
    # a dollar would begin a formula
    return in_one_line(name).replace("$", "\\$").encode("ascii", "replace").decode()
