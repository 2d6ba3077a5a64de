"""How does a selection stand in dataset_info.json? As a dataset with its original's format and group, and weight 0.

With weight 0 no mixture changes; how it gets the weight of its original is in `weighing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converters.contract import GROUPS, SourceError
from converters.mixing.registry import REGISTRY, Registry, mix_of, mixtures
from converters.mixing.settings import NAME

SELECTED_FROM = "selected_from"


def checked_name(registry: Registry, original: str, name: str) -> str:
    """Raises SourceError for a name that is none, or that of a dataset which is no selection of `original`."""
    if not NAME.fullmatch(name):
        raise SourceError(
            f"--name {name}", expected="a Latin letter or a digit, then also `_`, `-` and `.`", found=repr(name)
        )
    entry = registry.get(name)
    if entry is not None and (not isinstance(entry, dict) or entry.get(SELECTED_FROM) != original):
        raise SourceError(
            f"--name {name}",
            expected=f"a new name, or that of a selection of {original}",
            found=f"another dataset of {REGISTRY}",
            remedy="It would be overwritten: choose another name.",
        )
    return name


def entry_of(registry: Registry, original: str, name: str) -> dict[str, Any]:
    """A weight that the user gave an earlier selection of that name stays."""
    entry = {key: value for key, value in registry[original].items() if key not in ("mix", "eval")}
    entry["file_name"] = f"data/{name}.jsonl"
    group = group_of(registry, original)
    if group:
        entry["mix"] = {"group": group, "weight": mix_of(registry, name).get("weight", 0.0)}
    return entry | {SELECTED_FROM: original}


def group_of(registry: Registry, name: str) -> str:
    """The group of a dataset; of a mixture its stage, or the group with the largest part; "" where there is none."""
    mix = mix_of(registry, name)
    ratio = mix.get("ratio")
    if not isinstance(ratio, dict):
        return str(mix.get("group") or "")
    stage = str(mix.get("stage") or "")
    return stage if stage in GROUPS else str(max(ratio, key=lambda group: ratio[group], default=""))


def stands_for(registry: Registry) -> Mapping[str, str]:
    """(selection -> its original) of all that are registered."""
    entries = {name: entry for name, entry in registry.items() if isinstance(entry, dict)}
    return {name: str(entry[SELECTED_FROM]) for name, entry in entries.items() if entry.get(SELECTED_FROM)}


def mixtures_with(registry: Registry, name: str) -> list[str]:
    """The mixtures whose ratio has the group of a dataset."""
    group = mix_of(registry, name).get("group")
    return [mixture for mixture in mixtures(registry) if mix_of(registry, mixture)["ratio"].get(group)]


def file_of(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.jsonl"
