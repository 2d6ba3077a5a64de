"""How does a ZeRO-3 model run forward-mode? Without the custom functions that DeepSpeed adds for its backward.

They have no forward-mode formula, and without gradients nothing needs them. Gathering and releasing weights goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

BACKWARD = ("pre_bwd_fn", "post_bwd_fn")  # on each module; DeepSpeed asks for their `apply` at every forward


class _Nothing:
    """Stands for an `autograd.Function` that would wait for a backward."""

    @staticmethod
    def apply(value: Tensor) -> Tensor:
        return value


@contextmanager
def without_backward_functions(model: nn.Module) -> Iterator[None]:
    """DeepSpeed's functions before and after a module's backward, and its replacement of `linear`, set aside."""
    functional: Any = torch.nn.functional
    linear = functional.linear
    found = [(m, key, vars(m)[key]) for m in model.modules() for key in BACKWARD if key in vars(m)]
    try:
        functional.linear = torch._C._nn.linear  # a model loaded under ZeRO-3 leaves a custom function there for good
        for module, key, _ in found:
            setattr(module, key, _Nothing)
        yield
    finally:
        functional.linear = linear
        for module, key, function in found:
            setattr(module, key, function)
