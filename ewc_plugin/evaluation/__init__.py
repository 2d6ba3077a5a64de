"""How good is the model now, on everything it ever learned? One row of the matrix.

One set that fails is reported as failed and loses neither the others nor the run. Nothing here knows the
host: its template comes in as an `Encoder`, its processes as `Ranks`.
"""

import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from ewc_plugin.atomic import write_json
from ewc_plugin.bootstrap import RESAMPLES
from ewc_plugin.evaluation.encoder import Encoded, Encoder
from ewc_plugin.evaluation.generation import greedy_answers, sharded
from ewc_plugin.evaluation.likelihood import answer_likelihoods
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.evaluation.sets import (
    Discovery,
    EvaluationError,
    EvaluationSet,
    Item,
    choose,
    discover,
    fingerprint,
    read,
)
from ewc_plugin.metrics import MEASURES, Answers, How
from ewc_plugin.metrics.likelihood import loss
from ewc_plugin.ranks import Distributed, OneProcess, Ranks

__all__ = [
    "Discovery",
    "Distributed",
    "Encoded",
    "Encoder",
    "Evaluation",
    "EvaluationError",
    "EvaluationSet",
    "OneProcess",
    "Ranks",
    "Settings",
    "discover",
    "evaluate",
    "row",
    "sharded",
    "write",
]

VERSION = 1
ONE_PROCESS = OneProcess()
log = logging.getLogger(__name__)

