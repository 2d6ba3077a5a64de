"""How does the penalty reach the optimiser? By a hook that adds its gradient to the last micro-batch's, once per step.

A penalty in the loss aborts under DDP and ZeRO-2 with the host's reentrant checkpointing; one added to `p.grad` after
the step is lost under ZeRO-2, and after clipping it is no longer part of grad_norm. Here every rank adds the same
gradient to its own, so that the mean over ranks is exact, and clipping sees the sum.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ewc_plugin.errors import MechanismError
from ewc_plugin.ranks import Ranks

TOLERANCE = 1e-4  # relative, of a float32 sum that was reduced in another order


class GradientHook:
    """Adds a given gradient to each parameter's, in one backward, and counts that it did."""

    def __init__(self, parameters: Sequence[tuple[str, nn.Parameter]], ranks: Ranks) -> None:
        self._parameters = list(parameters)
        self._ranks = ranks
        self._pending: dict[int, Tensor] = {}
        self._fired = dict.fromkeys((id(p) for _, p in self._parameters), 0)
        self._expected: dict[int, Tensor] | None = {}  # filled in the first step only, then None
        self._handles = [p.register_hook(self._adder(p)) for _, p in self._parameters]  # type: ignore[no-untyped-call]

    def arm(self, gradients: Sequence[tuple[nn.Parameter, Tensor]], *, scale: float = 1.0) -> None:
        """Have the coming backward add `scale` × gradient; `scale` is that of the loss scaler."""
        self._pending = {id(parameter): gradient * scale for parameter, gradient in gradients}
        self._fired = dict.fromkeys(self._fired, 0)
        if self._expected is not None:
            self._expected = {id(p): torch.zeros_like(p) if p.grad is None else p.grad.clone() for p, _ in gradients}

    def settle(self) -> None:
        """Check that every hook fired once, in the first step also what arrived; raises MechanismError."""
        wrong = [f"{name} ({self._fired[id(p)]}×)" for name, p in self._parameters if self._fired[id(p)] != 1]
        if wrong:
            raise MechanismError(
                "EWC gradient",
                expected="one gradient per parameter in the last micro-batch of each step",
                found=f"{len(wrong)} of {len(self._parameters)} parameters otherwise: {', '.join(wrong[:5])}",
                remedy="The penalty would be wrong, so training stops; the last checkpoint is kept. A parameter "
                "without a gradient is often a layer that this batch did not use.",
            )
        if self._expected is not None:
            self._self_check(self._expected)
            self._expected = None
        self._pending = {}

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _adder(self, parameter: nn.Parameter) -> Callable[[Tensor], Tensor | None]:
        def add(gradient: Tensor) -> Tensor | None:
            extra = self._pending.get(id(parameter))
            if extra is None:
                return None
            self._fired[id(parameter)] += 1
            total = gradient + extra.to(gradient.dtype)
            if self._expected is not None:
                self._expected[id(parameter)] += total
            return total

        return add

    def _self_check(self, expected: dict[int, Tensor]) -> None:
        """First step: all ranks added the same, and what stands in `.grad` is the mean of what was put there."""
        sums = torch.stack([self._pending[id(p)].double().sum() for _, p in self._parameters])
        mean = self._ranks.sum(sums) / self._ranks.world_size
        if not torch.allclose(mean, sums, rtol=1e-6, atol=1e-12):
            raise _unfaithful("the ranks hold different weights or anchors")
        for name, parameter in self._parameters:
            mean = self._ranks.sum(expected[id(parameter)]) / self._ranks.world_size
            found = parameter.grad
            if found is None or (found - mean).norm() > TOLERANCE * (mean.norm() + 1e-12):
                raise _unfaithful(f"{name}'s gradient is not task + penalty")


def _unfaithful(reason: str) -> MechanismError:
    return MechanismError(
        "EWC self-check in the first step",
        expected="each parameter's gradient to be that of the task plus that of the penalty, on every rank",
        found=reason,
        remedy="This combination of launcher, optimiser and model is not supported; please report it with the recipe.",
    )
