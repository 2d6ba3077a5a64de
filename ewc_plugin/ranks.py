"""Who else takes part in this run? The few collective operations that we need, for one process or many."""

import socket
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor

from ewc_plugin.errors import EwcError

T = TypeVar("T")


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


class OtherRankError(EwcError):
    """What is wrong on another process, most often on another machine; this one would wait for it in vain."""


def together(ranks: Ranks, act: Callable[[], T]) -> T:
    """What `act` gives here. Where it fails on one rank, it fails on every rank, before they wait for one another.

    For what each rank looks up by itself: two machines may have two disks. `act` must not communicate.
    """
    if ranks.world_size == 1:
        return act()
    result: T | None = None
    failure: Exception | None = None
    try:
        result = act()
    except Exception as error:  # of whatever kind: it is raised again, after the others were told
        failure = error
    told = [] if failure is None else [f"rank {ranks.rank} on {socket.gethostname()}: {failure}"]
    others: list[str] = ranks.broadcast(ranks.gather(told))
    if failure is not None:
        raise failure
    if others:
        raise OtherRankError(
            f"{len(others)} of {ranks.world_size} ranks",
            expected="that every machine finds what the stage needs",
            found="; ".join(other.rstrip(".") for other in others),
            remedy="Machines without a shared folder need a copy each of dataset_dir, model and the stage before, "
            "under the same path. Or put them into a shared folder.",
        )
    return cast(T, result)  # None only where that is what `act` gives


def require_alike(ranks: Ranks, describe: Callable[[], dict[str, Any]]) -> None:
    """Raise on every rank when what one of them sees under a name is not what rank 0 sees."""
    if ranks.world_size == 1:
        return
    own = together(ranks, describe)
    first: dict[str, Any] = ranks.broadcast(own)
    names = sorted(name for name in own.keys() | first.keys() if own.get(name) != first.get(name))

    def compare() -> None:
        if names:
            raise OtherRankError(
                f"rank {ranks.rank} on {socket.gethostname()}",
                expected="the same files as rank 0",
                found=f"others, or none, for {', '.join(names)}",
                remedy="Copy dataset_dir from the first machine, or put it into a shared folder.",
            )

    together(ranks, compare)
