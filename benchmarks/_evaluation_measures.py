"""What does each measure cost on 10,000 answers? Every registered one, on one thread of a CPU; no model is needed."""

import argparse
import random
from collections.abc import Mapping
from functools import cache, partial
from typing import Any, cast

import torch
from _evaluation_sets import prose, records, reference
from _evaluation_world import TABLE
from _measure import always, interleaved, ratios, spread, table

from ewc_plugin.metrics import BY_TABLE, BY_TRAINING, MEASURES, Aids, Answers, How, Measure, NothingAppliesError
from ewc_plugin.metrics.characters import units
from ewc_plugin.metrics.poem import poem_of
from ewc_plugin.metrics.score import mean_score

CPU = torch.device("cpu")


def answers_of(task: str, *, count: int, length: int) -> Answers:
    """Answers that begin as their references and go on differently: neither empty nor the same."""
    items = records(task, count=count, length=length)
    references = [one["messages"][-1]["content"] for one in items]
    generator = random.Random(f"{task}, answered")
    texts = [reference(task, generator, length) for _ in references]
    said = [wanted[: length // 2] + other[length // 2 :] for wanted, other in zip(references, texts, strict=True)]
    aids = Aids(prosody=str(TABLE), training_texts=training_texts())
    turns = [one["messages"][:-1] for one in items]
    fields = [{k: v for k, v in one.items() if k not in ("id", "messages")} for one in items]
    return Answers(said, references, turns, fields, aids)


@cache
def training_texts() -> list[str]:
    """A million characters."""
    generator = random.Random(0)
    return [prose(generator, 2000) for _ in range(500)]


def measures() -> dict[str, tuple[str, Measure]]:
    """Every registered measure once, with a task that it is registered for."""
    found: dict[str, tuple[str, Measure]] = {}
    known = set()
    tables = (MEASURES, BY_TABLE if TABLE.is_file() else {}, BY_TRAINING)
    for task, measure in ((t, m) for one in tables for t, ms in one.items() for m in ms):
        try:
            name = measure(answers_of(task, count=4, length=72), How(resamples=2)).name
        except NothingAppliesError as problem:
            raise SystemExit(f"{task}: the benchmark's own text must be of the task; {problem}") from problem
        code = cast("Any", measure).__code__  # two closures of one measure are one
        if (name, code) not in known:
            known.add((name, code))
            found[f"{name}, {task}" if name in found else name] = task, measure
    return found


def forget() -> None:
    """What one evaluation has looked at the next one would find in the caches."""
    units.cache_clear()
    poem_of.cache_clear()


def bootstrap(count: int) -> None:
    """What is in every measure: the interval of a mean of `count` values."""
    mean_score("x", [0.0, 1.0] * (count // 2), How(), version=1)


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """Seconds of each measure, and of the interval alone (`interval`)."""
    known = measures()
    answers = {task: answers_of(task, count=given.answers, length=300) for task, _ in known.values()}

    def timed(name: str) -> None:
        forget()
        task, measure = known[name]
        measure(answers[task], How())

    variants = {"interval": always(partial(bootstrap, given.answers))}
    variants |= {name: always(partial(timed, name)) for name in known}
    costs = interleaved(variants, repetitions=given.repetitions, device=CPU, warmups=0)
    to_rouge_l = ratios(costs, "rouge_l")
    return {"measures": {n: {"seconds": spread(v), "to_rouge_l": to_rouge_l[n]} for n, v in costs.items()}}


def section(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    by_cost = sorted(found["measures"].items(), key=lambda pair: pair[1]["seconds"].median)
    costs = [(f"`{name}`", one["seconds"], one["to_rouge_l"]) for name, one in by_cost]
    return "\n\n".join(
        [
            f"## Each measure on {about['answers']:,} answers of about 300 characters",
            table(("measure", "seconds", "÷ `rouge_l`"), costs),
            "`interval` is the bootstrap of a mean alone (1000 draws), which every measure holds. Those of `classical` "
            "also score the source handed back unchanged, and take Chinese apart with sacreBLEU's `zh`; `copied_share` "
            "reads a million characters of training text here. A real stage answers 50 items of a set, not ten "
            "thousand.",
        ]
    )
