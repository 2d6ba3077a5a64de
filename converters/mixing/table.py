"""The plan and the outcome of a mixture as text: one row a dataset, one a group.

Reads the manifest's own structure, so that what is printed and what is recorded cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converters.columns import aligned

Manifest = Mapping[str, Any]


def mixture_table(manifest: Manifest) -> str:
    """What `python -m converters mix` prints; ends without a line break."""
    heading = (
        f"{manifest['mixture']} (stage {manifest['stage'] or '—'}): "
        f"{manifest['output']['examples']:,} examples, ratio by {_unit(manifest)}, "
        f"{manifest['sampling']} sampling, seed {manifest['seed']}, on shortage: {manifest['on_shortage']}"
    )
    warnings = [f"warning: {warning}" for warning in manifest["warnings"]]
    left_out = manifest.get("left_out", [])
    note = [f"left out, no example converted: {', '.join(left_out)}"] if left_out else []
    return "\n".join([heading, "", *_dataset_lines(manifest), "", *_group_lines(manifest), *note, *warnings])


def _unit(manifest: Manifest) -> str:
    stand_in = manifest["unit"] == "tokens" and manifest["unit_of_supervised"] == "characters"
    return "characters (--tokenizer counts tokens)" if stand_in else str(manifest["unit"])


def _dataset_lines(manifest: Manifest) -> list[str]:
    unit = manifest["unit_of_supervised"]
    inputs = manifest["inputs"]
    examples, supervised = sum(row["taken"] for row in inputs), sum(row[unit] for row in inputs)
    head = ["dataset", "group", "weight", "available", "excluded", "quota", "taken", "repeats", unit]
    body = [
        [
            row["dataset"],
            row["group"],
            f"{row['weight']:g}",
            f"{row['available']:,}",
            f"{sum(row['excluded'].values()):,}",
            f"{row['quota']:,}",
            f"{row['taken']:,}",
            f"{row['repeats']:,}",
            f"{row[unit]:,}",
            percent(row["taken"], examples),
            percent(row[unit], supervised),
        ]
        for row in inputs
    ]
    return aligned([[*head, "of examples", f"of {unit}"], *body], text_columns=2)


def _group_lines(manifest: Manifest) -> list[str]:
    unit = manifest["unit_of_supervised"]
    whole = sum(group["ratio"] for group in manifest["groups"].values())
    body = [
        [
            name,
            f"{group['ratio']:g}",
            percent(group["ratio"], whole),
            f"{group['examples']:,}",
            f"{group['examples_share']:.1%}",
            f"{group['supervised']:,}",
            f"{group['supervised_share']:.1%}",
        ]
        for name, group in manifest["groups"].items()
    ]
    head = ["group", "ratio", "of ratio", "examples", "of examples", unit, f"of {unit}"]
    return aligned([head, *body], text_columns=1)


def percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "—"
