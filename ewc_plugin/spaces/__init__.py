"""In which coordinates is the distance to the anchor measured? The update of LoRA layers, every weight, or A and B.

A space knows the live parameters of a model: it takes the snapshot θ*, names what the Fisher pass has to watch, and
turns anchors into the penalty's value and gradients. It knows peft and torch, not the host.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.fisher import Curvature
from ewc_plugin.mechanism import Gradient
from ewc_plugin.probe.drift import Drift

__all__ = ["Penalty", "Space"]


@dataclass(frozen=True)
class Penalty:
    """½λΣFδ² in nats per token over all ranks, and its gradient for each trainable parameter (float32)."""

    value: Tensor
    gradients: Sequence[tuple[nn.Parameter, Gradient]]


class Space(Protocol):
    name: str

    def parameters(self) -> list[tuple[str, nn.Parameter]]:
        """The trainable parameters whose gradients receive the penalty's."""

    def weights(self) -> int:
        """How many numbers a dense F has."""

    def snapshot(self) -> Mapping[str, Tensor]:
        """θ*: copies on the CPU, float32."""

    def start(self) -> Mapping[str, Tensor] | None:
        """Where a stage begins, to be looked back at from its end without a second model in memory; None if unknown."""

    def base(self) -> dict[str, Tensor]:
        """Samples of what the space stands on but does not contain: the frozen weights under each LoRA layer."""

    def curvature(self, form: str, rank: int) -> Curvature:
        """A fresh accumulator for the Fisher pass."""

    def ones(self, form: str) -> dict[str, Tensor]:
        """F = 1 everywhere, in the tensors of that form: L2-SP."""

    def attach(self, anchors: Sequence[Anchor], device: torch.device) -> list[str]:
        """Check that the anchors belong to this model and take them to the device; raises AnchorError.

        Returns what a user has to know of how they were matched, one sentence each.
        """

    def earlier(self) -> tuple[tuple[Mapping[str, Tensor], ...], tuple[Term, ...]]:
        """The attached anchors' centres and terms, in the coordinates of the live model."""

    def penalty(self, strength: float) -> Penalty:
        """Value and gradients at the live weights; zero exactly at the anchor."""

    def predicted(self) -> dict[str, float]:
        """½δᵀFδ in nats per token since the newest attached θ*, by its own newest term, for each layer or parameter."""

    def drift(self) -> Drift:
        """The update since the newest attached θ*."""

    def looking_back(self, start: Mapping[str, Tensor], term: Term) -> tuple[Drift, dict[str, float]]:
        """From here back to a `start`: the direction, and ½δᵀFδ of a term whose centre is here, layer by layer."""