Cell = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What must be the same in all rows of one matrix, `batch_size` aside.

    samples: items per set, a fixed seeded subset; None takes all. tokeniser: template and tokenizer as the
    host names them; it only enters the signatures.
    """

    batch_size: int = 8
    samples: int | None = None
    seed: int = 42
    generate_tasks: frozenset[str] = frozenset({"translation"})
    max_new_tokens: int = 256
    cutoff: int = 2048
    tokeniser: str = ""
    resamples: int = RESAMPLES


@dataclass(frozen=True)
class Evaluation:
    """`cells[name]` holds one entry per metric, or `failed` with the reason; `records` the scored items."""

    sets: tuple[EvaluationSet, ...]
    cells: Mapping[str, Cell]
    records: Mapping[str, Sequence[Record]]
    absent: tuple[str, ...]
    settings: Settings
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, str]:
        return {name: cell["failed"] for name, cell in self.cells.items() if "failed" in cell}

    def losses(self) -> dict[str, float]:
        """Loss per supervised token of every set that did not fail."""
        return {name: cell["loss"]["value"] for name, cell in self.cells.items() if "loss" in cell}


def evaluate(
    model: Any,
    sets: Sequence[EvaluationSet],
    *,
    encoder: Encoder,
    settings: Settings,
    ranks: Ranks = ONE_PROCESS,
    absent: Sequence[str] = (),
) -> Evaluation | None:
    """Every item of every set scored once, by one of the ranks. The result on rank 0, None on the others.

    The model is the unwrapped one. It, the random states and the tokenizer are afterwards as they were. Where its
    weights are shared out (ZeRO-3), every rank runs equally many forwards, and a failure inside one stops the run.
    """
    measured = _evaluate_sharded_set if sharded(model) else _evaluate_set
    cells: dict[str, Cell] = {}
    records: dict[str, Sequence[Record]] = {}
    seconds: dict[str, float] = {}
    with leaving_no_trace(model), torch.no_grad():
        model.eval()
        for chosen in sets:
            started = time.monotonic()
            cells[chosen.name], records[chosen.name] = measured(model, chosen, encoder, settings, ranks)
            seconds[chosen.name] = round(time.monotonic() - started, 3)
    if ranks.rank != 0:
        return None
    return Evaluation(tuple(sets), cells, records, tuple(absent), settings, seconds)


def _evaluate_set(
    model: Any, chosen: EvaluationSet, encoder: Encoder, settings: Settings, ranks: Ranks
) -> tuple[Cell, list[Record]]:
    """The cell of one set; any failure becomes its reason. Every rank gathers exactly once, failed or not."""
    items: list[Item] = []
    share: list[tuple[int, Record]] = []
    failures: list[str] = []
    try:
        items = choose(read(chosen), settings.samples, seed=settings.seed)
        work = _share(items, encoder, range(ranks.rank, len(items), ranks.world_size))
        share = _measured(model, chosen, work, encoder, settings)
    except Exception as problem:  # contained: one set must not lose the others or the trained weights
        failures = [_reason(problem)]
    return _gathered([*share, *failures], chosen, items, settings, ranks)


def _evaluate_sharded_set(
    model: Any, chosen: EvaluationSet, encoder: Encoder, settings: Settings, ranks: Ranks
) -> tuple[Cell, list[Record]]:
    """The same where each forward needs every rank: all take equally many items, or none where one cannot begin."""
    items: list[Item] = []
    work: list[tuple[int, Item, Encoded]] = []
    failures: list[str] = []
    indices = range(0)
    try:
        items = choose(read(chosen), settings.samples, seed=settings.seed)
        indices = range(ranks.rank, len(items), ranks.world_size)
        # a rank with one item less takes the first once more, for the others' sake only
        work = _share(items, encoder, [*indices, 0][: -(-len(items) // ranks.world_size)])
    except Exception as problem:  # contained as above, as long as no forward has begun
        failures = [_reason(problem)]
    if float(ranks.sum(torch.tensor(float(len(failures))))):
        return _gathered([*failures], chosen, items, settings, ranks)
    share = _measured(model, chosen, work, encoder, settings)[: len(indices)]
    return _gathered([*share], chosen, items, settings, ranks)


def _gathered(
    mine: list[tuple[int, Record] | str], chosen: EvaluationSet, items: Sequence[Item], settings: Settings, ranks: Ranks
) -> tuple[Cell, list[Record]]:
    """What all ranks found, scored on rank 0; failures too are contained there."""
    gathered = ranks.gather(mine)
    if ranks.rank != 0:
        return {}, []
    try:
        return _scored(gathered, chosen, items, settings)
    except Exception as problem:  # contained: one set must not lose the others or the trained weights
        log.warning("evaluation set %s failed: %s", chosen.name, _reason(problem))
        return {"failed": _reason(problem)}, []


def _reason(problem: Exception) -> str:
    return str(problem) if isinstance(problem, EvaluationError) else f"{type(problem).__name__}: {problem}"


def _share(items: Sequence[Item], encoder: Encoder, indices: Sequence[int]) -> list[tuple[int, Item, Encoded]]:
    """This rank's items, every `world_size`-th, each with its place in the set."""
    return [(index, items[index], encoder.encode(items[index].messages)) for index in indices]


def _measured(
    model: Any,
    chosen: EvaluationSet,
    work: Sequence[tuple[int, Item, Encoded]],
    encoder: Encoder,
    settings: Settings,
) -> list[tuple[int, Record]]:
    log.info("evaluating %s: %d items on this rank", chosen.name, len(work))
    encoded = [one for _, _, one in work]
    likelihoods = answer_likelihoods(model, encoded, pad_token_id=encoder.pad_token_id, batch_size=settings.batch_size)
    answers = _answers(model, encoded, encoder, settings) if chosen.task in settings.generate_tasks else None
    return [
        (index, _record(item, likelihoods[k], answers[k] if answers else None))
        for k, (index, item, _) in enumerate(work)
    ]


def _answers(model: Any, encoded: Sequence[Encoded], encoder: Encoder, settings: Settings) -> list[tuple[str, bool]]:
    answers = greedy_answers(
        model,
        [e.prompt_ids for e in encoded],
        pad_token_id=encoder.pad_token_id,
        eos_token_ids=encoder.eos_token_ids,
        max_new_tokens=settings.max_new_tokens,
        batch_size=settings.batch_size,
    )
    return [(encoder.decode(a.ids).strip(), a.finished) for a in answers]


