"""What did the runs of the benchmark of selection say? Means over seeds, differences paired by seed, and who won."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _measure import stated, table, write
from scipy import stats

if TYPE_CHECKING:
    from _selection_model import Settings

LEVEL = 0.95
BASE = "random"
REPEATED = ("same text", "nearly the same text")


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and half of its 95 % interval (Student's t); none of one seed."""

    mean: float
    half: float

    @property
    def excludes_zero(self) -> bool:
        return not math.isnan(self.half) and abs(self.mean) > self.half


@dataclass(frozen=True)
class Compared:
    """`p` is that of the paired t test, two-sided; `holm` the same for as many ways as were compared."""

    difference: Interval
    p: float
    holm: float
    better: int
    seeds: int

    @property
    def verdict(self) -> str:
        if not self.difference.excludes_zero:
            return "no difference shown"
        return "better" if self.difference.mean > 0 else "worse"


def interval(values: Sequence[float]) -> Interval:
    if len(values) < 2:
        return Interval(values[0], float("nan"))
    error = statistics.stdev(values) / math.sqrt(len(values))
    return Interval(statistics.fmean(values), float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1)) * error)


def by_way(runs: Sequence[Any], measure: str) -> dict[str, list[float]]:
    """The values of each way, in the order of the seeds; ways in the order of their first run."""
    found: dict[str, dict[int, float]] = {}
    for run in runs:
        found.setdefault(run.way, {})[run.seed] = getattr(run, measure)
    return {way: [values[seed] for seed in sorted(values)] for way, values in found.items()}


def compared(values: Mapping[str, Sequence[float]], base: str, ways: Sequence[str]) -> dict[str, Compared]:
    """Each way minus `base`, seed by seed."""
    differences = {
        way: [own - other for own, other in zip(values[way], values[base], strict=True)] for way in ways if way != base
    }
    p = {way: paired_p(found) for way, found in differences.items()}
    adjusted = holm(p)
    return {
        way: Compared(interval(found), p[way], adjusted[way], sum(each > 0 for each in found), len(found))
        for way, found in differences.items()
    }


def paired_p(differences: Sequence[float]) -> float:
    if len(differences) < 2:
        return float("nan")
    if len(set(differences)) == 1:
        return 1.0 if differences[0] == 0 else 0.0
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p of rank i among m, times m − i + 1, never below that of a smaller one (Holm 1979)."""
    found, largest = {}, 0.0
    for rank, way in enumerate(sorted(p, key=lambda way: p[way])):
        largest = max(largest, min(1.0, p[way] * (len(p) - rank)))
        found[way] = largest
    return found


Measures = Mapping[str, Mapping[str, Sequence[float]]]
Beside = Mapping[str, Mapping[str, Compared]]
MEASURES = ("accuracy", "loss", "weighted")


def report(
    runs: Sequence[Any],
    again: Sequence[Any],
    *,
    methods: Sequence[str],
    size: int,
    settings: "Settings",
    where: Mapping[str, Any],
    folder: Path,
) -> None:
    """`methods` are the ways that are ours, the others are there to compare with; `again` are runs on fresh seeds."""
    finalists = list(dict.fromkeys(run.way for run in again))
    parts = {"first": _measured(runs, methods), "fresh": _measured(again, finalists)}
    document = {
        "size": size,
        "settings": asdict(settings),
        **{name: _as_json(measures, beside) for name, (measures, beside) in parts.items()},
        "runs": [asdict(run) for run in (*runs, *again)],
        "circumstances": dict(where),
    }
    write("selection", document, _page(runs, again, parts, size, settings, where), folder=folder)


def _measured(runs: Sequence[Any], methods: Sequence[str]) -> tuple[Measures, Beside]:
    measures = {name: by_way(runs, name) for name in MEASURES}
    return measures, {name: compared(values, BASE, methods) for name, values in measures.items() if values}


def _as_json(measures: Measures, beside: Beside) -> dict[str, Any]:
    return {
        "seeds": len(measures["accuracy"].get(BASE, ())),
        "means": {name: {way: asdict(interval(v)) for way, v in values.items()} for name, values in measures.items()},
        f"minus_{BASE}": {
            name: {way: asdict(each) | {"verdict": each.verdict} for way, each in found.items()}
            for name, found in beside.items()
        },
    }


def _page(
    runs: Sequence[Any],
    again: Sequence[Any],
    parts: Mapping[str, tuple[Measures, Beside]],
    size: int,
    settings: "Settings",
    where: Mapping[str, Any],
) -> str:
    measures, beside = parts["first"]
    return f"""# Does selection pay? On a small constructed task

{_task(_pool(runs), size, len(measures["accuracy"][BASE]), settings)}

{_table(runs, measures, beside)}

"Minus random" is paired by seed; bold where its 95 % interval excludes zero. p: paired t test, two-sided, in brackets
corrected for the number of methods (Holm). With five seeds the seeds that agree say as much as p does.

{chr(10).join([*_remarks(beside), _most_spoilt(runs)])}

{_fresh(again, *parts["fresh"])}

## The same, counted by how often a class is asked for

The accuracy above counts each class alike, which is kind to whatever covers rare ones. Weighted by the number of clean
rows of each class in the pool:

{table(("way", "accuracy, %", "minus random", "p", "verdict"), _weighted(measures, beside))}

