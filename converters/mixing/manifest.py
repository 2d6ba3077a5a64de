"""What was built from what: the manifest of a mixture, and what a reader should be warned of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.mixing.members import Member
from converters.mixing.order import Positions
from converters.mixing.registry import Registry, datasets_with_group, evaluation_sets, mix_of
from converters.mixing.settings import SETTINGS, Mixture
from converters.mixing.survey import UNUSABLE, Survey

# what decides how the rows of a dataset are read
READING = ("file_name", "formatting", "columns", "tags")


@dataclass(frozen=True)
class Share:
    """What one dataset gives: `positions` in the order of use, of the `quota` that the ratio asked for."""

    member: Member
    survey: Survey
    quota: int
    positions: Positions

    @property
    def taken(self) -> int:
        return len(self.positions)

    @property
    def repeats(self) -> int:
        """Lines of the mixture that are the second or a later copy of another."""
        return max(0, self.taken - self.survey.available)

    @property
    def characters(self) -> int:
        return int(self.survey.characters[self.positions].sum())

    @property
    def tokens(self) -> int | None:
        tokens = self.survey.tokens
        return None if tokens is None else int(tokens[self.positions].sum())

    @property
    def supervised(self) -> int:
        return int(self.survey.units[self.positions].sum())


@dataclass(frozen=True)
class EvaluationSet:
    dataset: str
    file_name: str
    sha256: str
    unreadable: int


def manifest_path(dataset_dir: Path, file_name: str) -> Path:
    return (dataset_dir / file_name).with_suffix(".manifest.json")


def manifest_of(
    mixture: Mixture,
    shares: Sequence[Share],
    evaluation: Sequence[EvaluationSet],
    *,
    registry: Registry,
    dataset_dir: Path,
    output_sha256: str,
) -> dict[str, Any]:
    groups = group_rows(mixture.ratio, shares)
    return {
        "mixture": mixture.name,
        **{key: getattr(mixture, key) for key in SETTINGS},
        "left_out": list(mixture.left_out),
        "unit_of_supervised": "characters" if shares[0].survey.tokens is None else "tokens",
        "inputs": [_input_row(share) for share in shares],
        "groups": groups,
        "evaluation_sets": [
            {"dataset": each.dataset, "file": each.file_name, "sha256": each.sha256} for each in evaluation
        ],
        "registry": registry_state(registry, mixture.name, mixture.ratio, dataset_dir=dataset_dir),
        "warnings": list(
            warnings(groups, shares, evaluation, unit=mixture.unit, missing=missing_evaluation(registry, dataset_dir))
        ),
        "output": {
            "file": mixture.file_name,
            "sha256": output_sha256,
            "examples": sum(share.taken for share in shares),
        },
    }


def _input_row(share: Share) -> dict[str, Any]:
    return {
        "dataset": share.member.dataset,
        "group": share.member.group,
        "weight": share.member.weight,
        "file": share.member.file_name,
        "sha256": share.survey.file.sha256,
        "available": share.survey.available,
        "excluded": dict(share.survey.excluded),
        "quota": share.quota,
        "taken": share.taken,
        "repeats": share.repeats,
        "characters": share.characters,
        "tokens": share.tokens,
    }


def group_rows(ratio: Mapping[str, float], shares: Iterable[Share]) -> dict[str, dict[str, Any]]:
    examples, supervised = dict.fromkeys(ratio, 0), dict.fromkeys(ratio, 0)
    for share in shares:
        examples[share.member.group] += share.taken
        supervised[share.member.group] += share.supervised
    return {
        group: {
            "ratio": part,
            "examples": examples[group],
            "examples_share": _part(examples[group], sum(examples.values())),
            "supervised": supervised[group],
            "supervised_share": _part(supervised[group], sum(supervised.values())),
        }
        for group, part in ratio.items()
    }


def _part(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


MISSING_SHOWN = 3


def warnings(
    groups: Mapping[str, Mapping[str, Any]],
    shares: Iterable[Share],
    evaluation: Iterable[EvaluationSet],
    *,
    unit: str,
    missing: Sequence[str],
) -> Iterator[str]:
    yield from _unheard(groups, unit)
    for share in shares:
        if share.taken != share.quota:
            yield f"{share.member.dataset} gives {share.taken:,} examples instead of {share.quota:,} (redistributed)."
        if share.survey.excluded[UNUSABLE]:
            yield (
                f"{share.member.dataset}: {share.survey.excluded[UNUSABLE]:,} lines cannot be used; "
                f"the first is {share.survey.first_unusable}."
            )
    for each in evaluation:
        if each.unreadable:
            yield (f"{each.dataset}: {each.unreadable:,} lines are no conversation; nothing was checked against them.")
    if missing:
        names = ", ".join(missing[:MISSING_SHOWN]) + (" …" if len(missing) > MISSING_SHOWN else "")
        yield f"nothing was checked against {len(missing)} evaluation sets without a file: {names}"


def _unheard(groups: Mapping[str, Mapping[str, Any]], unit: str) -> Iterator[str]:
    """Groups whose share of the supervised units is under half of their share of the ratio."""
    whole = sum(row["ratio"] for row in groups.values())
    advice = "" if unit == "tokens" else " Its answers are short: --unit tokens gives it its share."
    for group, row in groups.items():
        wanted, got = row["ratio"] / whole, row["supervised_share"]
        if got < wanted / 2:
            yield f"{group} has {wanted:.0%} of the ratio but {got:.1%} of what the loss sees.{advice}"


def missing_evaluation(registry: Registry, dataset_dir: Path) -> list[str]:
    return [name for name, file in evaluation_sets(registry).items() if not (dataset_dir / file).is_file()]


def registry_state(registry: Registry, name: str, groups: Iterable[str], *, dataset_dir: Path) -> dict[str, Any]:
    """What dataset_info.json says about a mixture and all that enters it or must not (rule 2)."""
    wanted = set(groups)
    taking_part = [
        dataset
        for dataset in datasets_with_group(registry)
        if mix_of(registry, dataset)["group"] in wanted and mix_of(registry, dataset).get("weight") != 0
    ]
    return {
        "mixture": mix_of(registry, name),
        "datasets": {
            dataset: mix_of(registry, dataset)
            | {key: registry[dataset][key] for key in READING if key in registry[dataset]}
            for dataset in taking_part
        },
        "evaluation_sets": {
            dataset: file for dataset, file in evaluation_sets(registry).items() if (dataset_dir / file).is_file()
        },
    }
