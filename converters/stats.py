"""`python -m converters stats`: what the converted datasets hold, as a table and, with --html, as a page with plots.

One pass over each training file. Lengths are in characters, and in tokens where a tokenizer is named. Changes nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from converters.contract import GROUPS
from converters.digests import packed64
from converters.engine.seen import DigestIndex, digests_of
from converters.mixing.registry import read_registry
from converters.similarity.datasets import Converted, conversation, converted, lines_of
from converters.text import han_count, script_of, word_count

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
PERCENT = (5, 50, 95)
TEMPLATES_SHOWN = 8
CountTokens = Callable[[list[str]], list[int]]
BATCH = 512


@dataclass
class Profile:
    """What one dataset holds: how many examples have which length, kind and so on.

    `prompts` and `answers` are lengths in characters; `tokens` are those of the answers.
    """

    name: str
    group: str
    family: str
    held_out: int
    rejected: Mapping[str, int]
    prompts: Counter[int] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    tokens: Counter[int] = field(default_factory=Counter)
    turns: Counter[int] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    scripts: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    templates: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    repeated: int = 0  # conversations that stand earlier in this dataset
    elsewhere: int = 0  # conversations that stand in an earlier dataset

    @property
    def examples(self) -> int:
        return self.answers.total()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="(default: all that is trained on)")
    parser.add_argument("--tokenizer", metavar="PATH", help="also count tokens, with this one")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers for programs")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    purposes = ("train", "preference", "evaluation") if parsed.datasets else ("train", "preference")
    datasets = converted(parsed.dataset_dir, read_registry(parsed.dataset_dir), parsed.datasets, purposes)
    order = sorted(datasets, key=lambda dataset: GROUPS.index(dataset.manifest["group"]))
    count = _counter(parsed.tokenizer) if parsed.tokenizer else None
    profiles = profiled(order, count)
    print(table(profiles))
    if parsed.json:
        parsed.json.write_text(json.dumps([summary(item) for item in profiles], ensure_ascii=False, indent=2), "utf-8")
        print(f"{parsed.json}: {len(profiles)} datasets")
    if parsed.html:
        from converters.stats_page import page

        parsed.html.write_text(page(profiles, plan(profiles)), encoding="utf-8")
        print(f"{parsed.html}: {len(profiles)} datasets")
    return 0


def _counter(path: str) -> CountTokens:
    from converters.mixing.survey import token_counter

    return token_counter(path)


def profiled(datasets: Sequence[Converted], count: CountTokens | None = None) -> list[Profile]:
    seen, names = DigestIndex(), [dataset.name for dataset in datasets]
    return [_profile(dataset, seen, names, count) for dataset in datasets]


def _profile(dataset: Converted, seen: DigestIndex, names: Sequence[str], count: CountTokens | None) -> Profile:
    counts = dataset.manifest["counts"]
    profile = Profile(
        dataset.name, dataset.manifest["group"], dataset.manifest["family"], counts["eval"], counts["rejected"]
    )
    lines = lines_of(dataset.train)
    while batch := list(islice(lines, BATCH)):
        sides = [_sides(line) for line in batch]
        for line, (prompt, answer) in zip(batch, sides, strict=True):
            _measure(profile, line, prompt, answer)
        _look_for_twins(profile, batch, seen, names)
        if count:
            profile.tokens.update(count([answer for _, answer in sides]))
    return profile


def _sides(line: Mapping[str, Any]) -> tuple[str, str]:
    """All that is read, and all that is learned; of pairs to choose from, the better answer."""
    turns = [*line["messages"], *([line["chosen"]] if "chosen" in line else [])]
    prompt = "\n".join(turn["content"] for turn in turns if turn["role"] != "assistant")
    return prompt, "\n".join(turn["content"] for turn in turns if turn["role"] == "assistant")


def _measure(profile: Profile, line: Mapping[str, Any], prompt: str, answer: str) -> None:
    meta = line["meta"]
    profile.prompts[len(prompt)] += 1
    profile.answers[len(answer)] += 1
    profile.turns[sum(item["role"] == "user" for item in line["messages"])] += 1
    profile.languages[language_of(answer)] += 1
    profile.scripts[script_of(answer)] += 1
    profile.kinds.update([meta["kind"]] if meta.get("kind") else [])
    profile.templates.update([meta["template"]] if meta.get("template") else [])
    profile.licences[str(meta.get("licence") or "LicenseRef-unstated")] += 1


def _look_for_twins(
    profile: Profile, lines: Sequence[Mapping[str, Any]], seen: DigestIndex, names: Sequence[str]
) -> None:
    """The place of a conversation is the dataset that has it first."""
    own = names.index(profile.name)
    digests = digests_of([packed64(conversation(line)[0].encode()) for line in lines])
    first = seen.first_places(digests, np.full(len(lines), own, dtype=np.uint32))
    profile.repeated += sum(place == own for place in first.values())
    profile.elsewhere += sum(place != own for place in first.values())


def language_of(text: str) -> str:
    """Chinese, English, both, or neither, by the characters: a Chinese character is worth half an English word."""
    chinese, english = han_count(text), 2 * word_count(text)
    if not chinese and not english:
        return "neither"
    share = chinese / (chinese + english)
    return "Chinese" if share > 0.8 else "English" if share < 0.2 else "both"


# ---- what is shown


def quantiles(lengths: Mapping[int, int]) -> list[int]:
    """The 5 %, 50 % and 95 % quantiles of counted lengths, each a length that occurs; zeros of nothing."""
    if not lengths:
        return [0] * len(PERCENT)
    ordered = sorted(lengths)
    up_to = np.cumsum([lengths[length] for length in ordered])
    # the first length that so many are not longer than; in integers, lest 0.95 · 20 be 18.999…
    places = np.searchsorted(up_to * 100, [percent * int(up_to[-1]) for percent in PERCENT])
    return [ordered[place] for place in places.tolist()]


def in_all(lengths: Mapping[int, int]) -> int:
    return sum(length * count for length, count in lengths.items())


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


HEADINGS = ("dataset", "examples", "held out", "prompt", "answer 5/50/95 %", "tokens", "script", "twins", "templates")


def table(profiles: Sequence[Profile]) -> str:
    from converters.progress import aligned

    rows = [HEADINGS, *(_row(profile) for profile in profiles)]
    lines = [aligned(row, rows) for row in rows]
    for reached in plan(profiles):
        share = f"{reached.have:>8,} of {reached.least:,}–{reached.most:,}"
        lines.append(f"{reached.name:<12} {share}{'' if reached.have >= reached.least else '  (short)'}")
    return "\n".join(lines)


def _row(profile: Profile) -> tuple[str, ...]:
    script = profile.scripts.most_common(1)
    return (
        profile.name,
        f"{profile.examples:,}",
        f"{profile.held_out:,}",
        f"{quantiles(profile.prompts)[1]:,}",
        "/".join(f"{length:,}" for length in quantiles(profile.answers)),
        f"{in_all(profile.tokens):,}" if profile.tokens else "–",
        f"{script[0][0]} {script[0][1] / max(1, profile.examples):.0%}" if script else "–",
        f"{profile.repeated + profile.elsewhere:,}",
        f"{len(profile.templates):,}",
    )