def _record(item: Item, likelihood: tuple[float, int], answer: tuple[str, bool] | None) -> Record:
    return {
        "id": item.id,
        "prompt": item.prompt,
        "reference": item.reference,
        "answer": answer[0] if answer else None,
        "finished": answer[1] if answer else None,
        "nll": likelihood[0],
        "tokens": likelihood[1],
        "scores": {},
    }


def _scored(
    gathered: Sequence[tuple[int, Record] | str],
    chosen: EvaluationSet,
    items: Sequence[Item],
    settings: Settings,
) -> tuple[Cell, list[Record]]:
    """All ranks' items put back in order and scored together. Raises with the first rank's reason."""
    if failures := [part for part in gathered if isinstance(part, str)]:
        raise EvaluationError(
            f"evaluation set {chosen.name}",
            expected="a score for every item",
            found=failures[0],
            remedy="The other sets were scored; repair this one and evaluate again.",
        )
    parts = sorted((part for part in gathered if not isinstance(part, str)), key=lambda part: part[0])
    if [index for index, _ in parts] != list(range(len(items))):
        raise EvaluationError(
            f"evaluation set {chosen.name}",
            expected=f"each of {len(items)} items scored once",
            found=f"{len(parts)} scored, {len({i for i, _ in parts})} of them different",
            remedy="Please report this: it is a fault in the gathering of ranks.",
        )
    records = [record for _, record in parts]
    return _cell(chosen, items, records, settings), records


def _cell(chosen: EvaluationSet, items: Sequence[Item], records: Sequence[Record], settings: Settings) -> Cell:
    same = {"items": len(items), "subset": fingerprint(items), "cutoff": settings.cutoff}
    how = {"seed": settings.seed, "resamples": settings.resamples}
    likelihood = loss([r["nll"] for r in records], [r["tokens"] for r in records], **how)
    cell = {"loss": likelihood.cell(**same, tokeniser=settings.tokeniser)}
    if chosen.task not in settings.generate_tasks:
        return cell
    given = Answers(
        answers=[r["answer"] for r in records],
        references=[item.reference for item in items],
        turns=[item.messages[:-1] for item in items],
    )
    for measure in MEASURES.get(chosen.task, ()):
        score = measure(given, How(**how))
        # BLEU's and chrF's own tokeniser stands in their signatures; the model's tokens only cap the length
        cell[score.name] = score.cell(**same, max_new_tokens=settings.max_new_tokens)
        cell[score.name]["unfinished"] = sum(not r["finished"] for r in records)
        for record, value in zip(records, score.items, strict=True):
            record["scores"][score.name] = None if math.isnan(value) else round(value, 4)
    return cell


def row(result: Evaluation, *, stage: str | None, label: str, predictions: Path) -> dict[str, Any]:
    """A row for `matrix.new` and `matrix.extend`; `predictions` is where `write` put the items."""
    return {
        "stage": stage,
        "label": label,
        "columns": [{"name": s.name, "task": s.task, "stage": s.stage, "protected": s.protected} for s in result.sets],
        "cells": dict(result.cells),
        "predictions": str(predictions.resolve()),
        "not_built": list(result.absent),
    }


def write(result: Evaluation, folder: Path) -> Path:
    """`metrics.json` and `predictions/<set>.jsonl` in `<output_dir>/stage_eval`; returns the items' folder."""
    predictions = folder / "predictions"
    for name, records in result.records.items():
        if "failed" in result.cells[name]:
            # what an earlier run left would pass for this one's
            prediction_file(predictions, name).unlink(missing_ok=True)
        else:
            write_predictions(prediction_file(predictions, name), records)
    settings = asdict(result.settings) | {"generate_tasks": sorted(result.settings.generate_tasks)}
    write_json(
        folder / "metrics.json",
        {
            "version": VERSION,
            "settings": settings,
            "sets": {s.name: _described(s) | result.cells[s.name] for s in result.sets},
            "not_built": list(result.absent),
            "failed": result.failed,
            "seconds": dict(result.seconds),
        },
    )
    return predictions


def _described(chosen: EvaluationSet) -> dict[str, Any]:
    return {"task": chosen.task, "stage": chosen.stage, "protected": chosen.protected}
