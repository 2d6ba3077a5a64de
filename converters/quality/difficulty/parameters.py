"""How many parameters has a model? Those it came with: quantised ones count in full, adapters not at all."""

from __future__ import annotations

import math
from typing import Any


def parameters(model: Any) -> int:
    own = (parameter for name, parameter in model.named_parameters() if "lora_" not in name)
    return sum(map(_numbers, own))


def _numbers(parameter: Any) -> int:
    # bitsandbytes packs two numbers of four bits into each byte; how many they were stands beside it
    state = getattr(parameter, "quant_state", None)
    return math.prod(state.shape) if state is not None else int(parameter.numel())
