"""What stands out in the report of an expansion, in a sentence each; nothing, where nothing does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from converters.expansion.difficulty import SHORT
from converters.expansion.diversity import TYPES

LEAST = 20  # items below which a share says nothing
Told = Mapping[str, Any]


def findings(told: Told) -> list[str]:
    found = list(_of_requests(told["totals"]))
    for prompt in told["prompts"]:
        found += _of_prompt(prompt)
    for task, numbers in told["tasks"].items():
        found += [f"{task}: {sentence}" for sentence in _of_questions(numbers["diversity"])]
        found += [f"{task}: {sentence}" for sentence in _of_answers(numbers["difficulty"])]
    if told["pairs"] and told["pairs"].get("pairs"):
        found += _of_pairs(told["pairs"])
    return found


def _of_requests(totals: Told) -> Iterator[str]:
    open_requests = totals["requests"]["unsettled"]
    if open_requests:
        yield f"{open_requests:,} requests have no answer yet: run the same command again."
    uses = totals["tokens"]["uses"]
    paid = {use: sum(tokens.values()) for use, tokens in uses.items()}
    everything = sum(paid.values())
    for use, words in (
        ("rejected", "went into items that were rejected"),
        ("asked_again", "went into answers that could not be read and were asked for again"),
        ("failed", "went into attempts that failed, if the server charged for them"),
    ):
        if everything and paid[use] >= 0.2 * everything:
            yield f"{paid[use] / everything:.0%} of the tokens {words}."


def _of_prompt(prompt: Told) -> Iterator[str]:
    offered, name = prompt["items"], f"{prompt['task']}, prompt {prompt['version']}, {prompt['model']}"
    faulty = prompt["accepted"] + sum(prompt["reasons"].values()) - offered
    if prompt["answers"] >= LEAST and faulty >= 0.1 * prompt["answers"]:
        yield f"{name}: {faulty / prompt['answers']:.0%} of the answers offered no item at all."
    if offered >= LEAST and prompt["accepted"] < 0.6 * offered and prompt["reasons"]:
        reason, count = next(iter(prompt["reasons"].items()))
        yield (
            f"{name}: only {prompt['accepted'] / offered:.0%} of the items were accepted; "
            f"the most frequent reason is {reason} ({count:,})."
        )


def _of_questions(numbers: Told) -> Iterator[str]:
    count, types = numbers["questions"], numbers["types"]
    if count < LEAST:
        return
    kind = max(types, key=lambda name: types[name])
    if types[kind] >= 0.4 * count:
        yield (
            f"{types[kind] / count:.0%} of the questions are of the type {TYPES[kind][0]} ({kind}): ask for more kinds "
            "of questions in the prompt."
        )
    opening = next(iter(numbers["openings"]))
    if numbers["openings"][opening] >= 0.25 * count:
        yield f"{numbers['openings'][opening] / count:.0%} of the questions begin with {opening}."
    if numbers["near_duplicates"] >= 0.05:
        yield f"{numbers['near_duplicates']:.0%} of the questions are near-duplicates of an earlier one."


def _of_answers(numbers: Told) -> Iterator[str]:
    count = sum(numbers["lengths"].values())
    if count < LEAST:
        return
    labels = {label: labelled for label, labelled in numbers["labels"].items() if label != "unsaid"}
    label = max(labels, key=lambda name: labels[name], default="")
    if label and labels[label] >= 0.8 * count:
        yield f"the model calls {labels[label] / count:.0%} of them {label}."
    if numbers["short_answers"] >= 0.7:
        yield f"{numbers['short_answers']:.0%} of the answers have {SHORT} characters or fewer."
    longer = sum(numbers["copied_in_tenths"])
    if longer >= LEAST and numbers["copied_in_tenths"][-1] >= 0.4 * longer:
        share = numbers["copied_in_tenths"][-1] / longer
        yield f"{share:.0%} of the answers of more than {SHORT} characters are one run of the passage, copied."
    single = numbers["sentences_drawn_on"].get("1", 0)
    if single >= 0.8 * count:
        yield f"{single / count:.0%} of the answers draw on a single sentence: few need the passage as a whole."
    yield from _of_places(numbers["evidence_in_tenths"])


def _of_places(tenths: Sequence[int]) -> Iterator[str]:
    known = sum(tenths)
    if known >= LEAST and sum(tenths[:3]) >= 0.6 * known:
        yield f"{sum(tenths[:3]) / known:.0%} of the answers are found in the first three tenths of the passage."


def _of_pairs(numbers: Told) -> Iterator[str]:
    if numbers["pairs"] < LEAST:
        return
    longer, lengths = numbers["chosen_longer"], numbers["mean_characters"]
    if not 0.3 <= longer <= 0.7:
        word = "longer" if longer > 0.5 else "shorter"
        yield (
            f"pairs: in {max(longer, 1 - longer):.0%} of them the better answer is the {word} one "
            f"({lengths['chosen']:.0f} against {lengths['rejected']:.0f} characters on average): "
            "what is learned may be the length."
        )
