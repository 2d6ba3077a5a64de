"""Who takes part in a mixture: the groups of a ratio and the datasets with a weight, each checked.

Every function gives what is right together with a list of what is wrong, so that all mistakes are shown at
once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.mixing.registry import REGISTRY, Registry, command, datasets_with_group, meant, mix_of


@dataclass(frozen=True, slots=True)
class Member:
    """A dataset that takes part."""

    dataset: str
    group: str
    weight: float
    file_name: str
    entry: Mapping[str, Any]


def groups_of(registry: Registry) -> list[str]:
    return list(dict.fromkeys(str(mix_of(registry, name)["group"]) for name in datasets_with_group(registry)))


def checked_ratio(where: str, ratio: Any, groups: Sequence[str]) -> tuple[dict[str, float], list[SourceError]]:
    if not isinstance(ratio, dict) or not ratio:
        return {}, [SourceError(where, expected='an object such as {"foundation": 7, "task": 3}', found=repr(ratio))]
    problems = [
        SourceError(
            where,
            expected=f"groups that datasets of {REGISTRY} belong to: {', '.join(groups) or 'none does'}",
            found=repr(group),
            remedy=meant(group, groups) or f'Give a dataset `"mix": {{"group": "{group}", "weight": 1.0}}`.',
        )
        for group, share in ratio.items()
        if group not in groups and share != 0
    ]
    bad = {group: share for group, share in ratio.items() if not _is_share(share)}
    problems += [
        SourceError(f"{where}, {group}", expected="a number of 0 or more", found=repr(share))
        for group, share in bad.items()
    ]
    if not bad and not any(ratio.values()):
        problems.append(SourceError(where, expected="at least one group above 0", found="only zeros"))
    taking_part = {group: share for group, share in ratio.items() if group not in bad and share > 0}
    return {group: share for group, share in taking_part.items() if group in groups}, problems


def skipping(
    registry: Registry, ratio: Mapping[str, float], dataset_dir: Path, on_missing: Any
) -> tuple[Registry, tuple[str, ...]]:
    """The registry without datasets of which there is no line, and their names; all of it unless `on_missing` is skip.

    A group of which there is none keeps its datasets, for the error to name them.
    """
    groups: dict[str, list[str]] = {group: [] for group in ratio}
    for name in datasets_with_group(registry) if on_missing == "skip" else ():
        if mix_of(registry, name).get("weight") and mix_of(registry, name)["group"] in groups:
            groups[mix_of(registry, name)["group"]].append(name)
    absent = {name for names in groups.values() for name in names if not has_lines(registry, name, dataset_dir)}
    left_out = [name for names in groups.values() if set(names) - absent for name in names if name in absent]
    return {name: entry for name, entry in registry.items() if name not in left_out}, tuple(left_out)


def has_lines(registry: Registry, name: str, dataset_dir: Path) -> bool:
    """False of what was not converted, and of what a conversion or cleaning left nothing of."""
    path = dataset_dir / str(registry.get(name, {}).get("file_name") or "")
    return path.is_file() and path.stat().st_size > 0


def checked_members(
    registry: Registry, ratio: Mapping[str, float], dataset_dir: Path, on_missing: Any
) -> tuple[list[Member], list[SourceError]]:
    members: list[Member] = []
    problems = [_group_problem(name) for name in registry if mix_of(registry, name) and _has_no_part(registry, name)]
    for group in ratio:
        names = [name for name in datasets_with_group(registry) if mix_of(registry, name)["group"] == group]
        weights = {name: mix_of(registry, name).get("weight") for name in names}
        bad = {name: weight for name, weight in weights.items() if not _is_share(weight)}
        problems += [_weight_problem(name, weight) for name, weight in bad.items()]
        if not bad and not any(weights.values()):
            problems.append(
                SourceError(
                    f"{REGISTRY}, group {group}",
                    expected="at least one dataset with a weight above 0",
                    found=", ".join(f"{name}: {weight}" for name, weight in weights.items()),
                    remedy="Raise a weight, or leave the group out of the ratio.",
                )
            )
        weighted = {name: weight for name, weight in weights.items() if name not in bad and weight}
        if on_missing == "skip" and weighted and not any(has_lines(registry, name, dataset_dir) for name in weighted):
            problems.append(_nothing_problem(group, list(weighted), ratio, dataset_dir))
            continue
        for name, weight in weighted.items():
            entry = registry[name]
            members.append(Member(name, group, weight, str(entry.get("file_name") or ""), entry))
    problems += [problem for member in members for problem in _member_problems(member, dataset_dir)]
    return members, problems


def _has_no_part(registry: Registry, name: str) -> bool:
    return not {"group", "ratio"} & mix_of(registry, name).keys()


def _group_problem(name: str) -> SourceError:
    return SourceError(
        f"{REGISTRY}, {name}, mix",
        expected='"group" (a dataset with a weight) or "ratio" (a mixture)',
        found="neither",
        remedy=f"Add a group, or remove `mix` from {name}.",
    )


def _weight_problem(name: str, weight: Any) -> SourceError:
    return SourceError(
        f"{REGISTRY}, {name}, mix, weight",
        expected="a finite number of 0 or more",
        found="none" if weight is None else repr(weight),
        remedy="Weights are relative within a group; 0 leaves the dataset out.",
    )


def _nothing_problem(group: str, names: Sequence[str], ratio: Mapping[str, float], dataset_dir: Path) -> SourceError:
    others = ",".join(f"{other}={share:g}" for other, share in ratio.items() if other != group)
    without = f", or leave the group out: --ratio {others}" if others else ""
    convert = ", ".join(dict.fromkeys(convert_command(name, dataset_dir) for name in names))
    return SourceError(
        f"group {group} of the ratio",
        expected="at least one dataset that was converted",
        found=f"none of {', '.join(names)}",
        remedy=f"Convert one of them ({convert}){without}.",
    )


def _member_problems(member: Member, dataset_dir: Path) -> list[SourceError]:
    where = f"{REGISTRY}, {member.dataset}"
    if "eval" in member.entry:
        remedy = "Remove one of the two keys: what is trained on cannot be evaluated on."
        return [SourceError(where, expected="`mix` or `eval`", found="both", remedy=remedy)]
    if member.entry.get("ranking"):
        found = '"ranking": true'
        return [SourceError(where, expected="conversations with one answer", found=found, remedy=_left_out(member))]
    if not member.file_name.endswith((".jsonl", ".json")):
        found = repr(member.file_name) if member.file_name else "no file_name"
        return [SourceError(where, expected="a local .jsonl or .json file", found=found, remedy=_left_out(member))]
    path = dataset_dir / member.file_name
    if path.is_file():
        return []
    convert = convert_command(member.dataset, dataset_dir)
    remedy = f"Convert it: {convert} — or {_left_out(member, start='set')} `--on-missing skip` leaves out all such."
    return [SourceError(where, expected=f"its file {path}", found="no such file (not converted)", remedy=remedy)]


def _left_out(member: Member, start: str = "Set") -> str:
    return f"{start} the weight of {member.dataset} to 0 to leave it out."


def convert_command(dataset: str, dataset_dir: Path) -> str:
    """What to type to make a dataset; one that no source of ours makes is named itself."""
    return f"`{command(_source_of(dataset), dataset_dir)}`"


def _source_of(dataset: str) -> str:
    # asked only for the text of an error: the mixture itself never reads the list of sources
    try:
        from converters.registry import SOURCES
    except ImportError:
        return dataset
    owners = [source.name for source in SOURCES if dataset in {made.name for made in source.datasets}]
    return owners[0] if owners else dataset


def _is_share(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0
