"""How many steps would a size make, and in how small ones would it make enough? Counted as the host will, beforehand.

    python -m ewc_plugin.curve.ahead REQUEST ANSWER

A process of its own: it imports torch and the host, and ends before training begins. A recipe's step of 24 packed
sequences is all that a hundred short examples come to: what three such steps reach tells of steps and not of data.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.pipeline import process
from ewc_plugin.pipeline.recipes import Stage
from ewc_plugin.shapes import number_of

LEAST = 20  # steps that a size is to make
# who types one of these has chosen the step
OF_A_STEP = ("batch_tokens", "per_device_train_batch_size", "gradient_accumulation_steps", "max_steps")
TAIL = 300


@dataclass(frozen=True)
class Count:
    """Of one size: optimiser steps in all; sequences of an epoch, and of a step on one rank; tokens of a sequence."""

    steps: int
    sequences: int
    each: int
    per_device: int
    ranks: int
    epochs: float
    length: float | None  # None where the step is not given in tokens

    def words(self) -> tuple[str, ...]:
        """Keys of a step so small that there are enough of them, or that it is one sequence; () where there are."""
        most = max(1, int(self.sequences * self.epochs / LEAST / self.ranks))
        if self.steps >= LEAST or most >= self.each:
            return ()
        if self.length is not None:
            return (f"batch_tokens={round(most * self.ranks * self.length)}",)
        per_device = min(self.per_device, most)
        return (f"per_device_train_batch_size={per_device}", f"gradient_accumulation_steps={most // per_device}")


def counts(stages: Sequence[Stage]) -> tuple[list[Count], str]:
    """Of the sizes in their order, up to the first that makes enough steps; and why there are none, else empty."""
    if any(word.partition("=")[0] in OF_A_STEP for word in stages[0].words):
        return [], ""
    if (number_of(stages[0].keys.get("max_steps")) or 0) > 0:
        return [], ""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("request.json", "answer.json")]
        request = [{"recipe": str(stage.recipe), "words": stage.words} for stage in stages]
        paths[0].write_text(json.dumps(request), encoding="utf-8")
        ended = process.quiet([sys.executable, "-m", __name__, *map(str, paths)])
        if ended.returncode or not paths[1].is_file():
            return [], (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1][-TAIL:]
        return [Count(**one) for one in json.loads(paths[1].read_text(encoding="utf-8"))], ""


# -- the process -----------------------------------------------------------------------------------------------


def counted(request: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in request:
        found.append(_count(Path(one["recipe"]), one["words"]))
        if found[-1]["steps"] >= LEAST:
            break
    return found


def _count(path: Path, words: Sequence[str]) -> dict[str, Any]:
    from ewc_plugin.batch.keys import world_size
    from ewc_plugin.estimating import gpus
    from ewc_plugin.estimating.estimate import counted as encoded
    from ewc_plugin.estimating.recipe import data_length, read
    from ewc_plugin.estimating.steps import steps

    recipe = read(path, words)
    data, length = encoded(recipe), data_length(recipe)
    here = gpus.present()
    ranks = max(world_size(), here[1] if here else 1)
    per_device, accumulation = recipe.batch(ranks, length)
    epochs = float(recipe.training.num_train_epochs)
    made = steps(data.sequences, per_device=per_device, accumulation=accumulation, world=ranks, epochs=epochs)
    in_tokens = recipe.finetuning.batch_tokens is not None and length is not None
    return {
        "steps": made.total,
        "sequences": data.sequences,
        "each": per_device * accumulation,
        "per_device": per_device,
        "ranks": ranks,
        "epochs": epochs,
        "length": length.tokens if in_tokens and length is not None else None,
    }


def main(request: str, answer: str) -> None:
    asked = json.loads(Path(request).read_text(encoding="utf-8"))
    Path(answer).write_text(json.dumps(counted(asked)), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
