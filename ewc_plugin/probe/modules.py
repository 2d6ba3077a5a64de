"""How true is the prediction of each single layer? All layers in one backward, by sampled labels.

½ δ_lᵀF̃δ_l = (1/2T) Σ_n E[(Σ_t g_ntᵀ δ_l a_nt)²], g the gradients of the drawn labels' log-probabilities at layer l's
output and a its input, at the old weights: what the Fisher pass sees, projected on δ_l. `calibrate_modules` takes
one forward of dual numbers for each layer instead, without sampling error.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from ewc_plugin.fisher import Example, estimate, wide
from ewc_plugin.probe.calibration import ModuleCalibration
from ewc_plugin.probe.divergence import PerToken
from ewc_plugin.probe.drift import PEFT, LowRankDrift
from ewc_plugin.ranks import Ranks


class ProjectedCurvature:
    """Σ_n (Σ_t g_ntᵀ B̄Ā a_nt)² for each linear map: one number per layer (a `fisher.Curvature`)."""

    reduced = False

    def __init__(self, model: nn.Module, drift: LowRankDrift) -> None:
        self._drift = drift
        self._watched = [
            (n.removeprefix(PEFT), m) for n, m in model.named_modules() if n.removeprefix(PEFT) in drift.names
        ]
        self.sums: dict[str, Tensor] = {}

    def watch(self) -> list[tuple[str, nn.Module]]:
        return self._watched

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        change = self._drift.change(name, wide(inputs))
        projected = (wide(gradients) * change).sum((1, 2)).double()
        self.sums[name] = self.sums.get(name, 0) + (projected**2).sum()

    def close_batch(self) -> None:
        """Nothing is pending: each map is seen once in a micro-batch."""

    def complete(self, device: torch.device) -> None:
        for name in self._drift.names:
            self.sums.setdefault(name, torch.zeros((), dtype=torch.float64, device=device))

    def finish(self, sums: Mapping[str, Tensor], tokens: int) -> dict[str, Tensor]:
        return {name: value / tokens for name, value in sums.items()}


def sampled_modules(
    model: nn.Module,
    drift: LowRankDrift,
    *,
    probe: Sequence[Example],
    predicted: Mapping[str, float],
    draws: int = 8,
    seed: int = 0,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, ModuleCalibration]:
    """Each layer of `predicted` alone, for `draws` forwards and backwards however many layers there are.

    The standard error is over draws, given the probe; it falls with √(draws · examples).
    """
    found = []
    with drift.old(model):
        for draw in range(draws):
            curvature = ProjectedCurvature(model, drift)
            how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks, "autocast": autocast}
            found.append(estimate(model, probe, curvature, labels="sampled", seed=seed + draw, **how))
    values = {name: torch.stack([each.fisher[name].cpu() for each in found]) / 2 for name in predicted}
    return {
        name: ModuleCalibration(_mean_of(values[name], found[0].tokens, len(probe)), value)
        for name, value in predicted.items()
    }


def _mean_of(values: Tensor, positions: int, examples: int) -> PerToken:
    error = float(values.std() / len(values) ** 0.5) if len(values) > 1 else None
    return PerToken(float(values.mean()), error, positions, examples)
