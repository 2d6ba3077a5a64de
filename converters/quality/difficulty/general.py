"""Which registered sets are general text, against which a task is measured? The output names them.

Sets of choices, refusals and code are none: the loss of a single letter is no measure of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.mixing.registry import Registry, command, mix_of

TEXTS = ("instruction", "continuation", "summary", "heading")  # tasks whose answers are text of one's own words
STAGE = "foundation"


def base_of(name: str) -> str:
    """What a held-out or a selected part is a part of."""
    return name.removesuffix("_eval").removesuffix("_selected")


def general_sets(dataset_dir: Path, registry: Registry, dataset: str, wanted: int) -> list[str]:
    """What was held out of the foundation, and where that is fewer than `wanted` rows also what it is trained on.

    Never the dataset itself. Raises SourceError where there is nothing of the kind.
    """
    others = [name for name in registry if base_of(name) != base_of(dataset) and _is_built(dataset_dir, registry, name)]
    found = list(_held_out(registry, others))
    if sum(_lines(dataset_dir / registry[name]["file_name"], wanted) for name in found) < wanted:
        found += _trained_on(registry, others)
    if found:
        return found
    raise SourceError(
        f"difficulty {dataset}",
        expected="a general set to compare with: held-out or training data of the foundation",
        found=f"none in {dataset_dir}",
        remedy="Name one: --reference NAME, or convert one: " + command("belle --download", dataset_dir),
    )


def _lines(path: Path, most: int) -> int:
    with path.open("rb") as stream:
        return sum(1 for _ in islice(stream, most))


def _held_out(registry: Registry, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        evaluated: Any = registry[name].get("eval")
        if isinstance(evaluated, dict) and evaluated.get("stage") == STAGE and evaluated.get("task") in TEXTS:
            yield name


def _trained_on(registry: Registry, names: Sequence[str]) -> Iterator[str]:
    return (name for name in names if mix_of(registry, name).get("group") == STAGE)


def _is_built(dataset_dir: Path, registry: Registry, name: str) -> bool:
    entry = registry[name]
    if not isinstance(entry, dict) or entry.get("ranking") or not entry.get("file_name"):
        return False
    path = dataset_dir / str(entry["file_name"])
    return path.is_file() and path.stat().st_size > 0
