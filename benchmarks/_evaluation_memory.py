"""Does a stage evaluation need more memory than the training that it interrupts? Both at their peak."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from _evaluation_world import RECIPE, SMOKE, World, step
from _measure import extra_memory, in_units


def peaks_of(of: World, evaluate: Callable[[], None]) -> dict[str, int]:
    """Bytes above weights and optimiser at the peak: of a training step, and of the evaluation.

    Not for the smoke model, whose memory nobody lacks: there it is evaluated and nothing is reported.
    """
    if of.shape == SMOKE:
        evaluate()
        return {}
    optimiser = torch.optim.AdamW(of.trainable, lr=0.0)  # a rate of 0 leaves the weights as they are
    rows, length = RECIPE["per_device_train_batch_size"], RECIPE["cutoff_len"]
    ids = torch.randint(6, 200, (rows, length), device=of.device)
    of.model.train()
    step(of, optimiser, ids[:1, :64])  # makes the optimiser's state
    peaks = {"training step": extra_memory(partial(step, of, optimiser, ids), of.device)}
    of.model.eval()
    return {**peaks, "evaluation": extra_memory(evaluate, of.device)}


def room(found: Mapping[str, Any]) -> str:
    training, evaluating = found["peak_bytes"]["training step"], found["peak_bytes"]["evaluation"]
    more = f"{in_units(evaluating - training)} more" if evaluating > training else "nothing on top of it"
    return (
        f"Memory at the peak, above weights and optimiser: {in_units(training)} in a training step of the recipe "
        f"({RECIPE['per_device_train_batch_size']} × {RECIPE['cutoff_len']} tokens, with gradient checkpointing), "
        f"{in_units(evaluating)} in the evaluation: it needs {more}."
    )
