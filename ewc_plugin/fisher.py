"""How much does each weight matter to what the model can do? Diagonal Fisher estimates; pure torch, no host.

    F_i = (1/T) Σ_n (∂/∂θ_i Σ_s log p(y_s | x_n, data prefix < s))²

n runs over examples, s over the T supervised positions of all of them. `sampled` draws y_s from the model at each
position, given the *data* prefix, and never feeds it back: an unbiased estimate of the Fisher. `empirical` takes the
labels of the data and is not one (Kunstner et al. 2019). Squares are of each example's own gradient, never of a
batch mean, so F is the same for any batch size; they come from one batched backward (layer input × output gradient).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ewc_plugin.errors import EwcError
from ewc_plugin.logits import keeps_logits
from ewc_plugin.ranks import OneProcess, Ranks

IGNORED = -100  # the label of a position that is not supervised, as in the host
CHUNK = 512  # positions whose float32 probabilities are held at once; a 256k vocabulary then takes 0.5 GB

Labels = Literal["sampled", "empirical"]


class FisherError(EwcError):
    """The Fisher pass cannot be done on this model or these data."""


@dataclass(frozen=True)
class Example:
    """One conversation as the model reads it: `ids` and `labels` of equal length, −100 where not supervised."""

    ids: Sequence[int]
    labels: Sequence[int]

    @property
    def key(self) -> int:
        """64 bits of the content: label draws depend on it and not on the order of the data."""
        content = np.asarray([self.ids, self.labels], dtype=np.int64).tobytes()
        return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")

    @property
    def targets(self) -> list[int]:
        """Supervised positions; position 0 has no prefix to be predicted from."""
        return [position for position, label in enumerate(self.labels) if position and label != IGNORED]


class Curvature(Protocol):
    """Sums of squared per-example gradients, kept in whatever shape the form of F needs (float32)."""

    sums: dict[str, Tensor]

    def watch(self) -> list[tuple[str, nn.Module]]:
        """The modules whose inputs (b, t, i) and output gradients (b, t, o) are to be observed, by name."""

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        """Take one module's share of a micro-batch; called once per forward of the module."""

    def close_batch(self) -> None:
        """Called when the backward of a micro-batch is complete."""


@dataclass(frozen=True)
class Estimate:
    """F per supervised token (float32), with the counts it was made from."""

    fisher: dict[str, Tensor]
    tokens: int
    examples: int


def estimate(
    model: nn.Module,
    examples: Sequence[Example],
    curvature: Curvature,
    *,
    labels: Labels = "sampled",
    seed: int = 0,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
    progress: Callable[[Iterable[list[Example]]], Iterable[list[Example]]] = iter,
) -> Estimate:
    """F of the watched modules over `examples`, divided by the number of supervised tokens.

    Each example counts once, on one rank; memory is that of one micro-batch of `batch_size` examples. The model's
    parameters, gradients, mode and dropout are left as they were. Raises FisherError when no token is supervised or
    a sum is not finite.
    """
    ranks = ranks or OneProcess()
    mine = list(examples)[ranks.rank :: ranks.world_size]
    tokens = sum(len(example.targets) for example in mine)
    device = next(model.parameters()).device
    with _prepared(model), _observed(curvature):
        for batch in progress(_batches(mine, batch_size)):
            _backward(model, batch, labels=labels, seed=seed, pad_id=pad_id, device=device, autocast=autocast)
            curvature.close_batch()
    total = int(ranks.sum(torch.tensor(float(tokens), dtype=torch.float64)).item())
    if total == 0:
        raise FisherError(
            "Fisher data",
            expected="at least one supervised token",
            found=f"{len(examples)} examples without any",
            remedy="Check that the data have assistant answers and that cutoff_len does not cut them off.",
        )
    fisher = {name: ranks.sum(value.to(device)) / total for name, value in curvature.sums.items()}
    _check_finite(fisher)
    return Estimate(fisher, tokens=total, examples=len(examples))


def wide(tensor: Tensor) -> Tensor:
    """Float32 whatever the model computes in; float64 stays."""
    return tensor if tensor.dtype == torch.float64 else tensor.float()


def _batches(examples: list[Example], batch_size: int) -> list[list[Example]]:
    # by length, so that little is padded; the sums do not depend on the order
    ordered = sorted((e for e in examples if e.targets), key=lambda e: len(e.ids), reverse=True)
    return [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]


