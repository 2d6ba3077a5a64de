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

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from ewc_plugin.curvature import features, require_positions
from ewc_plugin.products import ROUNDING, OfSameInputs, accumulate, alike, inner, norms, product, scaled

SEED = 20170  # of Ω; any number, but the same on every rank
OVERSAMPLING = 8  # Ω has 2·rank + 8 columns: with rank + 8 the error is half as large again (eigenvalues ∝ 1/n)


class KroneckerCurvature:
    """Sums Y = MΩ and diag M of G and C, and tr F, of some linear maps; `finish` gives `rank` columns of U."""

    reduced = False

    def __init__(self, modules: Mapping[str, nn.Module], rank: int) -> None:
        self._modules, self._rank = dict(modules), rank
        self._tests: dict[object, Tensor] = {}
        self._grams: OfSameInputs[Tensor] = OfSameInputs()
        self._sketched: OfSameInputs[Tensor] = OfSameInputs()
        self.sums: dict[str, Tensor] = {}

    def watch(self) -> list[tuple[str, nn.Module]]:
        return list(self._modules.items())

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        require_positions(name, inputs)
        a, g = alike(inputs, gradients)
        sketched = self._sketched.of(inputs, lambda: product(a.flatten(0, -2), self._test(a)))
        squares, trace = gradient_norms(a, g, lambda: self._grams.of(inputs, lambda: product(a, a.mT)))
        self._sum(f"{name}.trace", trace).add_(trace)
        a, g = a.flatten(0, -2), g.flatten(0, -2)
        self._add(f"{name}.G", g, product(g, self._test(g)), norms(g, 0))
        # Σ ‖g‖² a (aᵀΩ): the weights go to the short side
        self._add(f"{name}.C", a, sketched * squares, norms(scaled(a, squares.sqrt()), 0))

    def close_batch(self) -> None:
        """Nothing is pending: the sums are over positions."""
        self._grams.forget()
        self._sketched.forget()

    def complete(self, device: torch.device) -> None:
        for name, module in self._modules.items():
            for side, width in zip("CG", features(module), strict=True):
                nothing = torch.zeros(1, width, device=device)
                if f"{name}.{side}.d" not in self.sums:
                    self._add(f"{name}.{side}", nothing, nothing @ self._test(nothing), nothing[0])
                    self._sum(f"{name}.trace", nothing[0, 0])

    def finish(self, sums: Mapping[str, Tensor], units: float) -> dict[str, Tensor]:
        terms: dict[str, Tensor] = {}
        for name in self._modules:
            products = sums[f"{name}.C.d"].sum()  # Σ ‖g‖²‖a‖²
            factors = {"G": sums[f"{name}.trace"] / products / units, "C": 1 / sums[f"{name}.G.d"].sum()}
            for side, factor in factors.items():
                key = f"{name}.{side}"
                share = torch.where(products > 0, factor, 0)
                diagonal = sums[f"{key}.d"] * share
                terms[f"{key}.U"], terms[f"{key}.d"] = low_rank(
                    sums[f"{key}.Y"] * share, diagonal, test=self._test(diagonal), rank=self._rank
                )
        return terms

    def _add(self, key: str, rows: Tensor, columns: Tensor, diagonal_roots: Tensor) -> None:
        """Y += rowsᵀ · columns and diag M += the squares of the roots."""
        diagonal = self._sum(f"{key}.d", diagonal_roots)
        diagonal.addcmul_(diagonal_roots, diagonal_roots)
        found = self.sums.get(f"{key}.Y")
        if found is None:
            found = self.sums[f"{key}.Y"] = columns.new_zeros(rows.shape[1], columns.shape[1])
        accumulate(found, rows, columns)

    def _sum(self, key: str, like: Tensor) -> Tensor:
        """The sum of that name, zeros at first."""
        if key not in self.sums:
            self.sums[key] = torch.zeros_like(like)
        return self.sums[key]

    def _test(self, like: Tensor) -> Tensor:
        """Ω for rows like these, in their precision: every one holds it exactly."""
        key = (like.shape[-1], like.dtype)
        if key not in self._tests:
            self._tests[key] = sketch_matrix(like.shape[-1], rank=self._rank).to(like)
        return self._tests[key]


def gradient_norms(a: Tensor, g: Tensor, gram: Callable[[], Tensor]) -> tuple[Tensor, Tensor]:
    """‖g_nt‖² of each position (b · t, 1), and Σ_n ‖Σ_t g_nt a_ntᵀ‖² (0-d).

    For inputs a (b, t, i), a function that gives their Gram matrices (b, t, t), and gradients g (b, t, o). From two
    Gram matrices, or for long examples from the product itself, one at a time, whichever is less work.
    """
    if a.shape[1] * (a.shape[2] + g.shape[2]) <= a.shape[2] * g.shape[2]:
        own = product(g, g.mT)
        return own.diagonal(dim1=-2, dim2=-1).reshape(-1, 1), inner(gram(), own)
    each = (product(one.mT, other) for one, other in zip(g, a, strict=True))
    squares = norms(g, -1).square().reshape(-1, 1)
    return squares, torch.stack([inner(one, one) for one in each]).sum()


def sketch_matrix(width: int, *, rank: int) -> Tensor:
    """Ω (width, m): nearly orthonormal, the same everywhere; the identity where the rank nearly reaches the width.

    It depends on the width only: all that matters is that it knows nothing of the data, and one matrix then serves
    every layer. Its entries are numbers that bfloat16 holds, so that it is the same in every precision.
    """
    columns = 2 * rank + OVERSAMPLING
    if columns >= width:
        return torch.eye(width, dtype=torch.float64)
    generator = torch.Generator().manual_seed(SEED + width)
    orthonormal, _ = torch.linalg.qr(torch.randn(width, columns, generator=generator, dtype=torch.float64))
    found: Tensor = orthonormal.bfloat16().double()
    return found


def low_rank(sketch: Tensor, diagonal: Tensor, *, test: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """U (n, min(rank, n)) and d (n,) with U Uᵀ + diag(d) ≈ M, from Y = MΩ and diag M of a positive semidefinite M.

    The diagonal is exact. In float64 within: ΩᵀY is nearly singular where M has a lower rank than Ω, so it is shifted
    by the rounding that Y carries, and the shift is taken out of the eigenvalues again.
    """
    Y, omega, wanted = sketch.double(), test.double(), diagonal.double()
    width = min(rank, len(wanted))
    noise = (torch.finfo(sketch.dtype).eps if sketch.dtype == torch.float64 else ROUNDING) * Y.norm()
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
        values, vectors = _eigh(Y)
        return values.flip(0), vectors.flip(1)
    shifted = Y + shift * omega
    inner_values, basis = _eigh(omega.mT @ shifted)
    root = shifted @ (basis * inner_values.clamp_min(shift / 2).rsqrt())
    # the singular values of `root` from its small Gram matrix: what that loses is no more than the shift
    squares, turn = _eigh(root.mT @ root)
    squares, turn = squares.flip(0).clamp_min(shift), turn.flip(1)
    return squares - shift, (root @ turn) * squares.rsqrt()


def _eigh(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Of a small symmetric matrix, on the CPU: at the default rank a GPU takes longer to begin than a CPU to end."""
    values, vectors = torch.linalg.eigh(((matrix + matrix.mT) / 2).cpu())
    return values.to(matrix.device), vectors.to(matrix.device)
