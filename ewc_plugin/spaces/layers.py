"""How is a Kronecker term of a LoRA stage taken in the full weights? Layer by layer, each layer on one rank.

A slice of a weight is not enough for G D C, so a rank has whole layers instead: θ*, G and C of its own, nothing of the
others. Their gradients are whole on that rank and nowhere else, which the mean over ranks makes exact.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ewc_plugin import masters
from ewc_plugin.anchor import Term
from ewc_plugin.penalty import KroneckerTerm, drift_penalty
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces.inherited import kronecker_term, layers_of


class LayerTerms:
    """The Kronecker terms of some parameters; `terms` by their number among all terms of the anchors."""

    def __init__(
        self,
        parameters: Mapping[str, nn.Parameter],
        terms: Mapping[int, Term],
        centres: Sequence[Mapping[str, Tensor]],
        ranks: Ranks,
    ) -> None:
        self._parameters = parameters
        names = [name for name in parameters if any(name in layers_of(term) for term in terms.values())]
        self._names = names
        self._own = set(names[ranks.rank :: ranks.world_size])
        self._held: dict[str, dict[int, tuple[Tensor, KroneckerTerm]]] = {name: {} for name in self._own}
        for index, term in terms.items():
            for name in sorted(self._own & layers_of(term)):
                device = parameters[name].device
                theta = centres[term.centre][name].to(device, torch.float32)
                self._held[name][index] = (theta, kronecker_term(term, name, device))

    def penalty(self, strength: float, *, only: int | None = None) -> dict[str, tuple[Tensor, Tensor]]:
        """Value and whole gradient of each of this rank's layers; of one term or of all. A collective in ZeRO-3."""
        found = {}
        for name in self._names:
            (live,) = masters.read([self._parameters[name]])
            if name in self._own:
                found[name] = self._of_layer(live, self._held[name], strength, only)
        return found

    @staticmethod
    def _of_layer(
        live: Tensor, held: Mapping[int, tuple[Tensor, KroneckerTerm]], strength: float, only: int | None
    ) -> tuple[Tensor, Tensor]:
        value, gradient = torch.zeros((), device=live.device), torch.zeros_like(live)
        for index, (theta, term) in held.items():
            if only in (None, index):
                added, slope = drift_penalty(live - theta, [term], strength)
                value, gradient = value + added, gradient + slope
        return value, gradient
