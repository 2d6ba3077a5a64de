"""Which share of the work is this process's? As torchrun and accelerate number processes: RANK of WORLD_SIZE.

What is shared out is decided by the data alone, so that the result is the same for any number of processes. They meet
at few places (`wait`, `agreed`) through gloo, whatever device they work on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from converters.contract import SourceError

T = TypeVar("T")
PATIENCE = timedelta(days=7)  # the slowest of them may have hours more to do


@dataclass(frozen=True)
class Shard:
    """Process `rank` of `count`, and the number that it has on its own machine."""

    rank: int = 0
    count: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, work: Sequence[T]) -> Sequence[T]:
        """Every `count`-th piece: neighbours in length, and so in cost, go to different processes."""
        return work[self.rank :: self.count]

    def wait(self) -> None:
        """Until every process has come here."""
        if self.count > 1:
            _group().barrier()

    def decided(self, act: Callable[[], T]) -> T:
        """What the first process finds, for all; what it refuses, all refuse."""
        found: T | None = None
        refusal: SourceError | None = None
        if self.first:
            try:
                found = act()
            except SourceError as error:
                refusal = error
        found, refusal = self.agreed((found, refusal))
        if refusal is not None:
            raise refusal if self.first else SystemExit(2)  # one of them says why
        return cast(T, found)

    def agreed(self, value: T) -> T:
        """What the first process has of it, for all."""
        if self.count == 1:
            return value
        box: list[T] = [value]
        _group().broadcast_object_list(box, src=0)
        return box[0]


def here() -> Shard:
    """This process among those that a launcher started; the only one without a launcher."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    rank, count, local = (int(os.environ.get(name) or default) for name, default in zip(names, (0, 1, 0), strict=True))
    if not 0 <= rank < count:
        raise SourceError("RANK and WORLD_SIZE", expected="a rank below the number", found=f"{rank} and {count}")
    return Shard(rank, count, local)


def _group() -> Any:
    import torch.distributed as distributed

    if not distributed.is_initialized():
        if not os.environ.get("MASTER_ADDR"):
            raise SourceError(
                "RANK and WORLD_SIZE",
                expected="processes that a launcher started (it sets MASTER_ADDR)",
                found="no MASTER_ADDR",
                remedy="torchrun --nproc-per-node 2 -m converters …",
            )
        distributed.init_process_group("gloo", timeout=PATIENCE)
    return distributed
