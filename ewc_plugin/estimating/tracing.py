"""What does a micro-batch compute and keep? The model's own code, run forward and backward on the meta device.

Operations are those of matrix products (torch's FlopCounterMode: attention, LoRA, vocabulary and the recomputation of
gradient checkpointing included); bytes are those that autograd keeps from forward to backward, each storage once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import set_checkpoint_early_stop
from torch.utils.flop_counter import FlopCounterMode

from ewc_plugin.estimating.model import Model, decoder

MORE = 8  # layers, beside half as many; kinds of layers alternate with a period of up to four
GRADIENTS_OF_THE_LOSS = 2  # float32 tensors as large as the logits that its backward makes at once


@dataclass(frozen=True)
class Trace:
    """One micro-batch of `sequences` × `length` positions."""

    sequences: int
    length: int
    forward: float  # operations
    whole: float  # forward, recomputation and backward
    kept: int  # bytes from forward to backward
    outside: int  # of them outside the layers, freed by the loss's backward
    layer: int  # bytes that one decoder layer keeps while its backward runs, when checkpointed
    logits: int  # bytes of float32 tensors that the loss's backward makes on top

    @property
    def per_position(self) -> float:
        return self.whole / (self.sequences * self.length)

    @property
    def peak(self) -> int:
        """Bytes above weights, gradients and optimiser: at the loss, or within one layer's backward."""
        return max(self.kept + self.logits, self.kept - self.outside + self.layer)


def trace(model: Model, sequences: int, length: int, *, checkpointing: bool) -> Trace:
    """Of `sequences` × `length` tokens without padding; needs no memory and no numbers.

    Of a deep model some layers are run, and some more: what lies between is linear in their number.
    """
    depth = len(decoder(model.module))
    more = min(MORE, depth)
    few = max(1, more // 2)
    small, large = (_of(model, count, sequences, length, checkpointing=checkpointing) for count in (few, more))
    found = {
        name: _at(depth, (few, getattr(small, name)), (more, getattr(large, name)))
        for name in ("forward", "whole", "kept")
    }
    outside = _at(0, (few, small.kept), (more, large.kept)) if more > few else 0.0
    return replace(
        large, forward=found["forward"], whole=found["whole"], kept=round(found["kept"]), outside=round(outside)
    )


def _at(depth: int, few: tuple[int, float], more: tuple[int, float]) -> float:
    """The line through two points."""
    return few[1] + (more[1] - few[1]) * (depth - few[0]) / max(more[0] - few[0], 1)


def _of(model: Model, depth: int, sequences: int, length: int, *, checkpointing: bool) -> Trace:
    module = model.module
    inputs = _inputs(model, sequences, length)
    # the host's checkpointing is reentrant, which runs a layer again to its very end
    with _first_layers(module, depth), _fused_attention(), set_checkpoint_early_stop(False):
        _checkpoint(module, checkpointing)
        with FlopCounterMode(display=False) as forward:
            kept = _kept(module, lambda: module(**inputs).loss)
        with FlopCounterMode(display=False) as whole:
            module(**inputs).loss.backward()
        module.zero_grad(set_to_none=True)
        one = _of_one_layer(module, inputs) if checkpointing else 0
    logits = GRADIENTS_OF_THE_LOSS * 4 * sequences * length * model.text.vocab_size
    return Trace(sequences, length, forward.get_total_flops(), whole.get_total_flops(), kept, 0, one, logits)


@contextmanager
def _first_layers(module: Any, depth: int) -> Iterator[None]:
    layers = decoder(module)
    owner, name = next((m, n) for m in module.modules() for n, child in m.named_children() if child is layers)
    setattr(owner, name, nn.ModuleList(list(layers)[:depth]))
    try:
        yield
    finally:
        setattr(owner, name, layers)


def _inputs(model: Model, sequences: int, length: int) -> dict[str, Any]:
    ids = torch.zeros(sequences, length, dtype=torch.long, device="meta")
    # a mask that is given is not looked into; its blocks are what packing makes
    mask = torch.zeros(sequences, 1, length, length, dtype=model.compute, device="meta")
    return {"input_ids": ids, "labels": ids, "attention_mask": mask, "use_cache": False}


def _checkpoint(module: Any, wanted: bool) -> None:
    module.gradient_checkpointing_disable()
    if wanted:
        module.enable_input_require_grads()
        # the meta device has no random state to preserve
        module.gradient_checkpointing_enable(
            gradient_checkpointing_kwargs={"use_reentrant": False, "preserve_rng_state": False}
        )


def _of_one_layer(module: Any, inputs: dict[str, Any]) -> int:
    """What the first layer keeps without checkpointing: all keep as much, one at a time."""
    layers = decoder(module)
    _checkpoint(module, False)
    given: list[tuple[Any, Any]] = []

    def remember(_: Any, positional: Any, named: Any) -> None:
        given.append((positional, named))
        raise _SeenError

    handle = layers[0].register_forward_pre_hook(remember, with_kwargs=True)
    try:
        module(**inputs)
    except _SeenError:
        pass
    finally:
        handle.remove()
    (positional, named) = given[0]
    positional = tuple(x.detach().requires_grad_() if _floating(x) else x for x in positional)
    named = {k: v.detach().requires_grad_() if k == "hidden_states" else v for k, v in named.items()}
    return _kept(layers[0], lambda: layers[0](*positional, **named))


@contextmanager
def _fused_attention() -> Iterator[None]:
    """As on a GPU: on the meta device torch would take attention apart and keep every weight of it."""

    def fused(
        query: Tensor, key: Tensor, value: Tensor, attn_mask: Any = None, dropout_p: float = 0.0, **named: Any
    ) -> Any:
        groups = query.shape[1] // key.shape[1]
        key, value = (x.repeat_interleave(groups, dim=1) if groups > 1 else x for x in (key, value))
        causal = bool(named.get("is_causal"))
        # True: it keeps logsumexp for its backward
        attention = torch.ops.aten._scaled_dot_product_efficient_attention
        return attention(query, key, value, attn_mask, True, dropout_p, causal)[0]

    with mock.patch.object(nn.functional, "scaled_dot_product_attention", fused):
        yield


class _SeenError(Exception):
    """The inputs of a layer are known; nothing after it has to run."""


def _floating(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_floating_point()


def _kept(module: nn.Module, run: Callable[[], Any]) -> int:
    """Bytes of all storages but parameters that autograd keeps in `run`."""
    own = {p.untyped_storage()._cdata for p in module.parameters()}
    seen: dict[int, Any] = {}  # the storages themselves, so that none is freed and its number given to another

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            seen[storage._cdata] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run()
    found: int = sum(storage.nbytes() for storage in seen.values())
    del result
    return found
