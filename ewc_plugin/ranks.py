"""Who else takes part in this run? The few collective operations that we need, for one process or many."""

from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor


class Ranks(Protocol):
    """The processes that share the work. Every rank must make the same calls in the same order."""

    @property
    def rank(self) -> int: ...

    @property
    def world_size(self) -> int: ...

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all ranks, on every rank."""
        ...

    def gather(self, items: list[Any]) -> list[Any]:
        """The items of all ranks, in order of rank, on rank 0; an empty list elsewhere."""
        ...

    def broadcast(self, item: Any) -> Any:
        """Rank 0's item, on every rank."""
        ...

    def barrier(self) -> None:
        """Wait until every rank is here."""
        ...


class OneProcess:
    """A run without torch.distributed."""

    rank = 0
    world_size = 1

    def sum(self, tensor: Tensor) -> Tensor:
        return tensor

    def gather(self, items: list[Any]) -> list[Any]:
        return list(items)

    def broadcast(self, item: Any) -> Any:
        return item

    def barrier(self) -> None:
        pass


class Distributed:
    """The default process group of torch.distributed (gloo or nccl)."""

    def __init__(self) -> None:
        self.rank, self.world_size = dist.get_rank(), dist.get_world_size()
        # gloo reduces on the CPU, nccl on the GPU: a small tensor must lie where its backend works
        self._device = "cuda" if dist.get_backend() == "nccl" else "cpu"

    def sum(self, tensor: Tensor) -> Tensor:
        total = tensor.to(self._device, copy=True).contiguous()
        dist.all_reduce(total)
        return total.to(tensor.device)

    def gather(self, items: list[Any]) -> list[Any]:
        parts: list[Any] | None = [None] * self.world_size if self.rank == 0 else None
        dist.gather_object(list(items), parts, dst=0)
        return [item for part in parts or [] for item in part]

    def broadcast(self, item: Any) -> Any:
        held = [item]
        dist.broadcast_object_list(held, src=0, device=torch.device(self._device))
        return held[0]

    def barrier(self) -> None:
        self.sum(torch.zeros(1))  # dist.barrier would guess a device


def current_ranks() -> Ranks:
    """The process group if there is one."""
    return Distributed() if dist.is_available() and dist.is_initialized() else OneProcess()
