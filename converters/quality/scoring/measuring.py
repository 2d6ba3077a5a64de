"""How do metrics of a dataset come about? What is there already is kept, the stages that are missing are run.

Each metric is made of stages (`STAGES`); two that need the same stage share it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import filelock

from converters.contract import SourceError
from converters.quality import places
from converters.quality.models import signature
from converters.quality.scoring import metrics
from converters.quality.scoring.parts import Parts
from converters.quality.scoring.passes import Report, Unscored, run
from converters.quality.scoring.scores import UNSCORED, Scores
from converters.quality.scoring.work import Work

STAGES = {"length": ("length",), "perplexity": ("conditional",), "ifd": ("conditional", "alone"), "reward": ("reward",)}
# for whom a live line is
IN_WORDS = {
    "length": "lengths",
    "conditional": "losses in the conversation",
    "alone": "losses of answers alone",
    "reward": "ratings",
}
SEVERAL_TEXTS = "id_of_several_texts"
Values = dict[int, Any]  # row -> what a stage found, or an Unscored


@dataclass(frozen=True)
class Plan:
    """Which metrics are missing, how they are signed, and which stages are to be run for them."""

    missing: Sequence[str]
    signatures: Mapping[str, Mapping[str, Any]]
    stages: Sequence[str]

    def signature(self, stage: str) -> dict[str, Any]:
        metric = next(metric for metric in self.missing if stage in STAGES[metric])
        return {"stage": stage, **signature.comparable(self.signatures[metric])}


def scored(work: Work, report: Callable[[str, int], Report]) -> tuple[Scores, Sequence[str]]:
    """(all scores of the dataset, which metrics were reckoned now). `report` begins a line for a stage of so many rows.

    Of several processes only the first writes, and knows the scores.
    """
    known = Scores()

    def planned() -> Plan:
        nonlocal known
        known, plan = _planned(work)
        return plan

    with _alone(work):
        plan = work.shard.decided(planned)
        results = {name: _reckoned(work, name, plan.signature(name), report) for name in plan.stages}
        if work.shard.first:
            if plan.missing:
                _finish(work, known, plan, results)
            _clear(work)
        work.shard.wait()
    return known, plan.missing


def _planned(work: Work) -> tuple[Scores, Plan]:
    known, signatures = _known(work), work.signatures()
    missing = [metric for metric in work.wanted if work.again or not known.require(metric, signatures[metric])]
    for metric in missing:
        known.forget(metric)
    stages = list(dict.fromkeys(stage for metric in missing for stage in STAGES[metric]))
    if "perplexity" not in missing and "ifd" in missing and not known.differences("perplexity", signatures["ifd"]):
        stages.remove("conditional")  # an earlier run has these losses
    plan = Plan(missing, signatures, stages)
    for name in stages:
        work.torn += _parts(work, name, plan.signature(name)).begin(again=work.again)
    return known, plan


def _known(work: Work) -> Scores:
    known = Scores.read(work.dataset_dir, work.rows.name)
    if not known.metrics or known.data == work.rows.sha256:
        return known
    if not work.again:
        raise SourceError(
            str(places.scores(work.dataset_dir, work.rows.name)),
            expected="scores of the data as they are now",
            found=f"scores ({', '.join(known.metrics)}) of another text of them",
            remedy="--again drops all of them and scores anew.",
        )
    return Scores()


def _parts(work: Work, stage: str, of: Mapping[str, Any]) -> Parts:
    return Parts(work.folder, f"{work.rows.name}.scores.{stage}", of)


def _reckoned(work: Work, name: str, of: Mapping[str, Any], report: Callable[[str, int], Report]) -> Values:
    parts, stage = _parts(work, name, of), work.stage(name)
    progress = report(IN_WORDS[name], len(work.numbers))
    run(stage, work.rows, work.numbers, parts, shard=work.shard, budget=work.budget, report=progress)
    work.shard.wait()
    return {row: _read(line) for row, line in parts.gathered().items()} if work.shard.first else {}


def _read(line: Mapping[str, Any]) -> Any:
    return Unscored(line["unscored"]) if "unscored" in line else line["values"]


def _finish(work: Work, known: Scores, plan: Plan, results: dict[str, Values]) -> None:
    if "ifd" in plan.missing and "conditional" not in results:
        results["conditional"] = _of_earlier(work, known)
    ambiguous, ids = _several_texts(work), work.rows.ids
    for metric in plan.missing:
        values = {
            ids[at]: Unscored(SEVERAL_TEXTS) if at in ambiguous else _value(metric, at, results) for at in work.numbers
        }
        known.take(metric, plan.signatures[metric], values)
    known.write(work.dataset_dir, work.rows)


def _clear(work: Work) -> None:
    """Parts whose numbers stand in the scores; also those of a run that was killed before it came to this."""
    for name in {stage for metric in work.wanted for stage in STAGES[metric]}:
        _parts(work, name, {}).remove()


def _of_earlier(work: Work, known: Scores) -> Values:
    """What perplexity was reckoned from, of an earlier run."""
    found: Values = {}
    for number in work.numbers:
        record = known.records[work.rows.ids[number]]
        reason = record.get(UNSCORED, {}).get("perplexity", "")
        found[number] = Unscored(reason) if reason else metrics.conditional_of(record["perplexity"])
    return found


def _value(metric: str, number: int, results: Mapping[str, Values]) -> Any:
    found = [results[stage][number] for stage in STAGES[metric]]
    for each in found:
        if isinstance(each, Unscored):
            return each
    try:
        return MADE_OF[metric](*found)
    except Unscored as reason:
        return reason


MADE_OF: Mapping[str, Callable[..., Any]] = {
    "length": dict,
    "perplexity": metrics.perplexity,
    "ifd": lambda conditional, alone: metrics.ifd(conditional, tuple(alone)),
    "reward": lambda rating: {"reward": rating},
}


def _several_texts(work: Work) -> set[int]:
    """The first rows of ids that stand for different conversations: a score by id would be of one of them only."""
    rows = work.rows
    return {first for later, first in work.repeated.items() if rows[later].turns != rows[first].turns}


@contextmanager
def _alone(work: Work) -> Iterator[None]:
    """No two commands score a dataset at a time."""
    if not work.shard.first:
        yield
        return
    work.folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(work.folder / f".{work.rows.name}.scores.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise SourceError(
            work.rows.name,
            expected="a dataset that no other process scores",
            found="one that is being scored",
            remedy="Wait for the other run.",
        ) from error
    try:
        yield
    finally:
        lock.release()
