"""In how many bytes are F and θ* of full tuning kept? Float32, half, or 8 bit; on the device or in the CPU's memory.

F is kept to a few per cent (`half`: bfloat16; `8bit`: the fourth root of F as a fraction of its block's maximum).
θ* is not: what is penalised is its small difference from θ. It takes 2 bytes where bfloat16 holds it exactly, which it
does for a model that was published in bfloat16, and 3 bytes else (relative error ≤ 2⁻¹⁶). Each value knows only its
own slice; `load` gives it in float32, a temporary that the caller should not keep.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

Kind = Literal["float32", "half", "8bit"]
BLOCK = 256  # entries of F that share a maximum: 4 more bytes per block
CODES = 255
# a fourth root spreads 255 codes over eleven decades: within a block F spans many, and a linear code would make most 0
POWER = 4


class Stored(Protocol):
    """A flat tensor, kept in fewer bytes or elsewhere."""

    @property
    def bytes(self) -> int:
        """What it takes, temporaries of `load` aside."""
        ...

    def load(self, device: torch.device) -> Tensor:
        """The values, float32, on `device`."""
        ...


@dataclass(frozen=True)
class Plain:
    """As it is: float32, or bfloat16 where that is precise enough."""

    values: Tensor

    @property
    def bytes(self) -> int:
        return self.values.nbytes

    def load(self, device: torch.device) -> Tensor:
        return self.values.to(device, non_blocking=True).float()


@dataclass(frozen=True)
class Blockwise:
    """F ≥ 0 as max · (code/255)⁴ within each block; relative error ≤ 1 % near the maximum, 9 % at 10⁻⁴ of it.

    What is below 10⁻¹¹ of its block's maximum becomes 0.
    """

    codes: Tensor  # uint8
    maxima: Tensor  # float32, one per block
    count: int

    @property
    def bytes(self) -> int:
        return self.codes.nbytes + self.maxima.nbytes

    def load(self, device: torch.device) -> Tensor:
        codes = self.codes.to(device, non_blocking=True).view(-1, BLOCK).float()
        maxima = self.maxima.to(device, non_blocking=True).unsqueeze(1)
        return (codes.div_(CODES).pow_(POWER).mul_(maxima)).view(-1)[: self.count]


@dataclass(frozen=True)
class ThreeBytes:
    """Sign, exponent and 15 bits of mantissa of a float32, rounded to nearest: relative error ≤ 2⁻¹⁶ of each value."""

    upper: Tensor  # int16: what bfloat16 has
    lower: Tensor  # uint8: the next 8 bits of the mantissa

    @property
    def bytes(self) -> int:
        return self.upper.nbytes + self.lower.nbytes

    def load(self, device: torch.device) -> Tensor:
        upper = self.upper.to(device, non_blocking=True).int()
        return (upper << 16 | self.lower.to(device, non_blocking=True).int() << 8).view(torch.float32)


def store_fisher(fisher: Tensor, kind: Kind) -> Stored:
    """F (flat, ≥ 0). `half` is bfloat16, since the exponents of F reach far below those of float16."""
    if kind == "float32":
        return Plain(fisher.float())
    if kind == "half":
        return Plain(fisher.bfloat16())
    count = len(fisher)
    padded = torch.nn.functional.pad(fisher.float(), (0, -count % BLOCK)).view(-1, BLOCK)
    maxima = padded.amax(1)
    fractions = padded / maxima.clamp_min(torch.finfo(torch.float32).tiny).unsqueeze(1)
    codes = fractions.pow(1 / POWER).mul(CODES).round().to(torch.uint8)
    return Blockwise(codes.view(-1), maxima, count)


def store_centre(centre: Tensor, kind: Kind) -> Stored:
    """θ* (flat): in 2 bytes if that is exact, in 3 if not, in 4 with `float32`."""
    if kind == "float32":
        return Plain(centre.float())
    half = centre.bfloat16()
    if torch.equal(half.float(), centre.float()):
        return Plain(half)
    # half of the last bit that is kept, then cut: rounds to nearest; a carry runs on into the exponent as it should
    bits = centre.float().view(torch.int32) + 0x80
    return ThreeBytes((bits >> 16).short(), (bits >> 8 & 0xFF).to(torch.uint8))


def placed(stored: Stored, device: torch.device, *, offload: bool) -> Stored:
    """The same on `device`, or in the CPU's memory, pinned where there is a GPU to copy to."""
    if not offload:
        return _mapped(stored, lambda tensor: tensor.to(device))
    pin = device.type == "cuda"
    return _mapped(stored, lambda tensor: tensor.cpu().pin_memory() if pin else tensor.cpu())


def _mapped(stored: Stored, move: Callable[[Tensor], Tensor]) -> Stored:
    if isinstance(stored, Plain):
        return Plain(move(stored.values))
    if isinstance(stored, Blockwise):
        return Blockwise(move(stored.codes), move(stored.maxima), stored.count)
    assert isinstance(stored, ThreeBytes)  # the three kinds of this file
    return ThreeBytes(move(stored.upper), move(stored.lower))
