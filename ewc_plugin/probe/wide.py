"""How does a bf16 or 4-bit model compute in float32, and forward-mode, without a copy of it? Product by product.

Weights stay as they are stored; each is widened for the one product that reads it. In bfloat16 the tangents would be
0.3 % wrong, but the measured KL of a small change would be noise (six layers of a random Gemma-2: 3e-4 nats 2 % too
large, 3e-5 20 %, 3e-6 140 %); a probe of some hundred tokens can afford float32.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ewc_plugin.probe.duals import multiplied
from ewc_plugin.products import wide
from ewc_plugin.quantised import dequantised_weight, is_quantised

# products and norms that refuse operands of different dtypes; sums and elementwise products promote by themselves
PRODUCTS = frozenset(
    {
        torch._C._nn.linear,  # what `functional.linear` is, unless DeepSpeed replaced it
        functional.conv1d,
        functional.layer_norm,
        functional.rms_norm,
        functional.scaled_dot_product_attention,
        torch.matmul,
        torch.mm,
        torch.bmm,
        torch.einsum,
        torch.Tensor.matmul,
        torch.Tensor.__matmul__,
        torch.Tensor.mm,
        torch.Tensor.bmm,
    }
)
MULTIPLICATIONS = frozenset({torch.mul, torch.Tensor.mul, torch.Tensor.__mul__, torch.Tensor.__rmul__})
# peft and some models cast activations to the dtype of the weights
CASTS = frozenset({torch.Tensor.to, torch.Tensor.type_as, torch.Tensor.half, torch.Tensor.bfloat16})


class WideProducts(TorchFunctionMode):
    """Float32 (or float64) whatever dtype the weights have; autocast is off, also where the model turns it on."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self._kind = device.type

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function in PRODUCTS:
            args, kwargs = _promoted(args, kwargs)
        with ExitStack() as stack:
            # accelerate wraps `model.forward` in autocast, so that an outer block could not switch it off
            if torch.is_autocast_enabled(self._kind):
                stack.enter_context(torch.autocast(self._kind, enabled=False))
            result = multiplied(*args) if function in MULTIPLICATIONS and not kwargs else function(*args, **kwargs)
        if function in CASTS and _narrower(result, args[0]):
            return args[0].to(result.device)
        return wide(result) if function is functional.embedding else result


def _narrower(result: Tensor, given: Tensor) -> bool:
    return result.dtype in (torch.bfloat16, torch.float16) and given.dtype in (torch.float32, torch.float64)


def _promoted(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    found = [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor) and a.is_floating_point()]
    if len({t.dtype for t in found}) < 2:
        return args, kwargs
    target = torch.float64 if any(t.dtype == torch.float64 for t in found) else torch.float32

    def promote(value: Any) -> Any:
        return value.to(target) if isinstance(value, Tensor) and value.is_floating_point() else value

    return tuple(map(promote, args)), {k: promote(v) for k, v in kwargs.items()}


@contextmanager
def dequantised(model: nn.Module) -> Iterator[None]:
    """Each bitsandbytes layer as a plain product with its dequantised weight: its own has no forward-mode formula.

    Its own forward would, besides, repack 4-bit weights in place on some CPUs, with their scales rounded to bfloat16.
    """
    layers = [module for module in model.modules() if is_quantised(module)]
    before = [module.__dict__.get("forward") for module in layers]
    try:
        for module in layers:
            module.__dict__["forward"] = _plain_product(module)
        yield
    finally:
        for module, forward in zip(layers, before, strict=True):
            if forward is None:
                module.__dict__.pop("forward", None)
            else:
                module.__dict__["forward"] = forward


def _plain_product(module: Any) -> Callable[[Tensor], Tensor]:
    def forward(inputs: Tensor) -> Tensor:
        bias = None if module.bias is None else module.bias.to(inputs.dtype)
        return functional.linear(inputs, dequantised_weight(module).to(inputs.dtype), bias)

    return forward
