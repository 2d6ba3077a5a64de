"""`python -m converters prompts`: the prompts of an expansion, shown, and compared with what was accepted of each.

Asks nobody and changes nothing.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from converters.columns import aligned
from converters.contract import SourceError
from converters.expansion.acceptance import SUFFIX, Acceptance, acceptance
from converters.expansion.contract import Passage, Task
from converters.expansion.examples import CLASSICAL, MODERN, example_for
from converters.expansion.prompt_files import Prompt, load, versions
from converters.expansion.rates import fisher, wilson
from converters.expansion.tasks import TASKS, can_answer_first, task_named
from converters.source_words import positive

OURS = "ours/"
CHANCE = 0.05  # a difference that chance gives in fewer than one case of twenty is taken for one


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="the tasks, their versions, thresholds and the passages they suit")
    listing.set_defaults(action=_list)
    show = actions.add_parser("show", help="what a model is asked, with a passage")
    show.add_argument("task", metavar="TASK", help=", ".join(task.name for task in TASKS))
    show.add_argument("number", nargs="?", metavar="VERSION", help="(default: the newest)")
    show.add_argument("--passage", type=Path, metavar="FILE", help="a text in UTF-8 (default: an example of ours)")
    show.add_argument("--title", default="", help="of the passage")
    show.add_argument("--items", type=positive, metavar="N", help="how many to ask for (default: as the task has it)")
    show.add_argument("--answer-first", action="store_true", help="the answer is written before its question")
    show.set_defaults(action=_show)
    diff = actions.add_parser("diff", help="what two versions say, and what was accepted of each")
    diff.add_argument("task", metavar="TASK")
    diff.add_argument("first", metavar="V1", help=f"a number; with --prompts {OURS}2 is our 2")
    diff.add_argument("second", metavar="V2")
    diff.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")
    diff.set_defaults(action=_diff)
    for action in (listing, show, diff):
        action.add_argument("--prompts", type=Path, metavar="DIR", help="a folder of your own (default: ours)")


def run(parsed: argparse.Namespace) -> int:
    for line in parsed.action(parsed):
        print(line)
    return 0


# ---- list


def _list(parsed: argparse.Namespace) -> Iterator[str]:
    for task in TASKS:
        numbers = versions(task.name, parsed.prompts)
        yield f"{task.name}: {task.description}"
        yield f"  passages    {_suited(task)}; {task.per_passage} asked for of each"
        yield f"  thresholds  {', '.join(f'{name} {value:g}' for name, value in asdict(task.thresholds).items())}"
        yield f"  asked for   {_ways(task)}"
        for number in numbers:
            newest = " (the one used)" if number == numbers[-1] else ""
            yield f"  version {number}{newest}: {load(task.name, number, parsed.prompts).new}"
        if not numbers:
            yield f"  no version in {parsed.prompts / task.name}"
        yield ""


def _suited(task: Task) -> str:
    kinds = (("in modern Chinese", MODERN), ("in literary Chinese", CLASSICAL))
    return " and ".join(name for name, passage in kinds if task.suits(passage))


def _ways(task: Task) -> str:
    ways = ["with the passage in the request"]
    ways += ["without it"] if task.can_be_closed else []
    ways += ["the answer before its question (--answer-first)"] if can_answer_first(task) else []
    return "; ".join(ways)


# ---- show


def _show(parsed: argparse.Namespace) -> Iterator[str]:
    task = task_named(parsed.task)
    prompt = load(task.name, parsed.number, parsed.prompts)
    items = task.per_passage if parsed.items is None else parsed.items
    yield f"{prompt.path} (version {prompt.version}: {prompt.new})"
    for message in prompt.messages(_passage(parsed, task), items=items, answer_first=parsed.answer_first):
        yield f"\n[{message['role']}]\n{message['content']}"


def _passage(parsed: argparse.Namespace, task: Task) -> Passage:
    if parsed.passage is None:
        passage = example_for(task)
        return replace(passage, title=parsed.title, section="") if parsed.title else passage
    try:
        text = parsed.passage.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"--passage {parsed.passage}", expected="a text file in UTF-8", found=str(error)) from error
    return Passage(text, document="", source="", title=parsed.title)


# ---- diff


def _diff(parsed: argparse.Namespace) -> Iterator[str]:
    task = task_named(parsed.task)
    first, second = (_prompt(task, number, parsed.prompts) for number in (parsed.first, parsed.second))
    yield from _texts(first, second)
    yield ""
    found = acceptance(parsed.dataset_dir, task.name)
    kept = {model: _of_both(counted, first, second) for model, counted in found.items()}
    used = {version for counted in kept.values() for version in counted}
    for prompt in (first, second):
        if prompt.version not in used:
            where = parsed.dataset_dir / "data"
            yield f"{_named(prompt)} is not yet used: no *{SUFFIX} in {where} has answers to it."
    if used:
        yield from _table(first, second, kept)
        yield from _verdicts(first, second, kept)


def _prompt(task: Task, named: str, folder: Path | None) -> Prompt:
    number = named.removeprefix(OURS)
    return load(task.name, number, None if named != number else folder)


def _of_both(counted: Mapping[str, Acceptance], first: Prompt, second: Prompt) -> dict[str, Acceptance]:
    return {version: kept for version, kept in counted.items() if version in (first.version, second.version)}


def _named(prompt: Prompt) -> str:
    return f"{prompt.task} {prompt.version}"


def _texts(first: Prompt, second: Prompt) -> Iterator[str]:
    before, after = first.text.splitlines(), second.text.splitlines()
    yield from difflib.unified_diff(before, after, _named(first), _named(second), n=2, lineterm="")


def _table(first: Prompt, second: Prompt, kept: Mapping[str, Mapping[str, Acceptance]]) -> Iterator[str]:
    rows = [["version", "model", "answers", "items", "accepted", "share", "95 % interval", "accepted an answer"]]
    for model, counted in sorted(kept.items()):
        rows += [
            [_named(prompt), model, *_numbers(counted[prompt.version])]
            for prompt in (first, second)
            if prompt.version in counted
        ]
    yield from aligned(rows, text_columns=2)
    yield ""


def _numbers(kept: Acceptance) -> list[str]:
    counts = [f"{number:,}" for number in (kept.answers, kept.items, kept.accepted)]
    if not kept.items:
        return [*counts, "–", "–", "–"]
    low, high = wilson(kept.rate)
    return [*counts, f"{kept.rate.share:.1%}", f"{low:.1%} – {high:.1%}", f"{kept.yielded:.2f}"]


def _verdicts(first: Prompt, second: Prompt, kept: Mapping[str, Mapping[str, Acceptance]]) -> Iterator[str]:
    both = {
        model: (counted[first.version], counted[second.version])
        for model, counted in sorted(kept.items())
        if first.version in counted and second.version in counted and first.version != second.version
    }
    if not both:
        yield "No model answered both versions: their shares cannot be compared."
    for model, (before, after) in both.items():
        yield _verdict(first, second, model, before, after)
        yield from _reasons(first, second, before, after)


def _verdict(first: Prompt, second: Prompt, model: str, before: Acceptance, after: Acceptance) -> str:
    if not before.items or not after.items:
        return f"{model}: one of the versions offered no item; nothing can be said."
    points = 100 * (after.rate.share - before.rate.share)
    if not points:
        return f"{model}: {_named(second)} is accepted as often as {_named(first)}."
    more = "more" if points > 0 else "less"
    p = fisher(before.rate, after.rate)
    beyond = "beyond chance" if p < CHANCE else "chance alone can give as much"
    return (
        f"{model}: {_named(second)} is accepted {abs(points):.1f} points {more} often than {_named(first)}; "
        f"{beyond} (Fisher's exact test, p = {p:.2g})."
    )


def _reasons(first: Prompt, second: Prompt, before: Acceptance, after: Acceptance) -> Sequence[str]:
    """How often what was rejected, the most frequent reason first: of answers as a whole and of their items."""
    every = before.reasons + after.reasons
    if not every:
        return []
    rows = [["rejected because", _named(first), "in 100 answers", _named(second), "in 100 answers"]]
    rows += [[reason, *_often(before, reason), *_often(after, reason)] for reason, _ in every.most_common()]
    return ["", *aligned(rows), ""]


def _often(kept: Acceptance, reason: str) -> tuple[str, str]:
    count = kept.reasons[reason]
    return f"{count:,}", f"{100 * count / kept.answers:.1f}" if kept.answers else "–"
