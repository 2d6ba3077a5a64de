"""Does a stage evaluation leave a trace in the weights? Training with one after every step, and without any."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any
from unittest import mock

import torch
from _evaluation_world import World, step
from _measure import table

from ewc_plugin import evaluation

STEPS = 3


@contextmanager
def deterministic() -> Iterator[None]:
    """Kernels that add up in the same order each time; where there is none, the row `trained again` will show it."""
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])


def trained(of: World, *, evaluated: bool) -> torch.Tensor:
    """The adapter after a few steps with dropout, with or without an evaluation of two sets after each."""
    few, adapter = of.sets[:2], of.trainable
    start = [p.detach().clone() for p in adapter]
    of.model.train()
    torch.manual_seed(7)
    optimiser = torch.optim.AdamW(adapter, lr=1e-3)
    settings = replace(of.settings, samples=4, generated=2, max_new_tokens=4, resamples=10)
    for _ in range(STEPS):
        step(of, optimiser, torch.randint(6, 200, (4, 24)).to(of.device))
        if evaluated:
            with of.around():
                evaluation.evaluate(of.model, few, encoder=of.encoder, settings=settings)
    weights = torch.cat([p.detach().flatten().clone() for p in adapter])
    with torch.no_grad():
        for parameter, value in zip(adapter, start, strict=True):
            parameter.copy_(value)
    of.model.eval()
    return weights


def measured(of: World) -> dict[str, Any]:
    """Largest difference of a weight from training without evaluation: ours, and ours without what puts things back."""
    with deterministic():
        without = trained(of, evaluated=False)
        with mock.patch.object(evaluation, "leaving_no_trace", return_value=nullcontext()):
            careless = trained(of, evaluated=True)
        found = {
            "trained again": trained(of, evaluated=False),
            "ours": trained(of, evaluated=True),
            "without putting back": careless,
        }
    differences = {name: float((weights - without).abs().max()) for name, weights in found.items()}
    return {"largest_difference_of_a_weight": differences}


def section(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    rows = [
        (name, f"{value:.1e}" if value else "0: the same weights")
        for name, value in found["largest_difference_of_a_weight"].items()
    ]
    headers = (
        f"training with an evaluation after each of {STEPS} steps, dropout on",
        "largest difference of a weight from training without",
    )
    remark = "`trained again` has no evaluation either: what it shows is the machine's own."
    return "\n\n".join(["## What is left behind", table(headers, rows), remark])
