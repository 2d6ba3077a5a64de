"""How are tensors handled that no rank holds whole? As slices of the flattened tensor, put together one at a time."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ewc_plugin.curvature import WeightCurvature
from ewc_plugin.masters import Share, even_slice
from ewc_plugin.ranks import Ranks
from ewc_plugin.tensors import Lazy


def assembled(share: Share, shape: torch.Size, ranks: Ranks) -> Tensor:
    """The whole tensor from all ranks' shares: zeros but for one's own, summed. A collective."""
    whole = torch.zeros(shape.numel(), dtype=share.values.dtype, device=share.values.device)
    whole[share.start : share.stop] = share.values
    return ranks.sum(whole).view(shape)


def part(tensors: Mapping[str, Tensor], name: str, start: int, stop: int) -> Tensor:
    """Entries [start, stop) of a flattened tensor; from a file no more than these are read."""
    read: Any = getattr(tensors, "slice", None)
    found: Tensor = tensors[name].reshape(-1)[start:stop] if read is None else read(name, start, stop)
    return found


def shape_in(tensors: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    """The shape of a tensor; from a file without reading it."""
    read: Any = getattr(tensors, "shape", None)
    return tuple(tensors[name].shape if read is None else read(name))


class SlicedCurvature(WeightCurvature):
    """Sums of squared gradients of which each rank keeps an even slice of every parameter."""

    def __init__(self, model: nn.Module, ranks: Ranks, shapes: Mapping[str, torch.Size]) -> None:
        super().__init__(model, keep=self._keep_slice)
        self._ranks, self._shapes = ranks, shapes

    def complete(self, device: torch.device) -> None:
        # no collective: the ranks need not go through what no example reached in the same order
        for name in self._shapes.keys() - self.sums.keys():
            start, stop = even_slice(self._shapes[name].numel(), self._ranks)
            self.sums[name] = torch.zeros(stop - start, device=device)

    def finish(self, sums: Mapping[str, Tensor], units: float) -> dict[str, Tensor]:
        """F, each tensor put together when it is asked for."""

        def whole(name: str) -> Tensor:
            start, _ = even_slice(self._shapes[name].numel(), self._ranks)
            return assembled(Share(start, sums[name]), self._shapes[name], self._ranks) / units

        return Lazy(sorted(sums), whole)  # type: ignore[return-value]  # read by name and in order only

    def _keep_slice(self, name: str, contribution: Tensor) -> Tensor:
        start, stop = even_slice(contribution.numel(), self._ranks)
        return self._ranks.sum(contribution).reshape(-1)[start:stop]