def _backward(
    model: nn.Module,
    batch: list[Example],
    *,
    labels: Labels,
    seed: int,
    pad_id: int,
    device: torch.device,
    autocast: Callable[[], AbstractContextManager[Any]],
) -> None:
    width = max(len(example.ids) for example in batch)
    ids = torch.full((len(batch), width), pad_id, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
    # the logits that predict position p stand at p − 1
    sources = sorted({position - 1 for example in batch for position in example.targets})
    kept = {"logits_to_keep": torch.tensor(sources, device=device)} if keeps_logits(model) else {}
    column = {position: index for index, position in enumerate(sources if kept else range(width))}
    with torch.enable_grad(), autocast():
        logits = model(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False, **kept).logits
    rows = torch.tensor([row for row, e in enumerate(batch) for _ in e.targets], device=device)
    columns = torch.tensor([column[p - 1] for e in batch for p in e.targets], device=device)
    if labels == "sampled":
        source = torch.from_numpy(np.concatenate([uniforms(seed, e.key, len(e.targets)) for e in batch]))
    else:
        source = torch.tensor([e.labels[p] for e in batch for p in e.targets])
    logits.backward(_score_gradient(logits.detach(), rows, columns, source.to(device), labels))


def _score_gradient(logits: Tensor, rows: Tensor, columns: Tensor, source: Tensor, labels: Labels) -> Tensor:
    """∂/∂logits of Σ log p(y): onehot(y) − p at each supervised position, zero elsewhere."""
    gradient = torch.zeros_like(logits)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        probabilities = wide(logits[rows[part], columns[part]]).softmax(-1)
        chosen = draw(probabilities, source[part]) if labels == "sampled" else source[part]
        probabilities.neg_()
        probabilities[torch.arange(len(chosen), device=chosen.device), chosen] += 1
        gradient[rows[part], columns[part]] = probabilities.to(gradient.dtype)
    return gradient


def uniforms(seed: int, key: int, count: int) -> np.ndarray:
    """`count` numbers in [0, 1) that depend on the seed and the example only (Philox, counter-based)."""
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, key])).random(count)


def draw(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """One label per row of `probabilities` (n, V) by inversion of the distribution function at `uniform` (n,)."""
    # summed in float64: in float32 the tail of a 256k vocabulary would be lost
    distribution = probabilities.double().cumsum(-1)
    total = distribution[:, -1:].contiguous()
    found = torch.searchsorted(distribution, uniform.unsqueeze(-1) * total, right=True)
    # rounding may reach the total itself: then the last label that has any probability, never one behind it
    last = torch.searchsorted(distribution, total).clamp_(max=probabilities.shape[-1] - 1)  # NaN is reported later
    return torch.minimum(found, last).squeeze(-1)


@contextmanager
def _observed(curvature: Curvature) -> Iterator[None]:
    handles = [module.register_forward_hook(_hook(curvature, name)) for name, module in curvature.watch()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _hook(curvature: Curvature, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def on_forward(module: nn.Module, arguments: tuple[Tensor, ...], output: Tensor) -> None:
        if not output.requires_grad:
            return  # the no-grad pass of gradient checkpointing; the recomputation follows
        inputs = arguments[0].detach()

        def on_gradient(gradient: Tensor) -> None:
            with torch.no_grad():
                curvature.observe(name, module, inputs, gradient)

        output.register_hook(on_gradient)  # type: ignore[no-untyped-call]

    return on_forward


@contextmanager
def _prepared(model: nn.Module) -> Iterator[None]:
    """Train mode without dropout, and gradients that flow through activations only.

    Eval mode would switch gradient checkpointing off. No parameter needs a gradient of its own: what is squared is
    made from inputs and output gradients, and DDP's and the optimiser's state stay untouched.
    """
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    modes = {module: module.training for module in model.modules()}
    dropouts = [(m, k, v) for m in model.modules() for k, v in _dropout_rates(m)]
    entry = model.get_input_embeddings().register_forward_hook(lambda _m, _i, out: out.requires_grad_(True))  # type: ignore[operator]
    try:
        for parameter in trainable:
            parameter.requires_grad_(False)
        model.train()
        for module, key, _ in dropouts:
            setattr(module, key, 0.0)
        yield
    finally:
        entry.remove()
        for module, key, value in dropouts:
            setattr(module, key, value)
        for module, mode in modes.items():
            module.training = mode
        for parameter in trainable:
            parameter.requires_grad_(True)


def _dropout_rates(module: nn.Module) -> list[tuple[str, float]]:
    if isinstance(module, nn.modules.dropout._DropoutNd):
        return [("p", module.p)]
    # attention layers hold their rate as a plain number
    return [(k, v) for k, v in vars(module).items() if "dropout" in k and isinstance(v, float) and v > 0]


def _check_finite(fisher: Mapping[str, Tensor]) -> None:
    broken = [name for name, value in fisher.items() if not torch.isfinite(value).all()]
    if broken:
        raise FisherError(
            "Fisher pass",
            expected="finite squared gradients",
            found=f"NaN or infinity in {', '.join(broken[:5])}" + (" …" if len(broken) > 5 else ""),
            remedy="The model itself overflows on these data: check its loss, use bf16 instead of fp16.",
        )
