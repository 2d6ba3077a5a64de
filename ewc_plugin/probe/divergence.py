"""How far did the predictions move per supervised token, in nats? To second order along the update, and measured."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from ewc_plugin.fisher import Example
from ewc_plugin.probe.drift import Drift
from ewc_plugin.probe.duals import parts
from ewc_plugin.probe.forward import Piece, ProbeError, logits_of, pieces, prepared
from ewc_plugin.ranks import OneProcess, Ranks

ELEMENTS = 1 << 24  # float64 numbers of the vocabulary held at once: 128 MB


@dataclass(frozen=True)
class PerToken:
    """A mean over supervised positions, in nats; its standard error takes examples, not positions, as independent."""

    nats: float
    standard_error: float | None
    positions: int
    examples: int


def second_order_kl(
    model: nn.Module,
    examples: Sequence[Example],
    drift: Drift,
    *,
    only: Collection[str] | None = None,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
) -> PerToken:
    """½ · mean_t Var_{v~p_t}[(Jδ)_v], p_t and the Jacobian J of the logits at the old weights (Martens 2020, §6).

    ½ δᵀF̃δ with the exact Fisher F̃ per token, blocks between layers included, for one forward of dual numbers. `only`
    names the layers whose part of δ is taken; the others rest at their old weights. Float32 whatever the model's dtype.
    """
    with prepared(model):
        return _second_order(model, examples, drift, only, batch_size=batch_size, pad_id=pad_id, ranks=ranks)


def second_order_kl_of_each(
    model: nn.Module,
    examples: Sequence[Example],
    drift: Drift,
    names: Collection[str],
    *,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
) -> dict[str, PerToken]:
    """`second_order_kl` of each layer or parameter alone, one forward of dual numbers for each."""
    how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks}
    with prepared(model):
        return {name: _second_order(model, examples, drift, [name], **how) for name in names}


def _second_order(
    model: nn.Module,
    examples: Sequence[Example],
    drift: Drift,
    only: Collection[str] | None,
    *,
    batch_size: int,
    pad_id: int,
    ranks: Ranks | None,
) -> PerToken:
    def of_piece(piece: Piece) -> Tensor:
        with forward_ad.dual_level(), drift.dual(model, only=only):
            logits, tangent = parts(logits_of(model, piece, pad_id))
            # without a tangent, nothing that moved was reached
            return _by_rows(_half_variance, logits, torch.zeros_like(logits) if tangent is None else tangent)

    return _mean(examples, of_piece, batch_size=batch_size, ranks=ranks)


def measured_kl(
    model: nn.Module,
    examples: Sequence[Example],
    drift: Drift,
    *,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
) -> PerToken:
    """mean_t KL(p_old ‖ p_new), the old distribution from `drift.old`, the new one from the model as it is."""

    def of_piece(piece: Piece) -> Tensor:
        new = logits_of(model, piece, pad_id)
        with drift.old(model):
            old = logits_of(model, piece, pad_id)
        return _by_rows(_divergence, old, new)

    with prepared(model):
        return _mean(examples, of_piece, batch_size=batch_size, ranks=ranks)


def _by_rows(function: Callable[[Tensor, Tensor], Tensor], first: Tensor, second: Tensor) -> Tensor:
    rows = max(1, ELEMENTS // first.shape[-1])
    pairs = zip(torch.split(first, rows), torch.split(second, rows), strict=True)
    return torch.cat([function(a.double(), b.double()) for a, b in pairs])


def _half_variance(logits: Tensor, tangent: Tensor) -> Tensor:
    """½ Var_{v~p}[z_v] for each row of p = softmax(logits) and z = tangent."""
    p = logits.softmax(-1)
    z = torch.where(p > 0, tangent, 0.0)  # the derivative of a masked word (−∞) is not a number
    return 0.5 * (p * (z - (p * z).sum(-1, keepdim=True)) ** 2).sum(-1)


def _divergence(old: Tensor, new: Tensor) -> Tensor:
    """KL(softmax(old) ‖ softmax(new)) as Σ p (eᵈ − 1 − d), d = log p_new − log p: the same sum without cancellation.

    Every term is ≥ 0, and a small KL is not the difference of two large numbers.
    """
    log_p, log_q = old.log_softmax(-1), new.log_softmax(-1)
    p = log_p.exp()
    d = torch.where(p > 0, log_q - log_p, 0.0)
    terms = torch.where(d.abs() < 1, p * (torch.expm1(d) - d), torch.where(p > 0, log_q.exp(), 0.0) - p - p * d)
    return terms.sum(-1)


def _mean(
    examples: Sequence[Example],
    of_piece: Callable[[Piece], Tensor],
    *,
    batch_size: int,
    ranks: Ranks | None,
) -> PerToken:
    ranks = ranks or OneProcess()
    share = pieces(examples, batch_size, rank=ranks.rank, world_size=ranks.world_size)
    # by example: a row of (sum of nats, positions), since the positions of one example are not independent
    sums = torch.zeros(len(examples), 2, dtype=torch.float64)
    index = {id(example): number for number, example in enumerate(examples)}
    for piece in share:
        values = of_piece(piece).cpu()
        if piece.counts:
            rows = torch.tensor([index[id(piece.examples[n])] for n, _ in piece.places()])
            sums.index_add_(0, rows, torch.stack([values, torch.ones_like(values)], dim=1))
    return _summarised(ranks.sum(sums))


def _summarised(sums: Tensor) -> PerToken:
    """The ratio of the sums, and the standard error of a ratio over examples (Cochran 1977, eq. 6.13)."""
    nats, positions = sums[sums[:, 1] > 0].T
    mean = nats.sum() / positions.sum()
    if not torch.isfinite(mean):
        raise ProbeError(
            "probe",
            expected="finite logits",
            found="NaN or infinity",
            remedy="The model itself overflows on the old data: check its loss there.",
        )
    n = len(nats)
    spread = ((nats - mean * positions) ** 2).sum() * n / (n - 1) if n > 1 else None
    error = None if spread is None else float(spread.sqrt() / positions.sum())
    return PerToken(float(mean), error, positions=int(positions.sum()), examples=n)
