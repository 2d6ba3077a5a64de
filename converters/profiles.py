"""What a dataset holds, counted in one pass over its training file: lengths, languages, scripts, twins, templates.

Not here: how it is shown (`stats`, `stats_page`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from converters.contract import GROUPS
from converters.digests import packed64
from converters.engine.seen import DigestIndex, digests_of
from converters.similarity.datasets import Converted, conversation, lines_of
from converters.text import han_count, script_of, word_count

PERCENT = (5, 50, 95)
CountTokens = Callable[[list[str]], list[int]]
BATCH = 512

# Gemma-2's tokenizer, on the slices of all sources, makes of a character 0.66 tokens in modern prose and 0.97 in verse.
TOKENS_OF_A_SIGN = 0.8
_SIGN = re.compile(r"[^A-Za-z\s]")


@dataclass
class Profile:
    """What one dataset holds: how many examples have which length, kind and so on.

    `prompts` and `answers` are lengths in characters; `tokens` are those of the answers. `repeated` conversations stand
    earlier in this dataset, those `elsewhere` in one that `dedupe` would rather keep.
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
    repeated: int = 0
    elsewhere: int = 0

    @property
    def examples(self) -> int:
        return self.answers.total()


def estimated(texts: Sequence[str]) -> list[int]:
    """A word in Latin letters is one token, any other sign TOKENS_OF_A_SIGN."""
    return [round(word_count(text) + TOKENS_OF_A_SIGN * len(_SIGN.findall(text))) for text in texts]


def profiled(datasets: Sequence[Converted], count: CountTokens = estimated) -> list[Profile]:
    """Profiles in the order of the groups; of two twins the one in the order given is the original."""
    seen, names = DigestIndex(), [dataset.name for dataset in datasets]
    profiles = [_profile(dataset, seen, names, count) for dataset in datasets]
    return sorted(profiles, key=lambda profile: GROUPS.index(profile.group))


def _profile(dataset: Converted, seen: DigestIndex, names: Sequence[str], count: CountTokens) -> Profile:
    counts = dataset.manifest["counts"]
    profile = Profile(
        dataset.name, dataset.manifest["group"], dataset.manifest["family"], counts["eval"], counts["rejected"]
    )
    lines = lines_of(dataset.train)
    while batch := list(islice(lines, BATCH)):
        sides = [_sides(line) for line in batch]
        for line, (read, learned) in zip(batch, sides, strict=True):
            _measure(profile, line, read, learned)
        _look_for_twins(profile, batch, seen, names)
        counted = iter(count([text for _, learned in sides for text in learned]))
        profile.tokens.update(sum(islice(counted, len(learned))) for _, learned in sides)
    return profile


def _sides(line: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(the texts that are read, those that are learned); of pairs to choose from, the better answer."""
    turns = [*line["messages"], *([line["chosen"]] if "chosen" in line else [])]
    read = [turn["content"] for turn in turns if turn["role"] != "assistant"]
    return read, [turn["content"] for turn in turns if turn["role"] == "assistant"]


def _measure(profile: Profile, line: Mapping[str, Any], read: Sequence[str], learned: Sequence[str]) -> None:
    meta, answer = line["meta"], "\n".join(learned)
    profile.prompts[sum(map(len, read))] += 1
    profile.answers[sum(map(len, learned))] += 1
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
