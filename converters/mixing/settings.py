"""What a mixture should be: registry and command line -> one checked `Mixture`, or every mistake at once.

Reads the registry only, never the list of sources: a user's own dataset with a `mix` key is a dataset like
any other. Options of the command line win over the entry for this build.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from converters.contract import SourceError
from converters.mixing.members import Member, checked_members, checked_ratio, groups_of, skipping
from converters.mixing.order import SAMPLINGS, Sampling
from converters.mixing.quota import POLICIES, Plan, Policy
from converters.mixing.registry import REGISTRY, Registry, meant, mix_of, mixtures

Unit = Literal["examples", "tokens"]
UNITS: tuple[Unit, ...] = ("examples", "tokens")
MISSING = ("error", "skip")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "unit": UNITS,
    "sampling": SAMPLINGS,
    "on_shortage": POLICIES,
    "on_missing": MISSING,
}
DEFAULTS: Mapping[str, Any] = {
    "stage": "",
    "total": 80000,
    "unit": "examples",
    "tokenizer": None,
    "sampling": "systematic",
    "seed": 42,
    "on_shortage": "error",
    "max_repeat": 4,
    "on_missing": "error",
}
# the keys of an entry's "mix", in the order in which they are written
SETTINGS = ("stage", "ratio", *[key for key in DEFAULTS if key != "stage"])
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


class Problems(SourceError):  # noqa: N818 - a list of errors, not one
    """Several mistakes, shown together before anything is read or written."""

    def __init__(self, problems: Sequence[SourceError]) -> None:
        first = problems[0]
        super().__init__(first.where, expected=first.expected, found=first.found, remedy=first.remedy)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True, slots=True)
class Mixture:
    """A checked request: `ratio` holds only groups above zero, `members` only weights above zero."""

    name: str
    stage: str
    ratio: Mapping[str, float]
    total: int
    unit: Unit
    tokenizer: str | None
    sampling: Sampling
    seed: int
    on_shortage: Policy
    max_repeat: int
    on_missing: Literal["error", "skip"]
    file_name: str
    members: tuple[Member, ...]
    left_out: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        return Plan(
            self.total,
            {group: exact(share) for group, share in self.ratio.items()},
            {
                group: {member.dataset: exact(member.weight) for member in self.members if member.group == group}
                for group in self.ratio
            },
        )


def exact(number: float) -> Fraction:
    """0.1 is meant as one tenth, not as the double nearest to it."""
    return Fraction(str(number))


def merged_settings(registry: Registry, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults, then the entry, then the options given (None: not given); the order of SETTINGS."""
    given = {key: value for key, value in options.items() if value is not None}
    merged = {**DEFAULTS, **mix_of(registry, name), **given}
    return {key: merged[key] for key in (*SETTINGS, *merged) if key in merged}


def check_mixture(
    registry: Registry,
    name: str,
    settings: Mapping[str, Any],
    *,
    dataset_dir: Path,
    source: str = "",
    given: Collection[str] = (),
) -> Mixture:
    """The checked mixture; raises Problems with every mistake in settings, ratio, weights and files.

    `source` is the entry that the settings come from when `name` is a new one; `given` names those that come
    from the command line instead, for the errors to say so.
    """
    where = _Places(f"{REGISTRY}, {source or name}, mix", given)
    problems = [*_setting_problems(where, settings), *_output_problems(registry, name)]
    ratio, ratio_problems = checked_ratio(where.of("ratio"), settings.get("ratio"), groups_of(registry))
    present, left_out = skipping(registry, ratio, dataset_dir, settings.get("on_missing"))
    members, member_problems = checked_members(present, ratio, dataset_dir, settings.get("on_missing"))
    problems += ratio_problems + member_problems
    if problems:
        raise Problems(problems)
    return Mixture(
        name=name,
        ratio=ratio,
        file_name=output_file(registry, name),
        members=tuple(members),
        left_out=left_out,
        **{key: settings[key] for key in SETTINGS if key != "ratio"},
    )


def output_file(registry: Registry, name: str) -> str:
    entry = registry.get(name, {})
    return str(entry.get("file_name") or f"data/{name}.jsonl")


@dataclass(frozen=True, slots=True)
class _Places:
    """Where each setting was written, as the user wrote it."""

    entry: str
    given: Collection[str]

    def of(self, key: str) -> str:
        return f"--{key.replace('_', '-')}" if key in self.given else f"{self.entry}, {key}"


def _setting_problems(where: _Places, settings: Mapping[str, Any]) -> list[SourceError]:
    problems = []
    for key in settings:
        if key not in SETTINGS:
            problems.append(
                SourceError(
                    where.entry,
                    expected=f"the keys {', '.join(SETTINGS)}",
                    found=repr(key),
                    remedy=meant(key, SETTINGS),
                )
            )
    for key, least in (("total", 1), ("max_repeat", 1), ("seed", None)):
        value = settings[key]
        if not _is_whole(value) or (least is not None and value < least):
            bound = "" if least is None else f" of at least {least}"
            problems.append(SourceError(where.of(key), expected=f"a whole number{bound}", found=repr(value)))
    for key, choices in CHOICES.items():
        if settings[key] not in choices:
            problems.append(
                SourceError(where.of(key), expected=f"one of {', '.join(choices)}", found=repr(settings[key]))
            )
    for key, kinds in (("stage", str), ("tokenizer", (str, type(None)))):
        if not isinstance(settings[key], kinds):
            problems.append(SourceError(where.of(key), expected="text", found=repr(settings[key])))
    return problems


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _output_problems(registry: Registry, name: str) -> list[SourceError]:
    problems = []
    if not NAME.fullmatch(name):
        problems.append(SourceError(f"--name {name}", expected="letters, digits, `_`, `-` and `.`", found=repr(name)))
    if name in registry and name not in mixtures(registry):
        problems.append(
            SourceError(
                f"--name {name}",
                expected="a new name or that of a mixture",
                found=f"a dataset of {REGISTRY} that is no mixture",
                remedy="It would be overwritten: choose another name.",
            )
        )
    file_name = output_file(registry, name)
    owners = [
        other
        for other, entry in registry.items()
        if other != name and isinstance(entry, dict) and Path(str(entry.get("file_name"))) == Path(file_name)
    ]
    inside = not Path(file_name).is_absolute() and ".." not in Path(file_name).parts
    if owners or not inside or not file_name.endswith(".jsonl"):
        found = f"{file_name}, the file of {owners[0]}" if owners else file_name
        problems.append(
            SourceError(
                f"{REGISTRY}, {name}, file_name",
                expected="a .jsonl file of its own inside the dataset folder",
                found=found,
                remedy="The mixture is written there, over whatever it holds.",
            )
        )
    return problems
