"""How far has the model moved, weighted by what it knew? Quadratic penalties in closed form; pure torch, no host.

    P(θ) = ½ λ δᵀ F δ,  δ = θ − θ*        (Kirkpatrick et al. 2017, eq. 3, with F per supervised token)

F per token makes ½ δᵀFδ a prediction of KL(old ‖ new) in nats per token, so λ is in nats of predicted KL per nat of
task loss. Values and gradients are without autograd, float32 (or float64, as given), and zero exactly at the anchor.
A penalty runs once per optimiser step and its cost on a GPU is the number of launches: every function takes leading
dimensions, so that layers of equal shape are stacked and handled by one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ewc_plugin.products import wide


@dataclass(frozen=True)
class LowRank:
    """A LoRA update ΔW = scaling · B A, with A (…, r, i) and B (…, o, r); `scaling` may be a tensor (…, 1, 1)."""

    A: Tensor
    B: Tensor
    scaling: float | Tensor = 1.0

    @property
    def scaled(self) -> Tensor:
        """S = scaling · B."""
        B = wide(self.B)
        return B if isinstance(self.scaling, float) and self.scaling == 1.0 else self.scaling * B


@dataclass(frozen=True)
class Factor:
    """U Uᵀ + diag(d), with U (…, n, k) and d (…, n): one half of a Kronecker product, in any floating dtype."""

    U: Tensor
    d: Tensor


@dataclass(frozen=True)
class FactoredTerm:
    """F ≈ u vᵀ / Σu, from its row sums u (…, o) and column sums v (…, i): exact when F has rank one."""

    rows: Tensor
    columns: Tensor

    @cached_property
    def shares(self) -> Tensor:
        """Row sums over their total; zero for a layer that no example of the old data reached."""
        rows = wide(self.rows)
        return rows / rows.sum(-1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)


@dataclass(frozen=True)
class DenseTerm:
    """The diagonal of F itself, (…, o, i)."""

    fisher: Tensor


@dataclass(frozen=True)
class KroneckerTerm:
    """F ≈ G ⊗ C: δᵀFδ = tr(DᵀG D C) for a drift D (…, o, i), G over outputs, C over inputs (Martens, Grosse 2015)."""

    G: Factor
    C: Factor


Term = FactoredTerm | DenseTerm | KroneckerTerm
Gradient = tuple[Tensor, Tensor, Tensor]


def weight_penalty(theta: Tensor, anchor: Tensor, fisher: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """½ λ Σ F (θ − θ*)² and its gradient λ F (θ − θ*); all shapes alike."""
    drift = theta - anchor
    gradient = strength * fisher * drift
    return 0.5 * (gradient * drift).sum(), gradient


def drift_penalty(drift: Tensor, terms: Sequence[Term], strength: float) -> tuple[Tensor, Tensor]:
    """½ λ Σ_terms DᵀFD over all leading dimensions, and its gradient λ F D, for a dense drift D (…, o, i)."""
    D = wide(drift)
    gradient = torch.zeros_like(D)
    for term in terms:
        gradient += term.fisher.to(D) * D if isinstance(term, DenseTerm) else _right(_left(D, term), term)
    gradient *= strength
    return 0.5 * (gradient * D).sum(), gradient


def difference(live: LowRank, anchor: LowRank) -> tuple[Tensor, Tensor]:
    """B̄ = [sB − s*B*, s*B*] (…, o, 2r) and Ā = [A; A − A*] (…, 2r, i), so that B̄Ā = sBA − s*B*A*.

    The obvious [sB, −s*B*] [A; A*] cancels catastrophically near the anchor (7 % error at a drift of 0.1 % in float32).
    Ranks may differ: the smaller update is padded with zeros.
    """
    rank = max(live.A.shape[-2], anchor.A.shape[-2])
    A, A0 = _rows_to(rank, wide(live.A)), _rows_to(rank, wide(anchor.A).to(live.A.device))
    S, S0 = _rows_to(rank, live.scaled.mT).mT, _rows_to(rank, anchor.scaled.to(live.A.device).mT).mT
    return torch.cat([S - S0, S0], dim=-1), torch.cat([A, A - A0], dim=-2)


def delta_penalty(live: LowRank, anchor: LowRank, terms: Sequence[Term], strength: float) -> Gradient:
    """½ λ Σ_terms DᵀFD with D = sBA − s*B*A*, and its gradients with respect to A and B.

    The value is over all leading dimensions (0-d), the gradients have the shapes of A and B. D is formed for dense
    terms only, from `difference`.
    """
    broad, tall = difference(live, anchor)
    steps = [
        _dense(broad, tall, term, strength) if isinstance(term, DenseTerm) else _product(broad, tall, term, strength)
        for term in terms
    ]
    value, grad_A, grad_S = (sum(parts[1:], start=parts[0]) for parts in zip(*steps, strict=True))
    own = live.A.shape[-2]
    return 0.5 * value, grad_A[..., :own, :], live.scaling * grad_S[..., :own]


def _product(broad: Tensor, tall: Tensor, term: FactoredTerm | KroneckerTerm, strength: float) -> Gradient:
    """λ tr[(B̄ᵀ G B̄)(Ā C Āᵀ)], and its halved gradients with respect to A and S = sB."""
    rank = tall.shape[-2] // 2
    weighted_broad = _left(broad, term) * strength
    weighted_tall = _right(tall, term)
    P, Q = broad.mT @ weighted_broad, weighted_tall @ tall.mT  # (…, 2r, 2r), both symmetric
    # S = (S − S*) + S*, so SᵀGB̄ is the sum of the two halves of P; A is the upper half of Ā, so ĀCAᵀ is that of Q
    SGB = P[..., :rank, :] + P[..., rank:, :]
    return (P * Q).sum(), SGB @ weighted_tall, weighted_broad @ Q[..., :rank]


def _dense(broad: Tensor, tall: Tensor, term: DenseTerm, strength: float) -> Gradient:
    rank = tall.shape[-2] // 2
    drift = broad @ tall
    weighted = term.fisher.to(drift) * drift * strength
    S = broad[..., :rank] + broad[..., rank:]
    return (weighted * drift).sum(), S.mT @ weighted, weighted @ tall[..., :rank, :].mT


def _left(matrix: Tensor, term: FactoredTerm | KroneckerTerm) -> Tensor:
    """G · matrix (…, o, m)."""
    if isinstance(term, FactoredTerm):
        return term.shares.to(matrix).unsqueeze(-1) * matrix
    U, scaled = term.G.U.to(matrix), term.G.d.to(matrix).unsqueeze(-1) * matrix
    return _plus(scaled, U, U.mT @ matrix)


def _right(matrix: Tensor, term: FactoredTerm | KroneckerTerm) -> Tensor:
    """Matrix (…, m, i) · C."""
    if isinstance(term, FactoredTerm):
        return matrix * term.columns.to(matrix).unsqueeze(-2)
    U, scaled = term.C.U.to(matrix), matrix * term.C.d.to(matrix).unsqueeze(-2)
    return _plus(scaled, matrix @ U, U.mT)


def _plus(start: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """Start + left · right in one launch."""
    if start.dim() == 2:
        return torch.addmm(start, left, right)
    shape = start.shape
    flat = (part.reshape(-1, *part.shape[-2:]) for part in (start, left, right))
    return torch.baddbmm(*flat).reshape(shape)


def _rows_to(rank: int, matrix: Tensor) -> Tensor:
    missing = rank - matrix.shape[-2]
    return torch.nn.functional.pad(matrix, (0, 0, 0, missing)) if missing else matrix
