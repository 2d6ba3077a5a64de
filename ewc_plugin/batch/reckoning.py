"""How many sequences make up `batch_tokens`, and how do the GPUs share them? Pure arithmetic.

The number of sequences of an optimiser step is a multiple of 8, or a power of two below: 1, 2, 4 and 8 GPUs then train
with the very same one.
"""

import math
from dataclasses import dataclass

from ewc_plugin.errors import ArgumentsError

COMMON = 8  # GPUs of a machine
FARTHEST = 1.5  # times what was asked, or that part of it: beyond, it is no longer the batch that was meant


@dataclass(frozen=True)
class Length:
    """Mean tokens of what a batch is counted in, which no padding enters; `half_width` of its 95 % interval."""

    tokens: float
    how: str
    half_width: float = 0.0
    unit: str = "sequence"


@dataclass(frozen=True)
class Batch:
    """One optimiser step: `world` ranks × `accumulation` micro-batches × `per_device` sequences."""

    asked: int
    length: Length
    world: int
    per_device: int
    accumulation: int
    at_most: int  # per_device_train_batch_size of the recipe

    @property
    def sequences(self) -> int:
        return self.world * self.accumulation * self.per_device

    @property
    def tokens(self) -> float:
        return self.sequences * self.length.tokens

    def sentence(self) -> str:
        """How it was reckoned, for the log."""
        length, unit = self.length, self.length.unit
        parts = f"{self.per_device} × {self.accumulation} accumulated × {self.world} rank{'s' * (self.world != 1)}"
        spread = f" ± {length.half_width:.3g}" if length.half_width else ""
        said = (
            f"batch_tokens: {self.asked:,} asked; {self.sequences} {unit}s a step = {parts}, of {length.tokens:.6g}"
            f"{spread} tokens each ({length.how}): {round(self.tokens):,} tokens, {self.tokens / self.asked - 1:+.1%}"
        )
        if self.sequences != common(self.asked / self.length.tokens):
            said += f"; {self.world} ranks cannot share what 1, 2, 4 or 8 train with, so this is not quite their batch"
        if self.per_device < self.at_most:
            said += f"; per_device_train_batch_size {self.per_device} instead of {self.at_most}, to come out even"
        return said


def reckon(asked: int, length: Length, *, world: int, at_most: int) -> Batch:
    """The batch nearest to `asked` tokens; raises ArgumentsError where that is more than half as many again.

    `world` ranks take one sequence each at least, and at most `at_most` together.
    """
    wanted = asked / length.tokens
    total = common(wanted)
    each = total // world if total % world == 0 else max(1, math.floor(wanted / world + 0.5))
    per_device = max(size for size in range(1, min(at_most, each) + 1) if each % size == 0)
    batch = Batch(asked, length, world, per_device, each // per_device, at_most)
    if _times(batch.tokens, asked) > FARTHEST:
        raise ArgumentsError(
            f"batch_tokens: {asked}",
            expected=f"at least {math.ceil(batch.tokens / FARTHEST)} with {world} rank{'s' * (world != 1)}, "
            f"each of which takes at least one {length.unit} of {length.tokens:.6g} tokens ({length.how})",
            found=f"{asked}, which the nearest batch of {batch.sequences} {length.unit}s misses by "
            f"{batch.tokens / asked - 1:+.0%}",
            remedy="Raise batch_tokens, lower cutoff_len, or use fewer GPUs.",
        )
    return batch


def common(wanted: float) -> int:
    """The number of sequences, of those that 1, 2, 4 and 8 ranks can share, whose ratio to `wanted` is nearest to 1."""
    below = COMMON * int(wanted // COMMON)
    shared = (1, 2, 4, COMMON) if wanted < COMMON else (below, below + COMMON)
    return min(shared, key=lambda count: _times(count, wanted))


def _times(found: float, expected: float) -> float:
    return max(found / expected, expected / found)
