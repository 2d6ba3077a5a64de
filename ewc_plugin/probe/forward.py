"""What are a model's logits at the supervised positions? Float32, in bounded pieces, differentiable in forward mode.

The model is left exactly as it was: weights, attention, hooks, modes, random states.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.fisher import Example
from ewc_plugin.logits import keeps_logits
from ewc_plugin.probe.sharded import without_backward_functions
from ewc_plugin.probe.wide import WideProducts, dequantised

ROWS = 512  # rows of float32 logits held at once, each with its tangent; a 256k vocabulary then takes 1 GB
# implementations that torch can differentiate forward as they are, or whose fused kernels it can be told to avoid
DIFFERENTIABLE = ("eager", "sdpa")


class ProbeError(EwcError):
    """The second-order or measured KL of this model or these data cannot be taken."""


@dataclass(frozen=True)
class Piece:
    """Some supervised positions of a few examples; one that does not count only keeps the ranks in step."""

    examples: tuple[Example, ...]
    sources: tuple[int, ...]
    counts: bool

    def places(self) -> list[tuple[int, int]]:
        """(example, column among `sources`) of each position; the logits that predict p stand at p − 1."""
        column = {source: index for index, source in enumerate(self.sources)}
        return [(n, column[p - 1]) for n, e in enumerate(self.examples) for p in e.targets if p - 1 in column]


def pieces(examples: Sequence[Example], batch_size: int, *, rank: int, world_size: int) -> list[Piece]:
    """This rank's share: as many pieces as every other rank has, of at most ROWS rows of logits each."""
    ordered = sorted((e for e in examples if e.targets), key=lambda e: len(e.ids), reverse=True)
    batches = [tuple(ordered[start : start + batch_size]) for start in range(0, len(ordered), batch_size)]
    whole = [piece for batch in batches for piece in _pieces(batch)]
    if not whole:
        raise ProbeError(
            "probe",
            expected="at least one supervised token",
            found=f"{len(examples)} examples without any",
            remedy="Check that the data have assistant answers and that cutoff_len does not cut them off.",
        )
    # with sharded weights a forward is collective: a rank that has nothing left repeats the last piece for nothing
    missing = -len(whole) % world_size
    idle = Piece(whole[-1].examples, whole[-1].sources, counts=False)
    return [*whole, *[idle] * missing][rank::world_size]


def _pieces(batch: tuple[Example, ...]) -> Iterator[Piece]:
    sources = sorted({position - 1 for example in batch for position in example.targets})
    step = max(1, ROWS // len(batch))
    for start in range(0, len(sources), step):
        yield Piece(batch, tuple(sources[start : start + step]), counts=True)


def logits_of(model: Any, piece: Piece, pad_id: int) -> Tensor:
    """Logits (positions, V) in the order of `piece.places()`."""
    width = max(len(example.ids) for example in piece.examples)
    device = model.get_input_embeddings().weight.device
    ids = torch.full((len(piece.examples), width), pad_id, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, example in enumerate(piece.examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        mask[row, : len(example.ids)] = 1
    kept = {"logits_to_keep": torch.tensor(piece.sources, device=device)} if keeps_logits(model) else {}
    logits: Tensor = model(input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False, **kept).logits
    rows, columns = (torch.tensor(part, device=logits.device) for part in zip(*piece.places(), strict=True))
    return logits[rows, columns if kept else torch.tensor(piece.sources, device=logits.device)[columns]]


@contextmanager
def prepared(model: nn.Module) -> Iterator[None]:
    """Eval mode without gradients, in float32, with attention that has a forward-mode formula."""
    require_differentiable(model)
    device = model.get_input_embeddings().weight.device  # type: ignore[operator, union-attr]
    with ExitStack() as stack:
        stack.enter_context(leaving_no_trace(model))
        stack.enter_context(torch.no_grad())
        stack.enter_context(dequantised(model))
        stack.enter_context(without_backward_functions(model))
        stack.enter_context(_plain_kernels(model))
        stack.enter_context(sdpa_kernel(SDPBackend.MATH))
        stack.enter_context(WideProducts(device))
        model.eval()  # no dropout, and no gradient checkpointing
        yield


def require_differentiable(model: Any) -> None:
    """Raises ProbeError for weights in a format that we cannot read; cheap, so that it can be asked before training."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    method = getattr(inner, "quantization_method", None)
    name = getattr(method, "value", method)
    if name not in (None, "bitsandbytes"):
        raise ProbeError(
            "calibration",
            expected="weights as numbers, or quantised by bitsandbytes",
            found=f"quantization_method {name}, whose product has no forward-mode derivative",
            remedy="Quantise with bitsandbytes (quantization_method: bnb), or train without EWC.",
        )


@contextmanager
def _plain_kernels(model: nn.Module) -> Iterator[None]:
    """Fused attention and fused experts replaced by those written in plain torch.

    `sdpa` stays, since it ignores Gemma-2's soft cap and `eager` does not: it is only kept from its fused kernels.
    """
    configs: list[Any] = _configs(
        [c for m in model.modules() if hasattr(c := getattr(m, "config", None), "sub_configs")]
    )
    before = [(config._attn_implementation, config._experts_implementation) for config in configs]
    try:
        for config in configs:
            if config._attn_implementation not in (None, *DIFFERENTIABLE):
                config._attn_implementation = "eager"
            if config._experts_implementation is not None:
                config._experts_implementation = "eager"
        yield
    finally:
        # a parent before its parts, since setting it sets them too
        for config, (attention, experts) in zip(configs, before, strict=True):
            config._attn_implementation, config._experts_implementation = attention, experts


def _configs(found: Sequence[Any]) -> list[Any]:
    """Each once, a parent before its parts."""
    parts = [getattr(config, key, None) for config in found for key in config.sub_configs]
    below = _configs([part for part in parts if part is not None]) if parts else []
    inner = {id(config) for config in below}
    return [*{id(config): config for config in found if id(config) not in inner}.values(), *below]
