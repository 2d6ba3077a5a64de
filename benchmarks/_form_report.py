"""What do the runs say? Sentences, tables and numbers for machines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from _form_curves import (
    LEVELS,
    LITTLE,
    SHARES,
    Curves,
    Interval,
    against_replay,
    beside_replay,
    costs,
    curves,
    difference,
    interval,
    point,
    risen,
)
from _form_picture import draw
from _forms import FORMS, PILOT, WITH_REPLAY, Run
from _measure import in_units, stated, table, write

REFERENCE = "factored"  # the cheapest form; the others are compared with it
CANDIDATES = ("factored", "kronecker", "dense", "adapter")


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

First {about["first"]}, then {about["second"]} ({about["data"]}); {about["seeds"]} seeds,
each with another base, split, order, LoRA and Fisher labels.
Nats per token; mean over seeds ± half of a 95 % confidence interval (Student's t).
{_unprotected(runs)}

![old loss against new loss](which_form.png)

The band is the 95 % confidence interval once what seeds have in common over all curves of a panel is taken out.

Rise of the held-out old loss where a stage learnt that share of what the unpenalised one gains in held-out new loss
(–: no curve, or that of one seed at most, goes so far):

{table(("F", *levels), rises)}

The same minus `{REFERENCE}`, paired by seed (negative: forgets less; bold: the interval excludes zero):

{table(("F", *levels), paired)}

{_list(judgement(found))}

Cost of one step on this model, and what λ is worth: exact second-order ÷ predicted KL along the stage's own update,
medians at the weakest and at the strongest λ.

{table(cost_headers, [_cost(way, runs, grids[way]) for way in FORMS])}

## With replay

{table(("second stage", "share learnt", "rise of old loss"), _replayed(runs, grids))}

At equal plasticity, both with {LITTLE:.0%} replay: `kronecker` − `factored` {with_replay}.

With {LITTLE:.0%} replay minus more replay alone, where equally much was learnt:
{_more_replay(runs)}.

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
        "Task, rate and shares were chosen by trials on that same seed. The weakest λ beside replay was added, for "
        "both forms alike, after the others had been read: without it the comparison with 12.5 % replay was "
        "interpolated over too wide a gap, against both.",
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
    shown = f"{found.mean:+.3f} ± {found.half:.3f}"
    return f"**{shown}**" if abs(found.mean) > found.half else shown


def _figures(number: float) -> str:
    """Two significant figures, without an exponent."""
    return f"{float(f'{number:.2g}'):g}"


def _by_level(found: Curves, way: str, other: str) -> str:
    return ", ".join(f"{_signed(difference(found, way, other, level))} at {level:.0%}" for level in LEVELS)


def _cost(way: str, runs: Sequence[Run], grid: Sequence[float]) -> tuple[object, ...]:
    cost = costs(runs, way)
    first, last = (_figures(cost["calibration"][place].median) for place in (0, -1))
    calibration = "no unit" if FORMS[way].fisher == "ones" else f"{first} … {last}"
    span = f"{_figures(min(grid))} … {_figures(max(grid))}"
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
    beside = [(way, strength) for way in WITH_REPLAY for strength in beside_replay(grids[way])]
    rows = [
        ("neither", point(runs, "none", 0.0, 0.0)),
        *((f"replay {share:.3g}", point(runs, "none", 0.0, share)) for share in SHARES),
        *((f"replay {LITTLE:.3g} + `{way}`, λ {_figures(s)}", point(runs, way, s, LITTLE)) for way, s in beside),
    ]
    return [(title, _cell(learnt), _cell(rise)) for title, (learnt, rise) in rows]


def _more_replay(runs: Sequence[Run]) -> str:
    pairs = [(way, share) for way in WITH_REPLAY for share in SHARES if share > LITTLE]
    return ", ".join(f"`{way}` {_signed(against_replay(runs, way, share))} ({share:.1%})" for way, share in pairs)


def judgement(found: Curves) -> list[str]:
    """What the numbers say, in sentences made from them."""
    means = {level: {way: part.mean for way in CANDIDATES if (part := risen(found, way, level))} for level in LEVELS}
    least = "; ".join(f"{level:.0%}: `{min(of, key=of.__getitem__)}`" for level, of in means.items() if of)
    compared = (
        ("A diagonal F against the same numbers in wrong places", "factored", "shuffled"),
        ("A coarser sketch", "kronecker, rank 4", "kronecker"),
        ("Against averaging weights, without any F", "kronecker", "average"),
    )
    lines = [f"{title}: `{way}` − `{other}` {_by_level(found, way, other)}." for title, way, other in compared]
    return [f"Least forgotten among {', '.join(f'`{c}`' for c in CANDIDATES)}: {least}.", *lines]


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
    draw(runs, folder / "which_form.png")
