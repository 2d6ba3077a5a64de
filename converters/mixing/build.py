"""A checked request -> a mixture that is decided to the last line, or the list of what is short.

Reads every dataset once and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson

from converters.contract import SourceError
from converters.mixing.leakage import EvaluationIndex
from converters.mixing.manifest import EvaluationSet, Share, manifest_of
from converters.mixing.order import chosen, interleaved, sequence, whole_passes
from converters.mixing.quota import (
    Shortage,
    counts_by_units,
    feasible_between_groups,
    feasible_total,
    ideal_counts,
    redistributed,
    within,
)
from converters.mixing.registry import Registry, evaluation_sets
from converters.mixing.rows import RowReader
from converters.mixing.settings import Mixture, Problems
from converters.mixing.survey import DataFile, Survey, evaluation_items, survey, token_counter

MOST_USES = 16  # of one example that are still offered as a way out


@dataclass(frozen=True)
class Build:
    """A mixture that is decided to the last example and not yet written."""

    mixture: Mixture
    shares: tuple[Share, ...]
    evaluation: tuple[EvaluationSet, ...]
    registry: Registry
    dataset_dir: Path

    def manifest(self, output_sha256: str) -> dict[str, Any]:
        return manifest_of(
            self.mixture,
            self.shares,
            self.evaluation,
            registry=self.registry,
            dataset_dir=self.dataset_dir,
            output_sha256=output_sha256,
        )

    def lines(self) -> Iterator[str]:
        positions = {share.member.dataset: iter(share.positions) for share in self.shares}
        surveys = {share.member.dataset: share.survey for share in self.shares}
        for dataset in interleaved({share.member.dataset: share.taken for share in self.shares}):
            line = surveys[dataset].line_at(next(positions[dataset]))
            yield orjson.dumps(line).decode("utf-8") + "\n"


def prepared(mixture: Mixture, registry: Registry, dataset_dir: Path, stack: ExitStack) -> Build:
    index, evaluation = evaluation_index(registry, dataset_dir, stack)
    count_tokens = token_counter(mixture.tokenizer) if mixture.tokenizer else None
    surveys = {
        member.dataset: survey(
            member.dataset,
            RowReader.of(member.dataset, member.entry),
            DataFile(dataset_dir / member.file_name, stack),
            evaluation=index,
            count_tokens=count_tokens,
        )
        for member in mixture.members
    }
    quota, taken = counts(mixture, surveys)
    shares = tuple(
        Share(
            member,
            surveys[member.dataset],
            quota[member.dataset],
            sequence(
                surveys[member.dataset].available,
                taken[member.dataset],
                sampling=mixture.sampling,
                seed=seed_of(mixture, member.dataset),
                strata=surveys[member.dataset].strata,
            ),
        )
        for member in mixture.members
    )
    return Build(mixture, shares, evaluation, registry, dataset_dir)


def seed_of(mixture: Mixture, dataset: str) -> str:
    # the name of the mixture takes no part: domain_mix and a smaller copy of it choose alike
    return f"{mixture.seed}:{dataset}"


def evaluation_index(
    registry: Registry, dataset_dir: Path, stack: ExitStack
) -> tuple[EvaluationIndex, tuple[EvaluationSet, ...]]:
    """Everything that must not be trained on: all registered evaluation sets that exist, of any stage."""
    items, sets = [], []
    for name, file_name in evaluation_sets(registry).items():
        if not (dataset_dir / file_name).is_file():
            continue
        file = DataFile(dataset_dir / file_name, stack)
        own, unreadable = evaluation_items(RowReader.of(name, registry[name]), file)
        items += own
        sets.append(EvaluationSet(name, file_name, file.sha256, unreadable))
    return EvaluationIndex((item.identity, item.turns) for item in items), tuple(sets)


def counts(mixture: Mixture, surveys: Mapping[str, Survey]) -> tuple[dict[str, int], dict[str, int]]:
    """(what the ratio asks of each dataset, what each gives); raises Problems when that is more than there is."""
    available = {name: each.available for name, each in surveys.items()}
    uses = mixture.max_repeat if mixture.on_shortage == "repeat" else 1
    limit = {name: uses * count for name, count in available.items()}
    try:
        if mixture.unit == "tokens":
            return counts_of_tokens(mixture, surveys, limit)
        ideal = ideal_counts(mixture.plan)
        if mixture.on_shortage == "redistribute":
            return ideal, redistributed(mixture.plan, available)
        return ideal, within(ideal, limit)
    except Shortage as shortage:
        raise Problems(shortage_problems(mixture, shortage.short, available, limit)) from shortage


def counts_of_tokens(
    mixture: Mixture, surveys: Mapping[str, Survey], limit: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, int]]:
    mute = [name for name, each in surveys.items() if not each.units.sum()]
    if mute:
        raise Problems([mute_problem(mixture, name) for name in mute])
    totals = {name: int(each.units.sum()) for name, each in surveys.items()}
    means = {name: Fraction(totals[name], each.available) for name, each in surveys.items()}

    def units(dataset: str, taken: int) -> int:
        each = surveys[dataset]
        passes, rest = whole_passes(each.available, taken)
        part = chosen(
            each.available,
            rest,
            sampling=mixture.sampling,
            seed=seed_of(mixture, dataset),
            strata=each.strata,
        )
        return passes * totals[dataset] + int(each.units[part].sum())

    ideal = counts_by_units(mixture.plan, mean_units=means, capacity=None, units=units)
    if mixture.on_shortage == "redistribute" and any(ideal[name] > limit[name] for name in ideal):
        return ideal, counts_by_units(mixture.plan, mean_units=means, capacity=limit, units=units)
    return ideal, within(ideal, limit)


def mute_problem(mixture: Mixture, dataset: str) -> SourceError:
    return SourceError(
        f"{mixture.name}, {dataset}",
        expected="at least one usable example, whose length --unit tokens divides by",
        found="none",
        remedy=f"Set the weight of {dataset} to 0, convert more, or use --unit examples.",
    )


def shortage_problems(
    mixture: Mixture, short: Mapping[str, tuple[int, int]], available: Mapping[str, int], limit: Mapping[str, int]
) -> list[SourceError]:
    """Every shortage with its numbers, and after the last the ways out."""
    problems = []
    for name, (asked, most) in short.items():
        uses = f" (in {mixture.max_repeat} uses of {available[name]:,})" if most > available.get(name, most) else ""
        problems.append(SourceError(f"{mixture.name}, {name}", expected=f"{asked:,} examples", found=f"{most:,}{uses}"))
    last = problems.pop()
    remedy = "Ways out: " + "; ".join(ways_out(mixture, short, available, limit)) + "."
    return [*problems, SourceError(last.where, expected=last.expected, found=last.found, remedy=remedy)]


def ways_out(
    mixture: Mixture, short: Mapping[str, tuple[int, int]], available: Mapping[str, int], limit: Mapping[str, int]
) -> Iterator[str]:
    of_examples = mixture.unit == "examples"
    total = feasible_total(mixture.plan, limit) if of_examples else 0
    in_groups = feasible_between_groups(mixture.plan, available) if of_examples else 0
    yield f"--total {total} or less" if total else "a smaller --total"
    uses = [-(-asked // available[name]) for name, (asked, _) in short.items() if available.get(name)]
    if len(uses) == len(short) and max(uses) <= MOST_USES:
        yield f"--on-shortage repeat --max-repeat {max(uses)}"
    if mixture.on_shortage != "redistribute" and sum(available.values()) >= mixture.total:
        yield "--on-shortage redistribute (others fill the gap)"
    elif in_groups > total:
        yield f"--total {in_groups} --on-shortage redistribute (each group keeps its share)"
    yield "convert more, or lower the weight of what is short"
