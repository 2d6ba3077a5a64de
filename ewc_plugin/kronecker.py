"""How is F kept as a Kronecker product G ⊗ C of a linear map, without ever forming G or C?

    C = Σ ‖g‖² a aᵀ / Σ ‖g‖²,   G = κ Σ g gᵀ / T        (K-FAC of Martens and Grosse 2015, with weighted inputs)

over all positions, a (i,) the input and g (o,) the output gradient of the *summed* label log-probabilities of the
example. Padding, and whatever follows the last supervised position, has g = 0 and so no weight in C; with unweighted
inputs, long prompts would dilute it. K-FAC takes an example's positions for independent; κ = tr F · T / Σ ‖g‖²‖a‖² puts
right what that does to the trace (measured: 1.0 to 1.6 in trained small models, most for keys; up to 15 in random ones,
whose random directions were predicted 25 % too low). So tr G · tr C = tr F, from each example's gradient as a whole.

Both are kept as U Uᵀ + diag(d), from one pass that sums Y = MΩ, for a seeded Gaussian Ω, and diag M. Both are
linear in M and so do not depend on the order of the data, the size of a micro-batch or the number of ranks. `finish`
makes U from Y (Nyström: Tropp, Yurtsever, Udell, Cevher 2017, algorithm 3) and d as what the diagonal still lacks:
never negative, because a Nyström approximation is below its matrix. Exact where the rank reaches the dimension.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ewc_plugin.curvature import add, features
from ewc_plugin.fisher import wide

SEED = 20170  # of Ω; any number, but the same on every rank
OVERSAMPLING = 8  # Ω has 2·rank + 8 columns: with rank + 8 the error is half as large again (eigenvalues ∝ 1/n)


class KroneckerCurvature:
    """Sums Y = MΩ and diag M of G and C, and tr F, of some linear maps; `finish` gives `rank` columns of U."""

    reduced = False

    def __init__(self, modules: Mapping[str, nn.Module], rank: int) -> None:
        self._modules, self._rank = dict(modules), rank
        self._tests: dict[int, Tensor] = {}
        self.sums: dict[str, Tensor] = {}

    def watch(self) -> list[tuple[str, nn.Module]]:
        return list(self._modules.items())

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        g, a = wide(gradients).flatten(0, -2), wide(inputs).flatten(0, -2)
        add(self.sums, f"{name}.trace", gradient_norms(inputs, gradients))
        self._add(f"{name}.G", g)
        self._add(f"{name}.C", a * g.square().sum(-1, keepdim=True).sqrt())

    def close_batch(self) -> None:
        """Nothing is pending: the sums are over positions."""

    def complete(self, device: torch.device) -> None:
        for name, module in self._modules.items():
            for side, width in zip("CG", features(module), strict=True):
                if f"{name}.{side}.d" not in self.sums:
                    self._add(f"{name}.{side}", torch.zeros(1, width, device=device))
                    self.sums[f"{name}.trace"] = torch.zeros((), device=device)

    def finish(self, sums: Mapping[str, Tensor], tokens: int) -> dict[str, Tensor]:
        terms: dict[str, Tensor] = {}
        for name in self._modules:
            products = sums[f"{name}.C.d"].sum()  # Σ ‖g‖²‖a‖²
            factors = {"G": sums[f"{name}.trace"] / products / tokens, "C": 1 / sums[f"{name}.G.d"].sum()}
            for side, factor in factors.items():
                key = f"{name}.{side}"
                share = torch.where(products > 0, factor, 0)
                diagonal = sums[f"{key}.d"] * share
                terms[f"{key}.U"], terms[f"{key}.d"] = low_rank(
                    sums[f"{key}.Y"] * share, diagonal, test=self._test(len(diagonal), diagonal), rank=self._rank
                )
        return terms

    def _add(self, key: str, rows: Tensor) -> None:
        """Adds Mᵢ = Σ x xᵀ over the rows x (n, width)."""
        test = self._test(rows.shape[-1], rows)
        if f"{key}.Y" not in self.sums:
            self.sums[f"{key}.Y"], self.sums[f"{key}.d"] = torch.zeros_like(test), torch.zeros_like(rows[0])
        self.sums[f"{key}.Y"].addmm_(rows.mT, rows @ test)
        self.sums[f"{key}.d"] += rows.square().sum(0)

    def _test(self, width: int, like: Tensor) -> Tensor:
        found = self._tests.get(width)
        if found is None:
            found = self._tests[width] = sketch_matrix(width, rank=self._rank).to(like)
        return found


def gradient_norms(inputs: Tensor, gradients: Tensor) -> Tensor:
    """Σ_n ‖Σ_t g_nt a_ntᵀ‖², 0-d, for inputs (b, t, i) and gradients (b, t, o).

    From two t × t Gram matrices, or for long examples from the product itself, whichever is less work. In bfloat16
    where the model is: a sum of very many products, of which float32 keeps the total.
    """
    kind = inputs.dtype if inputs.dtype == torch.bfloat16 else wide(inputs).dtype
    a, g = inputs.to(kind), gradients.to(kind)
    if a.shape[1] * (a.shape[2] + g.shape[2]) <= a.shape[2] * g.shape[2]:
        return torch.sum(wide(a @ a.mT) * wide(g @ g.mT))
    return torch.stack([wide(one.mT @ other).square().sum() for one, other in zip(g, a, strict=True)]).sum()


def sketch_matrix(width: int, *, rank: int) -> Tensor:
    """Ω (width, m): orthonormal, the same on every rank; the identity where the rank nearly reaches the width.

    It depends on the width only: all that matters is that it knows nothing of the data, and one matrix then serves
    every layer.
    """
    columns = 2 * rank + OVERSAMPLING
    if columns >= width:
        return torch.eye(width, dtype=torch.float64)
    generator = torch.Generator().manual_seed(SEED + width)
    orthonormal, _ = torch.linalg.qr(torch.randn(width, columns, generator=generator, dtype=torch.float64))
    found: Tensor = orthonormal
    return found


def low_rank(sketch: Tensor, diagonal: Tensor, *, test: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """U (n, min(rank, n)) and d (n,) with U Uᵀ + diag(d) ≈ M, from Y = MΩ and diag M of a positive semidefinite M.

    The diagonal is exact. In float64 within: ΩᵀY is nearly singular where M has a lower rank than Ω, so it is shifted
    by the rounding that Y carries, and the shift is taken out of the eigenvalues again.
    """
    Y, omega, wanted = sketch.double(), test.double(), diagonal.double()
    width = min(rank, len(wanted))
    noise = torch.finfo(sketch.dtype).eps * Y.norm()
    if noise == 0:  # a layer that no example reached
        return sketch.new_zeros(len(wanted), width), diagonal.clone()
    values, vectors = _nystrom(Y, omega, shift=noise)
    U = vectors[:, :width] * values[:width].clamp_min(0).sqrt()
    # rounding may take a row past the diagonal: shrink it to that, which keeps U Uᵀ + diag(d) semidefinite and exact
    rows = U.square().sum(1)
    U = U * (wanted / rows.clamp_min(torch.finfo(rows.dtype).tiny)).clamp_max(1).sqrt().unsqueeze(1)
    return U.to(sketch), (wanted - U.square().sum(1)).clamp_min(0).to(sketch)


def _nystrom(Y: Tensor, omega: Tensor, *, shift: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues, largest first, and eigenvectors of Y (ΩᵀY)⁻¹ Yᵀ."""
    if omega.shape[0] == omega.shape[1]:  # Ω = 1: Y is M itself
        values, vectors = torch.linalg.eigh((Y + Y.mT) / 2)
        return values.flip(0), vectors.flip(1)
    shifted = Y + shift * omega
    core = omega.mT @ shifted
    inner, basis = torch.linalg.eigh((core + core.mT) / 2)
    root = shifted @ (basis * inner.clamp_min(shift / 2).rsqrt())
    vectors, singular, _ = torch.linalg.svd(root, full_matrices=False)
    return singular.square() - shift, vectors
