"""How good is the model now, on everything it ever learned? One row of the matrix.

One set that fails is reported as failed and loses neither the others nor the run. Nothing here knows the
host: its template comes in as an `Encoder`, its processes as `Ranks`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ewc_plugin.atomic import write_json
from ewc_plugin.attempts import Attempts
from ewc_plugin.evaluation.cells import Cell, Record
from ewc_plugin.evaluation.encoder import Encoded, Encoder
from ewc_plugin.evaluation.generation import sharded
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.one_set import measure, reason
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.evaluation.sets import Discovery, EvaluationError, EvaluationSet, discover
from ewc_plugin.evaluation.settings import Base, Settings
from ewc_plugin.ranks import Distributed, OneProcess, Ranks

__all__ = [
    "PREDICTIONS",
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
    "reason",
    "row",
    "sharded",
    "write",
]

VERSION = 1
PREDICTIONS = "predictions"
ONE_PROCESS = OneProcess()


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


def evaluate(
    model: Any,
    sets: Sequence[EvaluationSet],
    *,
    encoder: Encoder,
    settings: Settings,
    ranks: Ranks = ONE_PROCESS,
    absent: Sequence[str] = (),
    base: Base | None = None,
) -> Evaluation | None:
    """Every item of every set scored once, by one of the ranks. The result on rank 0, None on the others.

    The model is the unwrapped one. It, the random states and the tokenizer are afterwards as they were. `base` makes it
    the base model for a while; None where that is not at hand.
    """
    cells: dict[str, Cell] = {}
    records: dict[str, Sequence[Record]] = {}
    seconds: dict[str, float] = {}
    with leaving_no_trace(model), torch.no_grad():
        model.eval()
        for chosen in sets:
            started = time.monotonic()
            cells[chosen.name], records[chosen.name] = measure(model, chosen, encoder, settings, ranks, base)
            seconds[chosen.name] = round(time.monotonic() - started, 3)
    if ranks.rank != 0:
        return None
    return Evaluation(tuple(sets), cells, records, tuple(absent), settings, seconds)


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


def write(result: Evaluation, folder: Path, tried: Attempts | None = None) -> Path:
    """`metrics.json` and `predictions/<set>.jsonl` in `<output_dir>/stage_eval`; returns the items' folder.

    tried: a file that cannot be written keeps none of the others from being written, and is one of its failures;
    without it the first one raises.
    """
    predictions = folder / PREDICTIONS
    attempt: Callable[[Callable[[], Any]], Any] = tried or (lambda act: act())
    for name, records in result.records.items():
        path = prediction_file(predictions, name)
        whole = "failed" not in result.cells[name] and attempt(partial(_items_written, path, records))
        if not whole:
            # what an earlier run left would pass for this one's
            _remove(path)
    attempt(partial(write_json, folder / "metrics.json", _metrics(result)))
    return predictions


def _items_written(path: Path, records: Sequence[Record]) -> bool:
    write_predictions(path, records)
    return True


def _remove(path: Path) -> None:
    with suppress(OSError, ValueError):  # a name that no file can have
        path.unlink(missing_ok=True)


def _metrics(result: Evaluation) -> dict[str, Any]:
    return {
        "version": VERSION,
        "settings": _described_settings(result.settings),
        "sets": {s.name: _described(s) | result.cells[s.name] for s in result.sets},
        "not_built": list(result.absent),
        "failed": result.failed,
        "seconds": dict(result.seconds),
    }


def _described(chosen: EvaluationSet) -> dict[str, Any]:
    return {"task": chosen.task, "stage": chosen.stage, "protected": chosen.protected}


def _described_settings(settings: Settings) -> dict[str, Any]:
    described = {key: value for key, value in vars(settings).items() if key != "aids"}
    return described | {"generate_tasks": sorted(settings.generate_tasks), "embed": settings.aids.embed_name}
