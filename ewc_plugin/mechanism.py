"""How does the penalty reach the optimiser? By a hook that adds its gradient to the last micro-batch's, once per step.

A penalty in the loss aborts under DDP and ZeRO-2 with the host's reentrant checkpointing; one added to `p.grad` after
the step is lost under ZeRO-2, and after clipping it is no longer part of grad_norm. Here every rank adds the same
gradient to its own, so that the mean over ranks is exact, and clipping sees the sum. Of a gradient that no rank holds
whole, each of W ranks adds W times its share and nothing elsewhere: the mean is exact again.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from ewc_plugin import masters
from ewc_plugin.errors import MechanismError
from ewc_plugin.masters import Share, shape_of
from ewc_plugin.ranks import Ranks

# relative, of sums that were made in another order: float32, or the half precision that gradients are reduced in
TOLERANCE = {torch.bfloat16: 2e-2, torch.float16: 4e-3}
PRECISE = 1e-4
SAMPLES = 4096  # entries of each parameter whose gradient is read back in the first step

# whole (the same on every rank), this rank's share, or a share that is computed when the backward asks for it
Gradient = Tensor | Share | Callable[[], Share]


class GradientHook:
    """Adds a given gradient to each parameter's, in one backward, and counts that it did."""

    def __init__(self, parameters: Sequence[tuple[str, nn.Parameter]], ranks: Ranks) -> None:
        self._parameters = list(parameters)
        self._ranks = ranks
        self._handles = [p.register_hook(self._adder(p)) for _, p in self._parameters]  # type: ignore[no-untyped-call]
        self.reset()

    def reset(self) -> None:
        """Forget a window that was begun: a new attempt, whose first step is checked again."""
        self._pending: Mapping[int, Gradient] = {}
        self._scale = 1.0
        self._fired = dict.fromkeys((id(p) for _, p in self._parameters), 0)
        # samples of what went into each gradient since the window began, until the check has been made
        self._written: dict[int, Tensor] | None = {}

    def arm(self, gradients: Sequence[tuple[nn.Parameter, Gradient]], *, scale: float = 1.0) -> None:
        """Have the coming backward add `scale` × gradient; `scale` is that of the loss scaler."""
        self._pending = {id(parameter): gradient for parameter, gradient in gradients}
        self._scale = scale
        self._fired = dict.fromkeys(self._fired, 0)

    def settle(self) -> None:
        """Check that every hook fired once, in the first step also what arrived; raises MechanismError.

        To be called after the backward and before the optimiser's step, by all ranks.
        """
        if not self._pending:
            return  # not armed: a window of the host's own
        wrong = [f"{name} ({self._fired[id(p)]}×)" for name, p in self._parameters if self._fired[id(p)] != 1]
        if wrong:
            raise MechanismError(
                "EWC gradient",
                expected="one gradient per parameter in the last micro-batch of each step",
                found=f"{len(wrong)} of {len(self._parameters)} parameters otherwise: {', '.join(wrong[:5])}",
                remedy="The penalty would be wrong, so training stops; the last checkpoint is kept. A parameter "
                "without a gradient is often a layer that this batch did not use.",
            )
        if self._written is not None:
            # after an overflow the scaler skips the step: the next one is checked instead
            self._written = None if self._self_check(self._written) else {}
        self._pending = {}

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()

    def _adder(self, parameter: nn.Parameter) -> Callable[[Tensor], Tensor | None]:
        def add(gradient: Tensor) -> Tensor | None:
            extra = self._pending.get(id(parameter))
            total = gradient
            if extra is not None:
                self._fired[id(parameter)] += 1
                total = self._sum(gradient, extra() if callable(extra) else extra)
            if self._written is not None:
                self._record(self._written, parameter, total)
            return None if extra is None else total

        return add

    def _sum(self, gradient: Tensor, extra: Tensor | Share) -> Tensor:
        """gradient + scale·g, rounded once to the gradient's own precision; the argument is left alone."""
        if isinstance(extra, Tensor):
            # a sum of a half-precision and a float32 tensor is made in float32
            return torch.add(gradient, extra, alpha=self._scale).to(gradient.dtype)
        if not len(extra.values):
            return gradient  # another rank adds what belongs here
        total = gradient.clone(memory_format=torch.contiguous_format)
        part = total.view(-1)[extra.start : extra.stop]
        part.copy_(torch.add(part, extra.values, alpha=self._scale * self._ranks.world_size))
        return total

    # -- the first step ----------------------------------------------------------------------------------------

    def _record(self, written: dict[int, Tensor], parameter: nn.Parameter, gradient: Tensor) -> None:
        sample = _sample(gradient, shape_of(parameter).numel())
        earlier = written.get(id(parameter))
        written[id(parameter)] = sample if earlier is None else earlier + sample

    def _self_check(self, written: Mapping[int, Tensor]) -> bool:
        """All ranks added the same, and the optimiser will see the mean of what was written; False if it overflowed."""
        self._same_everywhere()
        world = self._ranks.world_size
        parameters = [p for _, p in self._parameters]
        lengths = [len(written[id(p)]) for p in parameters]
        means = torch.split(self._ranks.sum(torch.cat([written[id(p)] for p in parameters])) / world, lengths)
        if not all(bool(torch.isfinite(mean).all()) for mean in means):
            return False
        for (name, parameter), mean, found in zip(self._parameters, means, masters.gradients(parameters), strict=True):
            if found is None or not _close(found, mean, parameter.dtype):
                raise _unfaithful(f"{name}'s gradient is not task + penalty")
        return True

    def _same_everywhere(self) -> None:
        whole = [g.double().sum() for g in self._pending.values() if isinstance(g, Tensor)]
        if not whole:
            return  # each rank holds a share of its own
        sums = torch.stack(whole)
        mean = self._ranks.sum(sums) / self._ranks.world_size
        if not torch.allclose(mean, sums, rtol=1e-6, atol=1e-12):
            raise _unfaithful("the ranks hold different weights or anchors")


def _sample(gradient: Tensor, count: int) -> Tensor:
    """Evenly spaced entries of a gradient, float32."""
    flat = gradient.detach().reshape(-1)
    if count <= SAMPLES:
        return flat.float().clone()
    places = torch.linspace(0, count - 1, SAMPLES, dtype=torch.float64, device=flat.device).long()
    return flat[places].float()


def _close(found: Tensor, mean: Tensor, dtype: torch.dtype) -> bool:
    sample = _sample(found, found.numel())
    if sample.shape != mean.shape:
        return False
    return bool((sample - mean).norm() <= TOLERANCE.get(dtype, PRECISE) * (mean.norm() + 1e-12))


def _unfaithful(reason: str) -> MechanismError:
    return MechanismError(
        "EWC self-check in the first step",
        expected="each parameter's gradient to be that of the task plus that of the penalty, on every rank",
        found=reason,
        remedy="This combination of launcher, optimiser and model is not supported; please report it with the recipe.",
    )
