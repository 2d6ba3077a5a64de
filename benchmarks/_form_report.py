"""What do the runs say? Old loss at equal new loss, paired over seeds, as sentences, tables and a picture."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from _forms import FORMS, PILOT, WITH_REPLAY, Run
from _measure import in_units, spread, stated, table, write
from scipy.stats import t as student

LEVELS = (0.95, 0.9, 0.75, 0.5)  # shares of the unpenalised gain at which the forms are compared
SHARES = (0.06, 0.125, 0.25)  # of replay
LITTLE = SHARES[0]  # the share that is combined with EWC
REFERENCE = "factored"  # the cheapest form; the others are compared with it
CANDIDATES = ("factored", "kronecker", "dense", "adapter")
CONTROLS = ("L2-SP", "shuffled", "average")

Curve = list[tuple[float, float]]
Curves = dict[str, dict[int, Curve]]


def at_level(curve: Sequence[tuple[float, float]], level: float) -> float | None:
    """The second number where the first falls to `level` for the first time, linear in between; None if it does not."""
    for (above, left), (below, right) in pairwise(curve):
        if above >= level >= below:
            return right if above == below else left + (right - left) * (above - level) / (above - below)
    return None


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
    read = {seed: at_level(curve, level) for seed, curve in curves[way].items()}
    return {seed: value for seed, value in read.items() if value is not None}


def risen(curves: Curves, way: str, level: float) -> Interval | None:
    return interval([*forgotten(curves, way, level).values()])


def difference(curves: Curves, way: str, other: str, level: float) -> Interval | None:
    """`way` − `other` in nats per token of old loss, paired by seed: negative where `way` forgets less."""
    own, others = forgotten(curves, way, level), forgotten(curves, other, level)
    return interval([own[seed] - others[seed] for seed in own.keys() & others.keys()])


def costs(runs: Sequence[Run], way: str) -> dict[str, Any]:
    """Seconds of the penalty, bytes of F and θ*, second-order ÷ predicted KL from the weakest λ to the strongest."""
    own = [run for run in runs if run.way == way and run.seed != PILOT and run.replay == 0]
    by_strength: dict[float, list[float]] = defaultdict(list)
    for run in own:
        by_strength[run.strength].append(run.second_order / run.predicted)
    return {
        "penalty_seconds": spread([run.penalty_seconds for run in own]),
        "share_of_step": spread([run.penalty_seconds / (run.step_seconds - run.penalty_seconds) for run in own]),
        "held_bytes": own[0].held_bytes,
        "calibration": [spread(values) for _, values in sorted(by_strength.items())],
    }


def point(runs: Sequence[Run], way: str, strength: float, replay: float) -> tuple[Interval | None, Interval | None]:
    """Share of the gain and rise of old loss of the same stage over all seeds."""
    own = [r for r in runs if (r.way, r.replay) == (way, replay) and math.isclose(r.strength, strength)]
    both = [placed(runs, run) for run in own if run.seed != PILOT]
    return interval([share for share, _ in both]), interval([rise for _, rise in both])


def page(
    runs: Sequence[Run], grids: Mapping[str, Sequence[float]], where: Mapping[str, Any], about: Mapping[str, Any]
) -> str:
    found = curves(runs)
    levels = [f"{level:.0%} learnt" for level in LEVELS]
    ways = [*FORMS, "average"]
    rises = [(f"`{way}`", *(_cell(risen(found, way, level)) for level in LEVELS)) for way in ways]
    paired = [
        (f"`{way}`", *(_signed(difference(found, way, REFERENCE, level)) for level in LEVELS))
        for way in ways
        if way != REFERENCE
    ]
    with_replay = _by_level(found, "kronecker + replay", "factored + replay")
    cost_headers = ("F", "penalty, ms", "÷ rest of the step", "F and θ*", "λ", "calibration")
    return f"""# Which form of F forgets least at equal plasticity?

