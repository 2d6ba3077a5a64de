"""What is said at the end of a selection? How many, why not others, what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from converters.columns import aligned
from converters.mixing.manifest import EvaluationSet
from converters.mixing.registry import Registry, command, mix_of
from converters.quality.contract import Choice, Numbers, Selection
from converters.quality.rows import Rows, told
from converters.quality.selection.registered import mixtures_with
from converters.quality.selection.strata import Strata


def heading(rows: Rows, selection: Selection) -> list[str]:
    why = Counter(choice.why for choice in selection.chosen)
    parts = ", ".join(f"{name} {count:,}" for name, count in why.most_common())
    lines = [f"{rows.name}: {len(rows):,} rows -> {len(selection.chosen):,} by {selection.method} ({parts})"]
    if selection.dropped:
        reasons = sorted(selection.dropped.items(), key=lambda item: (-item[1], item[0]))
        lines.append("could not be chosen: " + ", ".join(f"{reason} {count:,}" for reason, count in reasons))
    return [*lines, *told(rows)]


def checked_against(sets: Sequence[EvaluationSet], missing: Sequence[str]) -> Iterator[str]:
    """What must not be trained on, as far as it is there."""
    absent = f"; {len(missing)} more are registered and have no file" if missing else ""
    yield f"checked against {len(sets)} evaluation sets{absent}"
    for each in sets:
        if each.unreadable:
            yield f"{each.dataset}: {each.unreadable:,} lines are no conversation; nothing was checked against them"


def told_of(selection: Selection, page: Mapping[str, Any]) -> Iterator[str]:
    """The bounds as numbers, where a core set began, how well the chosen rows cover the others, shares of strata."""
    numbers = selection.numbers
    for criterion, limits in numbers.get("between", {}).items():
        parts = list(limits.items()) if isinstance(limits, Mapping) else [("", limits)]
        more = f", and {len(parts) - SHOWN:,} more, in the .json" if len(parts) > SHOWN else ""
        yield f"{criterion} {', '.join(_limits(*each) for each in parts[:SHOWN])}{more}"
    yield from filter(None, (_geometry("", numbers), *(_geometry(*each) for each in numbers.get("within", {}).items())))
    if selection.method in TAKE_WHAT_IS_BROKEN and not numbers.get("between"):
        yield UNBOUNDED
    covered = page.get("coverage")
    if covered:
        means = ", ".join(
            f"{covered[whose]['mean']:.3f} in the mean and {covered[whose]['max']:.3f} at most ({words})"
            for whose, words in COVERED.items()
        )
        yield f"distance to the nearest chosen row: {means}"
    if "strata" in numbers:
        yield from ("", *share_table(numbers["strata"]["by"], numbers["strata"]["shares"]), "")


SHOWN = 20  # strata of the table
# measured: benchmarks/selection.py
TAKE_WHAT_IS_BROKEN = ("coreset", "ifd")
UNBOUNDED = (
    "no bounds by scores: what is far from all others, or hard, is often broken. Score first, and take "
    "--perplexity :50% or --reward 50%:"
)
COVERED = {"kept": "this selection", "random": "as many rows by chance"}


def _limits(stratum: str, between: Sequence[float | None]) -> str:
    words = [f"{word} {bound:.6g}" for word, bound in zip(("from", "to"), between, strict=True) if bound is not None]
    return " ".join([*([f"of {stratum}"] if stratum else []), *words])


def _geometry(stratum: str, numbers: Mapping[str, Any]) -> str:
    if "cluster" not in numbers:
        return ""
    told = [f"from the centre of cluster {numbers['cluster']}"]
    if "radius" in numbers:
        told.append(f"each of {numbers['among']:,} rows within {numbers['radius']:.4f} of a chosen one")
    told += [numbers["approximation"]] if numbers.get("approximation") else []
    return (f"{stratum}: " if stratum else "") + ", ".join(told)


def shares(strata: Strata, candidates: Numbers, chosen: Sequence[Choice]) -> dict[str, dict[str, int]]:
    """Of each stratum: rows, those that could be chosen, those that were."""
    taken = np.asarray([choice.number for choice in chosen], dtype=np.int64)
    counts = [strata.sizes, *(_counted(strata, numbers) for numbers in (candidates, taken))]
    keys = ("rows", "candidates", "chosen")
    columns = zip(strata.names, *(count.tolist() for count in counts), strict=True)
    return {name: dict(zip(keys, numbers, strict=True)) for name, *numbers in columns}


def _counted(strata: Strata, numbers: Numbers) -> Numbers:
    return np.bincount(strata.labels[numbers], minlength=len(strata.names)).astype(np.int64)


def share_table(by: str, parts: Mapping[str, Mapping[str, int]]) -> list[str]:
    rows, chosen = (sum(part[key] for part in parts.values()) for key in ("rows", "chosen"))
    largest = sorted(parts, key=lambda name: -parts[name]["rows"])[:SHOWN]
    body = [
        (
            name,
            f"{part['rows']:,}",
            f"{part['rows'] / max(rows, 1):.1%}",
            f"{part['candidates']:,}",
            f"{part['chosen']:,}",
            f"{part['chosen'] / max(chosen, 1):.1%}",
        )
        for name, part in parts.items()
        if name in largest
    ]
    more = [f"and {len(parts) - SHOWN:,} smaller ones, in the .json"] if len(parts) > SHOWN else []
    return [*aligned([(by, "rows", "of rows", "candidates", "chosen", "of chosen"), *body]), *more]


def weights(dataset_dir: Path, original: str, name: str, registry: Registry, step: str) -> Iterator[str]:
    """What both weigh now, and how to change that; `step` is the command's name."""
    mix, mixtures = mix_of(registry, name), ", ".join(mixtures_with(registry, name)) or "no mixture"
    if "weight" not in mix:
        yield f"train on it: dataset={name} in a recipe"
    elif mix["weight"]:
        now = mix_of(registry, original).get("weight") or 0
        yield f"weights: {name} {mix['weight']:g}, {original} {now:g}; {mixtures} will have it when next built"
        yield f"to go back: {command(f'{step} {original} --name {name} --undo', dataset_dir)}"
    else:
        yield f"weight 0: no mixture has it. Train on it with dataset={name}, or type the same with --instead"


def given_back(original: str, name: str, registry: Registry) -> str:
    weights = {each: mix_of(registry, each).get("weight") or 0 for each in (original, name)}
    return f"weights: {original} {weights[original]:g}, {name} {weights[name]:g}"
