"""`python -m converters stats`: what the converted datasets hold, as a table and, with --html, as a page with plots.

One pass over each training file. Lengths are in characters and in tokens: counted where a tokenizer is named, else
estimated. Changes nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.columns import aligned
from converters.mixing.registry import read_registry
from converters.profiles import CountTokens, Profile, estimated, in_all, profiled, quantiles
from converters.similarity.datasets import converted

# What the plan of the three stages asks of each family (examples, from – to); families of one row share it.
PLAN: Mapping[str, tuple[tuple[str, ...], int, int]] = {
    "belle": (("belle",), 40_000, 50_000),
    "wiki": (("wiki",), 40_000, 50_000),
    "alpaca_zh": (("alpaca_zh",), 20_000, 30_000),
    "translation": (("translation",), 8_000, 10_000),
    "dialogue": (("dialogue",), 8_000, 10_000),
    "story": (("story",), 8_000, 10_000),
    "literature": (("poetry", "literature"), 6_000, 8_000),
    "history": (("classical", "history"), 6_000, 8_000),
}
ESTIMATE = "tokens are estimated, to about a quarter; --tokenizer counts them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="(default: all that is trained on)")
    parser.add_argument("--tokenizer", metavar="PATH", help="also count tokens, with this one")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers for programs")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    purposes = ("train", "preference", "evaluation") if parsed.datasets else ("train", "preference")
    datasets = converted(parsed.dataset_dir, read_registry(parsed.dataset_dir), parsed.datasets, purposes)
    profiles = profiled(datasets, _counter(parsed.tokenizer) if parsed.tokenizer else estimated)
    # who names datasets asks for these, not for how far the whole plan is
    reached = [row for row in plan(profiles) if row.have or not parsed.datasets]
    note = "" if parsed.tokenizer else ESTIMATE
    print(table(profiles, reached, note))
    if parsed.json:
        numbers = [{**summary(profile), "tokens_are": "estimated" if note else "counted"} for profile in profiles]
        parsed.json.write_text(json.dumps(numbers, ensure_ascii=False, indent=2), "utf-8")
        print(f"{parsed.json}: {len(profiles)} datasets")
    if parsed.html:
        from converters.stats_page import page

        parsed.html.write_text(page(profiles, reached, note), encoding="utf-8")
        print(f"{parsed.html}: {len(profiles)} datasets")
    return 0


def _counter(path: str) -> CountTokens:
    from converters.mixing.survey import token_counter

    return token_counter(path)


def summary(profile: Profile) -> dict[str, Any]:
    return {
        "dataset": profile.name,
        "group": profile.group,
        "family": profile.family,
        "examples": profile.examples,
        "held_out": profile.held_out,
        "rejected": dict(profile.rejected),
        "prompt_characters": quantiles(profile.prompts),
        "answer_characters": quantiles(profile.answers),
        "answer_tokens": quantiles(profile.tokens),
        "answer_tokens_in_all": in_all(profile.tokens),
        "turns": {str(turns): count for turns, count in sorted(profile.turns.items())},
        "languages": dict(profile.languages.most_common()),
        "scripts": dict(profile.scripts.most_common()),
        "kinds": dict(profile.kinds.most_common()),
        "templates": dict(profile.templates.most_common()),
        "licences": dict(profile.licences.most_common()),
        "duplicates": {"within": profile.repeated, "elsewhere": profile.elsewhere},
    }


@dataclass(frozen=True)
class Reached:
    """How far a row of the plan is filled."""

    name: str
    have: int
    least: int
    most: int


def plan(profiles: Iterable[Profile]) -> list[Reached]:
    have = Counter[str]()
    for profile in profiles:
        have[profile.family] += profile.examples
    return [
        Reached(name, sum(have[family] for family in families), least, most)
        for name, (families, least, most) in PLAN.items()
    ]


HEADINGS = (
    *("dataset", "group", "examples", "held out", "prompt", "answer 5/50/95 %", "tokens"),
    *("language", "script", "duplicates", "templates"),
)


def table(profiles: Sequence[Profile], reached: Sequence[Reached], note: str) -> str:
    """One line a dataset, one a group, one for each row of the plan; lengths of prompts are medians, in characters."""
    lines = aligned([HEADINGS, *map(_row, profiles)], text_columns=2)
    lines += [
        "",
        *aligned([("group", "examples", "characters", "tokens", "share"), *map(_group_row, groups(profiles))]),
    ]
    lines += ["", *aligned([("plan", "examples", "of", ""), *map(_reached_row, reached)])]
    return "\n".join([*lines, *([note] if note else [])])


def _row(profile: Profile) -> tuple[str, ...]:
    return (
        profile.name,
        profile.group,
        f"{profile.examples:,}",
        f"{profile.held_out:,}",
        f"{quantiles(profile.prompts)[1]:,}" if profile.examples else "–",
        "/".join(f"{length:,}" for length in quantiles(profile.answers)) if profile.examples else "–",
        f"{in_all(profile.tokens):,}",
        most_common(profile.languages),
        most_common(profile.scripts),
        f"{profile.repeated + profile.elsewhere:,}",
        f"{len(profile.templates):,}",
    )


def most_common(counts: Counter[str]) -> str:
    """The most frequent of what tells anything, with its share of all."""
    told = Counter({name: count for name, count in counts.items() if name not in ("none", "neither")})
    return " ".join(f"{name} {count / counts.total():.0%}" for name, count in told.most_common(1)) or "–"


@dataclass(frozen=True)
class Group:
    """What the datasets of a group hold together, and its share of all tokens: they are what the loss sees."""

    name: str
    examples: int
    characters: int
    tokens: int
    share: float


def groups(profiles: Sequence[Profile]) -> list[Group]:
    whole = max(1, sum(in_all(profile.tokens) for profile in profiles))
    found = []
    for name in dict.fromkeys(profile.group for profile in profiles):
        members = [profile for profile in profiles if profile.group == name]
        examples = sum(profile.examples for profile in members)
        characters, tokens = (
            sum(map(in_all, lengths))
            for lengths in ([profile.answers for profile in members], [profile.tokens for profile in members])
        )
        found.append(Group(name, examples, characters, tokens, tokens / whole))
    return found


def _group_row(group: Group) -> tuple[str, ...]:
    return group.name, f"{group.examples:,}", f"{group.characters:,}", f"{group.tokens:,}", f"{group.share:.0%}"


def _reached_row(row: Reached) -> tuple[str, ...]:
    return row.name, f"{row.have:,}", f"{row.least:,}–{row.most:,}", "" if row.have >= row.least else "short"
