"""How are a bfloat16 model's tensors multiplied and squared as if they were float32, at the speed of bfloat16?

A product of two bfloat16 numbers is exact in float32, and a GPU's matrix units add such products up in float32. So what
the model computed is taken as it is, and only the sums are wide, at an eighth of the time that widening first would
take. What is rounded besides says so: the second factor of `accumulate` to 16 bits, `scaled` rows to 8. Elsewhere (CPU,
float16, whose exponents are too short, and mixed operands) everything is widened.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import torch
from torch import Tensor

Made = TypeVar("Made")
# a product that gives float32 of bfloat16 came with torch 2.8, and was tried on NVIDIA's GPUs only
WIDE_RESULTS = "dtype" in torch.ops.aten.mm.overloads() and torch.version.hip is None  # type: ignore[no-untyped-call]
ROUNDING = 2.0**-18  # relative, of the sums that are made here from bfloat16 or over very many float32 terms


def wide(tensor: Tensor) -> Tensor:
    """Float32 whatever the model computes in; float64 stays."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def alike(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Both as they are where their products are exact, else both wide."""
    if WIDE_RESULTS and first.is_cuda and first.dtype == second.dtype == torch.bfloat16:
        return first, second
    return wide(first), wide(second)


def product(left: Tensor, right: Tensor) -> Tensor:
    """Left · right in float32 (float64 stays), for (n, k) and (k, m) or (b, n, k) and (b, k, m) as `alike` gives."""
    if left.dtype != torch.bfloat16 or not left.is_cuda:
        return wide(left) @ wide(right)
    multiply = torch.mm if left.dim() == 2 else torch.bmm
    return multiply(left, right, out_dtype=torch.float32)


def accumulate(total: Tensor, rows: Tensor, columns: Tensor) -> None:
    """total += rowsᵀ · columns (w, m), for rows (n, w) as `alike` gives and columns (n, m) in float32 or float64.

    With bfloat16 rows the columns are split into two bfloat16 parts that hold 16 bits of each number.
    """
    if rows.dtype != torch.bfloat16:
        total.addmm_(rows.mT, columns)
        return
    width = columns.shape[1]
    both = columns.new_empty(len(columns), 2 * width, dtype=torch.bfloat16)
    both[:, :width].copy_(columns)
    torch.sub(columns, both[:, :width], out=both[:, width:])
    upper, lower = product(rows.mT, both).chunk(2, dim=1)
    total.add_(upper).add_(lower)


def scaled(rows: Tensor, factors: Tensor) -> Tensor:
    """Rows · factors in the precision of `rows`, rounded once; factors (…, 1) are wide."""
    return torch.mul(rows, factors, out=torch.empty_like(rows))


def norms(tensor: Tensor, dim: int) -> Tensor:
    """Euclidean norms along `dim`, summed in float32 (float64 stays)."""
    kind = torch.float64 if tensor.dtype == torch.float64 else torch.float32
    found: Tensor = torch.linalg.vector_norm(tensor, dim=dim, dtype=kind)
    return found


def inner(left: Tensor, right: Tensor) -> Tensor:
    """Σ left ∘ right, 0-d, without writing the products down."""
    return torch.dot(left.flatten(), right.flatten())


class OfSameInputs(Generic[Made]):
    """What was made of the last inputs, made once where several maps (q, k, v; gate, up) read the same ones."""

    def __init__(self) -> None:
        self._held: tuple[Tensor, int, Made] | None = None

    def of(self, inputs: Tensor, make: Callable[[], Made]) -> Made:
        """What `make` makes, or made when it was last asked for these inputs: the same memory, unchanged since."""
        if self._held is None or not self._same(inputs, *self._held[:2]):
            # the inputs are held too, so that nothing else can come to lie where they are
            self._held = inputs, inputs._version, make()
        return self._held[2]

    def forget(self) -> None:
        self._held = None

    @staticmethod
    def _same(inputs: Tensor, held: Tensor, version: int) -> bool:
        same = inputs.data_ptr() == held.data_ptr() and inputs._version == version
        return same and inputs.shape == held.shape and inputs.stride() == held.stride() and inputs.dtype == held.dtype
