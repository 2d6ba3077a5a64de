"""What do datasets weigh in their groups, and how many examples does a mixture take of each group?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from converters.contract import SourceError
from converters.mixing.members import has_lines, skipping
from converters.mixing.quota import largest_remainder
from converters.mixing.registry import REGISTRY, Registry, datasets_with_group, mix_of
from converters.mixing.rows import answers
from converters.mixing.settings import exact, merged_settings
from converters.profiles import estimated
from converters.quality.balance.balancing import Part
from converters.quality.rows import opened


@dataclass(frozen=True)
class Group:
    """Datasets that share a group. `whole`: how many units a mixture takes of them, None outside of one.

    `uses`: how often an example may stand in the mixture; `weight`: the sum of their weights.
    """

    name: str
    parts: tuple[Part, ...]
    whole: int | None
    uses: int
    weight: float


def of_mixture(registry: Registry, dataset_dir: Path, mixture: str) -> tuple[list[Group], tuple[str, ...]]:
    """(its groups, datasets with a weight that were not converted)."""
    settings = merged_settings(registry, mixture, {})
    ratio = {group: share for group, share in settings["ratio"].items() if share}
    present, left_out = skipping(registry, ratio, dataset_dir, "skip")
    by_tokens = settings["unit"] == "tokens"
    counts = largest_remainder(settings["total"], {group: exact(share) for group, share in ratio.items()})
    uses = settings["max_repeat"] if settings["on_shortage"] == "repeat" else 1
    groups = []
    for group in ratio:
        names = [name for name in datasets_with_group(present) if _is_member(present, name, group, dataset_dir)]
        made = _group(registry, dataset_dir, group, names, by_tokens=by_tokens)
        whole = counts[group]
        if by_tokens:  # a total is of examples: as many tokens as so many examples of this group have
            examples, tokens = (sum(getattr(part, key) for part in made.parts) for key in ("examples", "tokens"))
            whole = whole * tokens // max(examples, 1)
        groups.append(Group(group, made.parts, whole, uses, made.weight))
    return groups, left_out


def _is_member(registry: Registry, name: str, group: str, dataset_dir: Path) -> bool:
    mix = mix_of(registry, name)
    return mix["group"] == group and bool(mix.get("weight")) and has_lines(registry, name, dataset_dir)


def of_datasets(registry: Registry, dataset_dir: Path, names: Sequence[str]) -> list[Group]:
    """By their groups; all that have a weight and an example, where none is named."""
    chosen = names or [
        name
        for name in datasets_with_group(registry)
        if mix_of(registry, name).get("weight") and has_lines(registry, name, dataset_dir)
    ]
    for name in chosen:
        if "group" not in mix_of(registry, name):
            raise SourceError(
                name,
                expected=f"a dataset with a group and a weight in {REGISTRY}",
                found="none" if name in registry else "no such entry",
                remedy="--by kind and the like need neither.",
            )
    if not chosen:
        raise SourceError(str(dataset_dir), expected="datasets with a weight", found="none that was converted")
    groups = dict.fromkeys(str(mix_of(registry, name)["group"]) for name in chosen)
    return [
        _group(registry, dataset_dir, group, [name for name in chosen if mix_of(registry, name)["group"] == group])
        for group in groups
    ]


def _group(
    registry: Registry, dataset_dir: Path, group: str, names: Sequence[str], *, by_tokens: bool = False
) -> Group:
    weights = {name: float(mix_of(registry, name).get("weight") or 0) for name in names}
    whole = sum(weights.values())
    parts = []
    for name in names:
        examples, tokens = sizes(dataset_dir, name)
        now = weights[name] / whole if whole else 0.0
        parts.append(Part(name, examples, tokens, tokens if by_tokens else examples, now))
    return Group(group, tuple(parts), None, 1, whole)


def sizes(dataset_dir: Path, name: str) -> tuple[int, int]:
    """(examples, estimated tokens of their answers)."""
    with opened(dataset_dir, name) as rows:
        return len(rows), sum(sum(estimated(answers(row.turns))) for row in rows)


def weights_of(group: Group, shares: Mapping[str, float]) -> dict[str, float]:
    """The weights that give these shares and sum to what the weights sum to now, so that other datasets keep theirs."""
    return {name: float(f"{share * (group.weight or 1.0):.4g}") for name, share in shares.items()}
