"""How are a bfloat16 model's tensors multiplied and squared as if they were float32, at the speed of bfloat16?

A product of two bfloat16 numbers is exact in float32, and a GPU's matrix units add such products up in float32. So the
inputs are taken as they are, and only the sums are wide: no rounding that widening them first would not have had, at
an eighth of its time. Elsewhere (CPU, float16, whose exponents are too short, and mixed operands) they are widened.
"""

import torch
from torch import Tensor

ROUNDING = 2.0**-18  # relative, of the sums that are made here from bfloat16 or over very many float32 terms


def wide(tensor: Tensor) -> Tensor:
    """Float32 whatever the model computes in; float64 stays."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def alike(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Both as they are where their products are exact, else both wide."""
    if first.is_cuda and first.dtype == second.dtype == torch.bfloat16:
        return first, second
    return wide(first), wide(second)


def product(left: Tensor, right: Tensor) -> Tensor:
    """Left · right in float32 (float64 stays), for (n, k) and (k, m) or (b, n, k) and (b, k, m) as `alike` gives."""
    if left.dtype != torch.bfloat16:
        return left @ right
    multiply = torch.mm if left.dim() == 2 else torch.bmm
    return multiply(left, right, out_dtype=torch.float32)


def transposed_product(rows: Tensor, columns: Tensor) -> Tensor:
    """rowsᵀ · columns (w, m), for rows (n, w) as `alike` gives and columns (n, m) in float32 or float64.

    With bfloat16 rows the columns are split into two bfloat16 parts that hold 16 bits of each number.
    """
    if rows.dtype != torch.bfloat16:
        return rows.mT @ columns
    upper = columns.bfloat16()
    both = torch.cat([upper, (columns - upper).bfloat16()], dim=1)
    first, second = product(rows.mT, both).chunk(2, dim=1)
    return first + second


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
