"""How far has the model moved, weighted by what it knew? Quadratic penalties in closed form; pure torch, no host.

    P(θ) = ½ λ Σᵢ Fᵢ (θᵢ − θᵢ*)²        (Kirkpatrick et al. 2017, eq. 3, with F per supervised token)

F per token makes ½ Σ F δ² a prediction of KL(old ‖ new) in nats per token, so λ is in nats of predicted KL per nat of
task loss. Values and gradients are without autograd, float32 (or float64, as given), and zero exactly at the anchor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LowRank:
    """A LoRA update ΔW = scaling · B A, with A (r, i) and B (o, r)."""

    A: Tensor
    B: Tensor
    scaling: float


@dataclass(frozen=True)
class FactoredTerm:
    """F ≈ u vᵀ / Σu, from its row sums u (o,) and column sums v (i,): exact when F has rank one."""

    rows: Tensor
    columns: Tensor


@dataclass(frozen=True)
class DenseTerm:
    """F itself, (o, i)."""

    fisher: Tensor


Term = FactoredTerm | DenseTerm


def weight_penalty(theta: Tensor, anchor: Tensor, fisher: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """½ λ Σ F (θ − θ*)² and its gradient λ F (θ − θ*); all shapes alike."""
    drift = theta - anchor
    gradient = strength * fisher * drift
    return 0.5 * (gradient * drift).sum(), gradient


def delta_penalty(
    live: LowRank, anchor: LowRank, terms: Sequence[Term], strength: float
) -> tuple[Tensor, Tensor, Tensor]:
    """½ λ Σ F D² with D = sBA − s*B*A*, and its gradients with respect to A and B.

    D is never formed for factored terms: D = B̄Ā with B̄ = [sB − s*B*, s*B*] and Ā = [A; A − A*]. The obvious
    [sB, −s*B*] [A; A*] cancels catastrophically near the anchor (7 % error at a drift of 0.1 % in float32).
    Ranks may differ: the smaller update is padded with zeros.
    """
    A, B, A0, B0 = _padded(live, anchor)
    wide = torch.cat([live.scaling * B - anchor.scaling * B0, anchor.scaling * B0], dim=1)  # B̄ (o, 2r)
    tall = torch.cat([A, A - A0], dim=0)  # Ā (2r, i)
    value = torch.zeros((), dtype=A.dtype, device=A.device)
    grad_A, grad_B = torch.zeros_like(A), torch.zeros_like(B)
    for term in terms:
        step = _factored(A, B, wide, tall, term) if isinstance(term, FactoredTerm) else _dense(A, B, wide, tall, term)
        value += step[0]
        grad_A += step[1]
        grad_B += step[2]
    rank = live.A.shape[0]
    return (
        0.5 * strength * value,
        strength * live.scaling * grad_A[:rank],
        strength * live.scaling * grad_B[:, :rank],
    )


def _factored(A: Tensor, B: Tensor, wide: Tensor, tall: Tensor, term: FactoredTerm) -> tuple[Tensor, Tensor, Tensor]:
    total = term.rows.sum()
    if total == 0:  # a layer that no example of the old data reached
        return total, torch.zeros_like(A), torch.zeros_like(B)
    weighted_wide = term.rows.unsqueeze(1) * wide / total  # U B̄ / Σu
    weighted_tall = tall * term.columns  # Ā V
    value = ((wide.T @ weighted_wide) * (tall @ weighted_tall.T)).sum()  # tr[(B̄ᵀUB̄)(ĀVĀᵀ)]/Σu
    return value, (B.T @ weighted_wide) @ weighted_tall, weighted_wide @ (weighted_tall @ A.T)


def _dense(A: Tensor, B: Tensor, wide: Tensor, tall: Tensor, term: DenseTerm) -> tuple[Tensor, Tensor, Tensor]:
    drift = wide @ tall
    weighted = term.fisher * drift
    return (weighted * drift).sum(), B.T @ weighted, weighted @ A.T


def _padded(live: LowRank, anchor: LowRank) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    rank = max(live.A.shape[0], anchor.A.shape[0])
    return (*_pad(live, rank), *_pad(anchor, rank))


def _pad(update: LowRank, rank: int) -> tuple[Tensor, Tensor]:
    missing = rank - update.A.shape[0]
    if not missing:
        return update.A, update.B
    A = torch.cat([update.A, update.A.new_zeros(missing, update.A.shape[1])])
    return A, torch.cat([update.B, update.B.new_zeros(update.B.shape[0], missing)], dim=1)
