"""Can a model be asked for some positions' logits only? All of them, over 256k words, are most of the memory."""

import inspect
from typing import Any


def keeps_logits(model: Any) -> bool:
    """Whether the transformers model (inside peft's, if any) takes `logits_to_keep`."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(inner.forward).parameters
