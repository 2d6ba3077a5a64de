"""Which layers has bitsandbytes quantised, and for which weights do their codes stand?"""

import copy
from collections.abc import Callable
from typing import Any, cast

from torch import Tensor, nn

KINDS = ("Linear4bit", "Linear8bitLt")  # known by name, since bitsandbytes need not be installed


def is_quantised(module: nn.Module) -> bool:
    return type(module).__name__ in KINDS


def dequantised_weight(module: Any) -> Tensor:
    """The (o, i) weight that a bitsandbytes layer stands for; the layer is left as it is."""
    import bitsandbytes.functional as bits

    weight, dequantise = module.weight, cast(Callable[..., Tensor], bits.dequantize_4bit)
    if type(module).__name__ == "Linear8bitLt":
        scale = weight.SCB if getattr(weight, "SCB", None) is not None else module.state.SCB
        return cast(Tensor, bits.int8_vectorwise_dequant(weight.data, scale))
    state = weight.quant_state
    if not getattr(state, "packing_format_for_cpu", False):
        return dequantise(weight.data, state)
    # both functions below write into the state that they are given
    return dequantise(*bits._convert_weight_packed_for_cpu_inverse(weight.data, copy.deepcopy(state)))
