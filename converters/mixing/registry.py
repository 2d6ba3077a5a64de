"""What dataset_info.json says: its mixtures, its datasets with a weight, its evaluation sets.

Looks names up and reads `5:3:2`; whether the numbers make sense is checked in `settings`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from converters.contract import GROUPS, SourceError

REGISTRY = "dataset_info.json"
Registry = dict[str, Any]

# How a file of ours is read. LLaMA-Factory's sharegpt default is human/gpt: the roles must be named.
FORMAT: Mapping[str, Any] = {
    "formatting": "sharegpt",
    "columns": {"messages": "messages"},
    "tags": {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    },
}


def read_registry(dataset_dir: Path) -> Registry:
    path = dataset_dir / REGISTRY
    try:
        registry = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        remedy = (
            "Change to the folder that has it, or write it here with `python -m ewc_plugin init` (recipes too) or "
            "`python -m converters catalog` (the registry alone); --dataset-dir names another folder."
        )
        raise no_registry(path, error.strerror or str(error), remedy) from error
    except ValueError as error:
        raise no_registry(path, f"text that is no JSON ({error})") from error
    if not isinstance(registry, dict):
        raise no_registry(path, f"a {type(registry).__name__}")
    return registry


def no_registry(
    path: Path, found: str, remedy: str = "Mend it, or move it away and run: python -m converters catalog"
) -> SourceError:
    return SourceError(
        str(path), expected="the registry of datasets, a JSON object of objects", found=found, remedy=remedy
    )


def command(words: str, dataset_dir: Path) -> str:
    """What to type for this folder."""
    folder = "" if dataset_dir == Path("dataset_info") else f" --dataset-dir {dataset_dir}"
    return f"python -m converters {words}{folder}"


def mix_of(registry: Registry, name: str) -> dict[str, Any]:
    entry = registry.get(name)
    mix = entry.get("mix") if isinstance(entry, dict) else None
    return mix if isinstance(mix, dict) else {}


def mixtures(registry: Registry) -> list[str]:
    return [name for name in registry if "ratio" in mix_of(registry, name)]


def datasets_with_group(registry: Registry) -> list[str]:
    return [name for name in registry if "group" in mix_of(registry, name)]


def evaluation_sets(registry: Registry) -> dict[str, str]:
    """Name -> file_name of every entry with an `eval` key that names a local file."""
    return {
        name: str(entry["file_name"])
        for name, entry in registry.items()
        if isinstance(entry, dict) and "eval" in entry and entry.get("file_name")
    }


def resolve_name(registry: Registry, name: str) -> str:
    """The entry itself, or the `<stage>_mix` of a stage."""
    known = mixtures(registry)
    for candidate in (name, f"{name}_mix"):
        if candidate in known:
            return candidate
    stages = [entry.removesuffix("_mix") for entry in known]
    raise SourceError(
        f"mix {name}",
        expected=f"a stage or a mixture of {REGISTRY}: {_listed([*stages, *known])}",
        found=repr(name),
        remedy=meant(name, [*stages, *known])
        or "`python -m converters catalog` writes the mixtures of the three stages.",
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names)) or "none is registered"


def meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else ""


def parse_ratio(text: str, groups: Sequence[str]) -> dict[str, Any]:
    """`5:3:2` in the order of `groups`, or `foundation=5,domain=2` by name; raises SourceError."""
    by_name = "=" in text
    parts = [part.strip() for part in text.split("," if by_name else ":")]
    pairs = [part.partition("=")[::2] for part in parts] if by_name else list(zip(groups, parts, strict=False))
    try:
        ratio = {name.strip(): _number(value) for name, value in pairs}
    except ValueError:
        ratio = {}
    if not all(ratio) or not ratio or len(ratio) != len(parts) or (not by_name and len(parts) != len(groups)):
        raise SourceError(
            f"--ratio {text}",
            expected=f"one number for each of {':'.join(groups)}, or names as in {groups[0]}=1,…",
            found=repr(text),
            remedy="A group is left out with 0.",
        )
    return ratio


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def ratio_order(registry: Registry, name: str) -> list[str]:
    """The order in which --ratio 5:3:2 is read: that of the stages, then any group of the user's."""
    own = mix_of(registry, name).get("ratio")
    groups = list(own) if isinstance(own, dict) else list(GROUPS)
    return sorted(groups, key=lambda group: GROUPS.index(group) if group in GROUPS else len(GROUPS))