{stated(where)}
"""


def _table(runs: Sequence[Any], measures: Measures, beside: Beside) -> str:
    return table(HEADINGS, [_row(way, runs, measures, beside) for way in measures["accuracy"]])


def _fresh(again: Sequence[Any], measures: Measures, beside: Beside) -> str:
    if not again:
        return ""
    return f"""## The best of them once more, on seeds that had no part in calling them the best

{_table(again, measures, beside)}

{chr(10).join(_remarks(beside))}"""


def _pool(runs: Sequence[Any]) -> Mapping[str, int]:
    return next(run.kinds for run in runs if run.way == "all rows")


def _task(pool: Mapping[str, int], size: int, seeds: int, settings: "Settings") -> str:
    rows, repeated = sum(pool.values()), sum(pool.get(kind, 0) for kind in REPEATED)
    return (
        f"{size} of about {rows:,} rows are chosen; of these {pool['clean']:,} are clean, {repeated:,} repeat a clean "
        f"one (half of them to the letter but for marks), and {rows - pool['clean'] - repeated:,} are spoilt (a wrong "
        "class, an answer to something else, garbled, cut off). Frequencies of classes follow Zipf's law. A tiny model "
        f"(one layer, {settings.width} wide) is trained on what was chosen, {settings.steps} steps of {settings.batch} "
        "rows, and asked about other words in other wordings: accuracy is the share of answers of which every token is "
        f"right. {seeds} seeds, each with another task, base, reward model, random choice and order of rows; ± half "
        "of a 95 % confidence interval (Student's t). Scores and vectors are of that same untrained base; the reward "
        "model has learnt from clean and spoilt rows of other classes."
    )


HEADINGS = ("way", "accuracy, %", "minus random", "p (Holm)", "seeds better", "loss", "minus random", "chosen")


def _row(
    way: str,
    runs: Sequence[Any],
    measures: Measures,
    beside: Beside,
) -> tuple[str, ...]:
    accuracy, loss = (beside[name].get(way) for name in ("accuracy", "loss"))
    return (
        way,
        _interval(interval(measures["accuracy"][way]), 100, 1),
        _difference(accuracy, 100, 1),
        f"{accuracy.p:.2g} ({accuracy.holm:.2g})" if accuracy else "–",
        f"{accuracy.better} of {accuracy.seeds}" if accuracy else "–",
        _interval(interval(measures["loss"][way]), 1, 3),
        _difference(loss, 1, 3),
        _composition([run for run in runs if run.way == way]),
    )


def _interval(of: Interval, times: float, digits: int) -> str:
    return f"{of.mean * times:.{digits}f} ± {of.half * times:.{digits}f}"


def _difference(of: Compared | None, times: float, digits: int) -> str:
    if of is None:
        return "–"
    text = f"{of.difference.mean * times:+.{digits}f} ± {of.difference.half * times:.{digits}f}"
    return f"**{text}**" if of.difference.excludes_zero else text


def _composition(runs: Sequence[Any]) -> str:
    parts = ", ".join(f"{share:.0f} % {side}" for side, share in _sides(runs).items())
    return f"{parts}; {statistics.fmean(run.classes for run in runs):.0f} classes"


def _sides(runs: Sequence[Any]) -> dict[str, float]:
    """Of a hundred chosen rows, in the mean over seeds."""
    shares = {"clean": 0.0, "repeated": 0.0, "spoilt": 0.0}
    for run in runs:
        whole = sum(run.kinds.values())
        for kind, count in run.kinds.items():
            side = "clean" if kind == "clean" else "repeated" if kind in REPEATED else "spoilt"
            shares[side] += 100 * count / whole / len(runs)
    return shares


def _most_spoilt(runs: Sequence[Any]) -> str:
    """What a selection does to noise by itself: the ways that took more of it than chance."""
    spoilt = {way: _sides([run for run in runs if run.way == way])["spoilt"] for way in {run.way for run in runs}}
    worse = sorted((way for way in spoilt if spoilt[way] > 1.2 * spoilt[BASE]), key=lambda way: -spoilt[way])
    if not worse:
        return ""
    named = "; ".join(f"{way} {spoilt[way]:.0f} %" for way in worse)
    return (
        f"* Spoilt: {spoilt[BASE]:.0f} % of a random choice, and more of these: {named}. What lies far from all "
        "others, or is hard given its instruction, is often broken; and duplicates that go leave noise a larger share. "
        "So a filter goes before them."
    )


def _weighted(measures: Measures, beside: Beside) -> list[tuple[str, ...]]:
    found = []
    for way, values in measures["weighted"].items():
        own = beside["weighted"].get(way)
        p, verdict = (f"{own.p:.2g}", own.verdict) if own else ("–", "–")
        found.append((way, _interval(interval(values), 100, 1), _difference(own, 100, 1), p, verdict))
    return found


def _remarks(beside: Beside) -> list[str]:
    """Who is better, who is not and who is worse, by accuracy; and where loss says otherwise."""
    verdicts: dict[str, list[str]] = {}
    for way, found in beside["accuracy"].items():
        verdicts.setdefault(found.verdict, []).append(way)
    lines = [f"* {name[0].upper()}{name[1:]} (accuracy): {'; '.join(ways)}." for name, ways in verdicts.items()]
    # a lower loss is better
    other = [
        way
        for way, found in beside["loss"].items()
        if found.difference.excludes_zero and found.difference.mean > 0 and beside["accuracy"][way].verdict == "better"
    ]
    return [*lines, f"* Better by accuracy, yet worse by loss: {'; '.join(other)}."] if other else lines