First {about["first"]}, then {about["second"]} ({about["data"]}); {about["seeds"]} seeds, each with another base, split,
order, LoRA and Fisher labels. Nats per token; mean over seeds ± half of a 95 % confidence interval (Student's t).
{_unprotected(runs)}

![old loss against new loss](which_form.png)

Rise of the held-out old loss where a stage learnt that share of what the unpenalised one gains in held-out new loss:

{table(("F", *levels), rises)}

The same minus `{REFERENCE}`, paired by seed (negative: forgets less):

{table(("F", *levels), paired)}

{_list(judgement(found))}

Cost of one step on this model, and what λ is worth: exact second-order ÷ predicted KL along the stage's own update,
medians at the weakest and at the strongest λ.

{table(cost_headers, [_cost(way, runs, grids[way]) for way in FORMS])}

## With replay

{table(("second stage", "share learnt", "rise of old loss"), _replayed(runs, grids))}

At equal plasticity, both with {LITTLE:.0%} replay: `kronecker` − `factored` {with_replay}.

## How it was done

{_list(_method(about))}

{stated(where)}
"""


def _method(about: Mapping[str, Any]) -> list[str]:
    settings, aims = about["settings"], ", ".join(f"{aim:.0%}" for aim in about["aims"])
    return [
        f"`{about['command']}`",
        f"Settings: {', '.join(f'{key} {value}' for key, value in settings.items())}.",
        f"λ of every form was set in the same way on a seed that is not reported: where it keeps {aims} of the gain. "
        "Nothing else was tuned for any form. From λ = 0 on, curves are interpolated linearly between λ.",
        f"`kronecker` keeps {FORMS['kronecker'].rank} columns of layers {settings['width']} wide, a larger share "
        "than on a real model; `kronecker, rank 4` is nearer to that. `shuffled` has the numbers of `factored` in "
        "random places, `L2-SP` has F = 1. `average` is θ* + α(θ − θ*) of the unpenalised stage (WiSE-FT).",
        "Penalty times are processor seconds of a model so small that they are mostly overhead: `ewc_overhead` "
        "measures larger ones.",
    ]


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"* {sentence}" for sentence in sentences)


def _unprotected(runs: Sequence[Run]) -> str:
    def losses(way: str, of: str) -> str:
        own = [run for run in runs if run.way == way and run.replay == 0 and run.seed != PILOT]
        return _cell(interval([getattr(run, of) for run in own]))

    new, old = (f"from {losses('start', of)} to {losses('none', of)}" for of in ("new", "old"))
    return f"The unpenalised second stage takes the new loss {new} and the old one {old}."


def _cell(found: Interval | None) -> str:
    return "–" if found is None else f"{found.mean:.3f} ± {found.half:.3f}"


def _signed(found: Interval | None) -> str:
    if found is None:
        return "–"
    return f"{found.mean:+.3f} ± {found.half:.3f}{'' if abs(found.mean) > found.half else ' (no difference shown)'}"


def _by_level(found: Curves, way: str, other: str) -> str:
    return ", ".join(f"{_signed(difference(found, way, other, level))} at {level:.0%}" for level in LEVELS)


def _cost(way: str, runs: Sequence[Run], grid: Sequence[float]) -> tuple[object, ...]:
    cost = costs(runs, way)
    first, last = (f"{cost['calibration'][place].median:.3g}" for place in (0, -1))
    calibration = "no unit" if FORMS[way].fisher == "ones" else f"{first} … {last}"
    span = f"{min(grid):.2g} … {max(grid):.2g}"
    ms = 1000 * cost["penalty_seconds"].median
    return (
        f"`{way}`",
        f"{ms:.2g}",
        f"{cost['share_of_step'].median:.1%}",
        in_units(cost["held_bytes"]),
        span,
        calibration,
    )


def _replayed(runs: Sequence[Run], grids: Mapping[str, Sequence[float]]) -> list[tuple[object, ...]]:
    rows = [(f"replay {share:.3g}", "none", 0.0, share) for share in (0.0, *SHARES)]
    rows += [(f"replay {LITTLE:.3g} + `{way}`, λ {s:.2g}", way, s, LITTLE) for way in WITH_REPLAY for s in grids[way]]
    return [(title, *(_cell(part) for part in point(runs, *which))) for title, *which in rows]


def judgement(found: Curves) -> list[str]:
    """What the numbers say, in sentences made from them."""
    means = {level: {way: part.mean for way in CANDIDATES if (part := risen(found, way, level))} for level in LEVELS}
    least = "; ".join(f"{level:.0%}: `{min(of, key=of.__getitem__)}`" for level, of in means.items() if of)
    compared = (
        ("Terms between weights", "kronecker", "factored"),
        ("A coarser sketch", "kronecker, rank 4", "kronecker"),
        ("The diagonal in full", "dense", "factored"),
        ("A and B themselves", "adapter", "factored"),
        ("No Fisher at all", "L2-SP", "factored"),
        ("Negative control", "shuffled", "factored"),
        ("Averaging weights, without any F", "average", "kronecker"),
    )
    lines = [f"{title}: `{way}` − `{other}` {_by_level(found, way, other)}." for title, way, other in compared]
    return [f"Least forgotten among {', '.join(f'`{c}`' for c in CANDIDATES)}: {least}.", *lines]


def picture(runs: Sequence[Run], path: Path) -> None:
    """Old against new loss, one curve for each way: mean over seeds, with the band of its 95 % confidence interval."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    found = curves(runs)
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 5.2), sharey=True)
    for axis, ways in zip(
        axes, ((*FORMS, "average"), ("replay", *(f"{way} + replay" for way in WITH_REPLAY))), strict=True
    ):
        for way in ways:
            _draw(axis, runs, found, way)
        axis.set_xlabel("new loss after the stage, nats per token  (left: more learnt)")
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8)
    axes[0].set_ylabel("old loss after the stage, nats per token")
    axes[0].set_title("without replay")
    axes[1].set_title(f"with replay ({', '.join(f'{s:.3g}' for s in SHARES)} alone; {LITTLE:.0%} beside a penalty)")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def _draw(axis: Any, runs: Sequence[Run], found: Curves, way: str) -> None:
    starts = {run.seed: run for run in runs if run.way == "start" and run.seed != PILOT}
    free = {run.seed: run for run in runs if run.way == "none" and run.replay == 0}
    old = sum(run.old for run in starts.values()) / len(starts)
    new, gain = (
        sum(values) / len(starts)
        for values in ([r.new for r in starts.values()], [r.new - free[s].new for s, r in starts.items()])
    )
    points = []
    for step in range(61):
        level = 1.05 - 0.65 * step / 60
        rises = [*forgotten(found, way, level).values()]
        # a mean over fewer seeds would jump where one drops out
        if len(rises) == len(starts) and (rise := interval(rises)):
            points.append((new - level * gain, old + rise.mean, rise.half))
    if points:
        x, y, half = (torch.tensor(column) for column in zip(*points, strict=True))
        (line,) = axis.plot(x, y, label=way, linewidth=1.6, linestyle="--" if way in CONTROLS else "-")
        axis.fill_between(x, y - half, y + half, color=line.get_color(), alpha=0.12, linewidth=0)


def document(
    runs: Sequence[Run], grids: Mapping[str, Sequence[float]], where: Mapping[str, Any], about: Mapping[str, Any]
) -> dict[str, Any]:
    found = curves(runs)
    columns = list(asdict(runs[0]))
    return {
        "circumstances": where,
        **about,
        "strengths": grids,
        "forgetting": {way: {str(level): _json(risen(found, way, level)) for level in LEVELS} for way in found},
        "minus_reference": {
            way: {str(level): _json(difference(found, way, REFERENCE, level)) for level in LEVELS} for way in found
        },
        "costs": {way: costs(runs, way) for way in FORMS},
        "runs": [" ".join(columns), *(" ".join(_short(v) for v in asdict(run).values()) for run in runs)],
    }


def _json(found: Interval | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)


def _short(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace(" ", "_")


def report(
    runs: Sequence[Run],
    grids: Mapping[str, Sequence[float]],
    where: Mapping[str, Any],
    about: Mapping[str, Any],
    *,
    folder: Path,
) -> None:
    write("which_form", document(runs, grids, where, about), page(runs, grids, where, about), folder=folder)
    picture(runs, folder / "which_form.png")
