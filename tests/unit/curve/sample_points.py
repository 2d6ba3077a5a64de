"""Folders as the points of a learning curve leave them, made of losses that are known: a + b·n^(−c), and noise."""

import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from ewc_plugin import matrix
from ewc_plugin.curve.measured import Point, read
from ewc_plugin.curve.outcome import Outcome, outcome
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.metrics.likelihood import loss

SIZES = (100, 300, 1000, 3000, 8000)
OWN, SECOND, OLD = "translation_eval", "story_eval", "belle_eval"
COLUMNS = [
    {"name": OLD, "task": "instruction", "stage": "foundation", "protected": True},
    {"name": OWN, "task": "translation", "stage": "task", "protected": True},
    {"name": SECOND, "task": "story", "stage": "task", "protected": True},
]
Losses = Callable[[int], float]


def law(a: float, b: float, c: float) -> Losses:
    """The true curve; of 0 examples the loss is 6."""
    return lambda n: a + b * n**-c if n else 6.0


def records(name: str, mean: float, *, items: int = 120, noise: float = 0.02, of: str = "") -> list[dict]:
    """What makes an item hard is its own at every size; `noise`: what differs from run to run in one item."""
    hard, run = random.Random(name), random.Random(f"{name}{of}")
    made = []
    for i in range(items):
        tokens, factor = hard.randint(4, 40), hard.gauss(1, 0.25)
        nll = tokens * (mean * factor + run.gauss(0, noise))
        made.append(
            {"id": f"{name}:{i}", "prompt": "p", "reference": "r", "answer": None, "nll": nll, "tokens": tokens}
        )
    whole = sum(r["nll"] for r in made) / sum(r["tokens"] for r in made)
    for record in made:  # the mean is exactly what was asked for
        record["nll"] *= mean / whole
        record |= {"finished": None, "scores": {}}
    return made


def row(folder: Path, label: str, stage: str | None, means: dict[str, float], of: str, noise: float) -> dict:
    cells = {}
    for name, mean in means.items():
        items = records(name, mean, of=of, noise=noise)
        write_predictions(prediction_file(folder, name), items)
        score = loss([r["nll"] for r in items], [r["tokens"] for r in items], resamples=200)
        cells[name] = {"loss": score.cell(subset="0f")}
    return {"stage": stage, "label": label, "columns": COLUMNS, "cells": cells, "predictions": str(folder)}


def point(
    into: Path,
    n: int,
    losses: dict[str, Losses],
    *,
    steps: int | None = None,
    on_the_way: Sequence[float] = (),
    noise: float = 0.02,
    stage: str | None = "task",
) -> Path:
    """One size: rows base, foundation and its own, and the trainer's log; `on_the_way` are losses of OWN by tenths."""
    folder = into / f"n={n}"
    grown = matrix.new({"m": "x"}, row(into / "base", "base", None, {c: f(0) for c, f in losses.items()}, "b", noise))
    before = {name: f(0) - 0.5 * (name == OLD) for name, f in losses.items()}
    grown = matrix.extend(grown, row(into / "before", "foundation", "foundation", before, "f", noise))
    after = {name: f(n) for name, f in losses.items()}
    predictions = folder / "stage_eval" / "predictions"
    grown = matrix.extend(grown, row(predictions, f"n={n}", stage, after, str(n), noise))
    matrix.save(grown, folder / "stage_eval" / "matrix.json")
    total = steps if steps is not None else max(12, n // 8)
    state = {"global_step": total, "epoch": 3.0, "log_history": list(_log(total, on_the_way))}
    (folder / "trainer_state.json").write_text(json.dumps(state), encoding="utf-8")
    return folder


def _log(total: int, on_the_way: Sequence[float]):
    for step in range(1, total + 1):
        yield {"step": step, "epoch": 3 * step / total, "loss": 1 + 3 * math.exp(-4 * step / total)}
    for place, value in enumerate(on_the_way):
        step = round(total * (place + 1) / len(on_the_way))
        yield {"step": step, "epoch": 3 * step / total, f"eval_{OWN}/loss": value}


def points(
    into: Path, own: Losses, *, old: Losses = lambda n: 2.0, second: Losses | None = None, **more
) -> list[Point]:
    """All sizes, where `own` is the law of both own sets unless the second has another."""
    sizes = more.pop("sizes", SIZES)
    losses = {OLD: lambda n: old(n) if n else 2.5, OWN: own, SECOND: second or own}
    return read({n: point(into, n, losses, **more) for n in sizes}, stage="task")


def curve(into: Path, own: Losses, **more) -> Outcome:
    return outcome(points(into, own, **more), "task")
