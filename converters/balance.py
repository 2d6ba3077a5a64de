"""`python -m converters balance`: what each part of the data weighs, and what it might.

Of datasets, or of those of a stage: examples, tokens, share of their group, how often a mixture uses each example; and
proposed weights, p ∝ n^(1/T): at T = 1 each dataset counts as it is large, above it the small ones count more (2 is the
square root), but none is used more often than the mixture allows. --save writes them.

With --by kind (source, length, cluster …): the strata of the rows, and how many of each a sample of --size might have.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from converters.columns import aligned
from converters.contract import SourceError
from converters.files import atomic_text
from converters.mixing.registry import Registry, command, mixtures, read_registry
from converters.quality.balance.balancing import Proposal, effective_number, proposal, times_used
from converters.quality.balance.stratum_counts import counted
from converters.quality.balance.weighed import Group, of_datasets, of_mixture, weights_of
from converters.quality.selection.quotas import whole_number_of
from converters.quality.selection.strata import BY
from converters.quality.selection.weighing import save

TEMPERATURE = 2.0
DATASETS = "dataset"
ESTIMATE = "tokens are those of answers, estimated to about a quarter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="datasets, or one stage or mixture (default: all)")
    parser.add_argument("--by", choices=tuple(BY), default=DATASETS, help="what makes a part (dataset)")
    parser.add_argument(
        "--temperature", type=float, default=TEMPERATURE, metavar="T", help=f"1: by size; more: flatter ({TEMPERATURE})"
    )
    parser.add_argument("--size", metavar="N", help="with --by: of how many rows the proposal is (1000, 10%%)")
    parser.add_argument("--save", action="store_true", help="write the proposed weights into dataset_info.json")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers for programs")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    _check(parsed)
    registry = read_registry(parsed.dataset_dir)
    if parsed.by != DATASETS:
        parsed.names = [_rows_of(name, registry) for name in parsed.names]
    groups, left_out = _of_datasets(parsed, registry) if parsed.by == DATASETS else ([_of_strata(parsed, registry)], ())
    proposals = [proposal(group.parts, parsed.temperature, whole=group.whole, uses=group.uses) for group in groups]
    told = [described(group, made) for group, made in zip(groups, proposals, strict=True)]
    for numbers in told:
        print("\n".join([*table(numbers, parsed.by), ""]))
    print("\n".join([ESTIMATE, *([f"not converted, and left out: {', '.join(left_out)}"] if left_out else [])]))
    if parsed.json:
        with atomic_text(parsed.json) as stream:
            json.dump(told, stream, ensure_ascii=False, indent=1)
    if parsed.by == DATASETS:
        _end(parsed, registry, groups, proposals)
    else:
        print(_sampling(parsed))
    return 0


def _check(parsed: argparse.Namespace) -> None:
    if not parsed.temperature > 0:
        raise SourceError("--temperature", expected="a number above 0", found=str(parsed.temperature))
    if parsed.save and parsed.by != DATASETS:
        raise SourceError(
            "--save",
            expected="weights of datasets",
            found=f"--by {parsed.by}",
            remedy="Strata of rows have no weight: sample them, as the last line of the report says.",
        )
    if parsed.by != DATASETS and not parsed.names:
        raise SourceError(f"--by {parsed.by}", expected="the datasets whose rows are meant", found="none")
    if parsed.by == DATASETS and parsed.size:
        raise SourceError(
            "--size", expected="--by kind and the like", found="--by dataset", remedy="A mixture has its own total."
        )


def _of_datasets(parsed: argparse.Namespace, registry: Registry) -> tuple[list[Group], tuple[str, ...]]:
    known = mixtures(registry)
    mixed = [mixture for name in parsed.names for mixture in (name, f"{name}_mix") if mixture in known]
    if not mixed:
        return of_datasets(registry, parsed.dataset_dir, parsed.names), ()
    if len(parsed.names) > 1:
        raise SourceError("balance", expected="one stage or mixture, or datasets", found=" ".join(parsed.names))
    return of_mixture(registry, parsed.dataset_dir, mixed[0])


def _rows_of(name: str, registry: Registry) -> str:
    """A stage is its mixture, as where datasets are weighed."""
    return f"{name}_mix" if name not in registry and f"{name}_mix" in mixtures(registry) else name


def _of_strata(parsed: argparse.Namespace, registry: Registry) -> Group:
    parts = counted(parsed.dataset_dir, registry, parsed.names, parsed.by)
    rows = sum(part.examples for part in parts)
    try:
        whole = whole_number_of(parsed.size, rows) if parsed.size else rows
    except ValueError as error:
        raise SourceError("--size", expected="1000, or 10%", found=parsed.size) from error
    return Group(" + ".join(parsed.names), tuple(parts), whole, whole, 1.0)


def described(group: Group, made: Proposal) -> dict[str, Any]:
    """All numbers of a group, now and as proposed."""
    weights = weights_of(group, made.shares)
    parts = [
        {
            "name": part.name,
            "examples": part.examples,
            "tokens": part.tokens,
            "now": {"share": part.now, "used": times_used(part.now, group.whole, part.units)},
            "proposed": {
                "share": made.shares[part.name],
                "used": times_used(made.shares[part.name], group.whole, part.units),
                "weight": weights[part.name],
            },
        }
        for part in group.parts
    ]
    shares = ([part.now for part in group.parts], list(made.shares.values()))
    effective = dict(zip(("now", "proposed"), map(effective_number, shares), strict=True))
    short = list(made.short) if made.short else None
    return {"group": group.name, "whole": group.whole, "parts": parts, "effective": effective, "short": short}


def table(numbers: Mapping[str, Any], by: str) -> Iterator[str]:
    whole = "" if numbers["whole"] is None else f", {numbers['whole']:,} of them wanted"
    yield f"{numbers['group']}: {sum(part['examples'] for part in numbers['parts']):,} examples{whole}"
    if not numbers["parts"]:
        yield "no dataset with a weight was converted"
        return
    head = (by, "examples", "tokens", "share", "used", "proposed", "used", "weight" if by == DATASETS else "examples")
    yield from aligned([head, *(_line(part, numbers, by) for part in numbers["parts"])])
    now, then = numbers["effective"]["now"], numbers["effective"]["proposed"]
    yield f"as diverse as {now:.1f} equal parts, {then:.1f} as proposed, of {len(numbers['parts'])}"
    repeated = [f"{part['name']} {_times(part['proposed']['used'])}" for part in numbers["parts"] if _repeats(part)]
    if repeated:
        yield f"would be repeated: {', '.join(repeated)}"
    if numbers["short"]:
        wanted, there = numbers["short"]
        yield f"{wanted:,} are wanted and {there:,} can be had: each has its share of what there is"


def _line(part: Mapping[str, Any], numbers: Mapping[str, Any], by: str) -> tuple[str, ...]:
    now, then = part["now"], part["proposed"]
    last = f"{then['weight']:g}" if by == DATASETS else f"{round(then['share'] * numbers['whole']):,}"
    return (
        part["name"],
        f"{part['examples']:,}",
        f"{part['tokens']:,}",
        f"{now['share']:.1%}",
        _times(now["used"]),
        f"{then['share']:.1%}",
        _times(then["used"]),
        last,
    )


def _repeats(part: Mapping[str, Any]) -> bool:
    return (part["proposed"]["used"] or 0) > 1


def _times(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}×"


def _end(
    parsed: argparse.Namespace, registry: Registry, groups: Sequence[Group], proposals: Sequence[Proposal]
) -> None:
    weights: dict[str, float] = {}
    for group, made in zip(groups, proposals, strict=True):
        weights |= weights_of(group, made.shares)
    if not parsed.save:
        print(f"to write these weights: {command(' '.join(['balance', *parsed.names, '--save']), parsed.dataset_dir)}")
        return
    before = {name: registry[name]["mix"]["weight"] for name in weights}
    save(parsed.dataset_dir, weights)
    print(f"wrote the weights of {len(weights)} datasets; they were {json.dumps(before, ensure_ascii=False)}")


def _sampling(parsed: argparse.Namespace) -> str:
    size, heat = parsed.size or "N", f"{parsed.temperature:g}"
    words = f"sample {parsed.names[0]} --size {size} --method stratified --by {parsed.by} --temperature {heat}"
    more = f" (and so on for {', '.join(parsed.names[1:])})" if parsed.names[1:] else ""
    return f"a sample like that, without repeats: {command(words, parsed.dataset_dir)}{more}"
