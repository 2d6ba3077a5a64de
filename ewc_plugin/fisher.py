"""How much does each weight matter to what the model can do? Fisher estimates; pure torch, no host.

    F_i = (1/T) Σ_n (∂/∂θ_i Σ_s log p(y_s | x_n, data prefix < s))²

n runs over examples, s over the T supervised positions of all of them. `sampled` draws y_s from the model at each
position, given the *data* prefix, and never feeds it back: an unbiased estimate of the Fisher. `empirical` takes the
labels of the data and is not one (Kunstner et al. 2019). `exact` is the expectation over labels, one backward for each
position and word: for tests and small vocabularies. Squares are of each example's own gradient, never of a batch mean,
so F is the same for any batch size; they come from one batched backward (layer input × output gradient).
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ewc_plugin.errors import EwcError
from ewc_plugin.logits import keeps_logits
from ewc_plugin.ranks import OneProcess, Ranks
from ewc_plugin.scores import SCALE, Labels, drawn, given, places, score, scores_of_all_labels

IGNORED = -100  # the label of a position that is not supervised, as in the host
EXACT = 1_000_000  # backward passes (positions × words) that `exact` agrees to; each costs about a third of a step


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
    """Sums that are quadratic in the per-example gradients, in whatever shape the form of F needs (float32)."""

    sums: dict[str, Tensor]
    reduced: bool
    """Whether `sums` are over all ranks already (each rank may hold another part of them)."""

    def watch(self) -> list[tuple[str, nn.Module]]:
        """The modules whose inputs (b, t, i) and output gradients (b, t, o) are to be observed, by name."""

    def observe(self, name: str, module: nn.Module, inputs: Tensor, gradients: Tensor) -> None:
        """Take one module's share of a micro-batch; called once per forward of the module.

        Inputs and gradients are in the model's precision, the gradients multiplied by `scores.SCALE`.
        """

    def close_batch(self) -> None:
        """Called when a backward is complete."""

    def complete(self, device: torch.device) -> None:
        """Called after the last micro-batch, before sums are added over ranks: what no example reached gets zeros."""

    def finish(self, sums: Mapping[str, Tensor], units: float) -> dict[str, Tensor]:
        """The terms of F, per supervised token, from the sums over all ranks, which it may overwrite.

        `units` is what a square is to be divided by: the supervised tokens times SCALE².
        """


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
    device: torch.device | None = None,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> Estimate:
    """F of the watched modules over `examples`, which are the same list on every rank, per supervised token.

    Each example counts once, on one rank; memory is that of one micro-batch of `batch_size` examples, and micro-batches
    are the same for any number of ranks. Every rank runs equally many (a sharded model's forward is collective): one
    that has none left repeats another's with weight zero. The model's parameters, gradients, mode and dropout are left
    as they were. Raises FisherError when no token is supervised, a sum is not finite, the ranks hold different
    examples, or `exact` would take more than EXACT backward passes.
    """
    ranks = ranks or OneProcess()
    device = device or next(model.parameters()).device
    tokens = sum(len(example.targets) for example in examples)
    _check_data(examples, tokens, ranks)
    work = _share(examples, batch_size, ranks)
    task = _Pass(model=model, labels=labels, seed=seed, pad_id=pad_id, device=device, tokens=tokens, autocast=autocast)
    with _prepared(model), _observed(curvature):
        for part in progress(work):
            for _ in task.backward(part):
                curvature.close_batch()
    curvature.complete(device)
    if not curvature.reduced:
        for name in sorted(curvature.sums):  # in place: they may be as large as the model
            curvature.sums[name] = ranks.sum(curvature.sums[name].to(device))
    _check_finite(curvature.sums, ranks)
    fisher = curvature.finish(curvature.sums, tokens * SCALE**2)
    return Estimate(fisher, tokens=tokens, examples=len(examples))


@dataclass(frozen=True)
class _Work:
    """A micro-batch, whether it counts, and how many positions the longest answer of all ranks' micro-batches has."""

    batch: list[Example]
    counts: bool
    rounds: int


def _share(examples: Sequence[Example], batch_size: int, ranks: Ranks) -> list[_Work]:
    # by length, so that little is padded; the sums do not depend on the order
    ordered = sorted((e for e in examples if e.targets), key=lambda e: len(e.ids), reverse=True)
    batches = [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]
    share = []
    for start in range(0, len(batches), ranks.world_size):
        together = batches[start : start + ranks.world_size]
        counts = ranks.rank < len(together)
        rounds = max(len(example.targets) for batch in together for example in batch)
        share.append(_Work(together[ranks.rank if counts else 0], counts, rounds))
    return share


def _check_data(examples: Sequence[Example], tokens: int, ranks: Ranks) -> None:
    if tokens == 0:
        raise FisherError(
            "Fisher data",
            expected="at least one supervised token",
            found=f"{len(examples)} examples without any",
            remedy="Check that the data have assistant answers and that cutoff_len does not cut them off.",
        )
    # equal on all ranks exactly where W · Σv² = (Σv)²; every rank comes to the same verdict, so none waits for another
    mine = torch.tensor([tokens, sum(example.key % 2**20 for example in examples) % 2**20], dtype=torch.float64)
    if not torch.equal(ranks.world_size * ranks.sum(mine.square()), ranks.sum(mine).square()):
        raise FisherError(
            "Fisher data",
            expected="the same examples on every rank",
            found=f"others on some than the {len(examples)} ({tokens} supervised tokens) here",
            remedy="The processes read the dataset differently; use a fixed seed and no streaming.",
        )


@dataclass(frozen=True, kw_only=True)
class _Pass:
    """Forward and backward of micro-batches; what the hooks see is for `_observed` to collect."""

    model: nn.Module
    labels: Labels
    seed: int
    pad_id: int
    device: torch.device
    tokens: int
    autocast: Callable[[], AbstractContextManager[Any]]

    def backward(self, work: _Work) -> Iterator[None]:
        """Yields after each backward: one, or with `exact` one for each position and word."""
        # the logits that predict position p stand at p − 1
        sources = sorted({position - 1 for example in work.batch for position in example.targets})
        kept = keeps_logits(self.model)
        logits = self._logits(work.batch, sources if kept else None)
        column = {source + 1: index if kept else source for index, source in enumerate(sources)}
        count, gradients = self._gradients(logits.detach(), work, column)
        for done, gradient in enumerate(gradients, start=1):
            torch.autograd.backward(logits, gradient, retain_graph=done < count)
            yield

    def _logits(self, batch: list[Example], sources: list[int] | None) -> Tensor:
        ids = torch.full((len(batch), max(len(example.ids) for example in batch)), self.pad_id)
        mask = torch.zeros_like(ids)
        for row, example in enumerate(batch):
            ids[row, : len(example.ids)] = torch.tensor(example.ids)
            mask[row, : len(example.ids)] = 1
        kept = {} if sources is None else {"logits_to_keep": torch.tensor(sources, device=self.device)}
        inputs = {"input_ids": ids.to(self.device), "attention_mask": mask.to(self.device)}
        with torch.enable_grad(), self.autocast():
            logits: Tensor | None = self.model(**inputs, use_cache=False, **kept).logits
        if logits is None:
            raise FisherError(
                "Fisher pass",
                expected="a model that returns its logits",
                found=f"{type(self.model).__name__} returns none",
                remedy="A fused loss (Liger) hides them: set enable_liger_kernel: false.",
            )
        return logits

    def _gradients(self, logits: Tensor, work: _Work, column: dict[int, int]) -> tuple[int, Iterable[Tensor]]:
        where = places(work.batch, column, self.device)
        if self.labels == "exact":
            self._check_cost(logits.shape[-1])
            weight = 1.0 if work.counts else 0.0
            every = scores_of_all_labels(logits, where, rounds=work.rounds)
            return work.rounds * logits.shape[-1], (weight * gradient for gradient in every)
        if not work.counts:
            return 1, [torch.zeros_like(logits)]
        sampled = self.labels == "sampled"
        choice = drawn(work.batch, self.device, seed=self.seed) if sampled else given(work.batch, self.device)
        return 1, [score(logits, where, choice)]

    def _check_cost(self, words: int) -> None:
        if self.tokens * words > EXACT:
            raise FisherError(
                "ewc_fisher: exact",
                expected=f"at most {EXACT:,} backward passes",
                found=f"{self.tokens * words:,} ({self.tokens:,} supervised tokens × {words:,} words)",
                remedy="Use ewc_fisher: sampled, which has the same expectation, or fewer ewc_fisher_samples.",
            )


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


def _check_finite(sums: Mapping[str, Tensor], ranks: Ranks) -> None:
    # one wait for the device, not one for each sum
    largest = torch.stack([_largest(value) for value in sums.values()])
    broken = [name for name, finite in zip(sums, largest.isfinite().tolist(), strict=True) if not finite]
    # together, since each rank may hold its own part: one that went on alone would wait for the others for ever
    if ranks.sum(torch.tensor(float(len(broken)))).item() > 0:
        raise FisherError(
            "Fisher pass",
            expected="finite squared gradients",
            found=f"NaN or infinity in {', '.join(broken[:5]) or 'a part held by another rank'}"
            + (" …" if len(broken) > 5 else ""),
            remedy="The model itself overflows on these data: check its loss, use bf16 instead of fp16.",
        )


def _largest(value: Tensor) -> Tensor:
    """The largest magnitude, where NaN and infinity stay; 0 of a rank's empty slice."""
    return torch.linalg.vector_norm(value, torch.inf) if value.numel() else value.new_zeros(())
