"""How does an evaluation in mid-training leave the run as it was? By putting back what it may have touched.

The host's own evaluation consumes random numbers, so that a run with LoRA dropout ends with other weights
(1.2e-2) than the same run without evaluation.
"""

import copy
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

Restore = Callable[[], None]


@contextmanager
def leaving_no_trace(model: torch.nn.Module) -> Iterator[None]:
    """Random states (Python, numpy, torch, devices), modes of all modules, cache flags, generation configs.

    Restored also when the block raises. Four-bit weights keep their layout. Weights are not copied: nothing in an
    evaluation writes them.
    """
    restore = [_random_states(model), _modes(model), _cache_flags(model), _generation_configs(model), _layout(model)]
    try:
        yield
    finally:
        for put_back in restore:
            put_back()


def _random_states(model: torch.nn.Module) -> Restore:
    python, numbers, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    kinds = {p.device.type for p in model.parameters()} - {"cpu", "meta"}
    devices = [_device_states(kind) for kind in kinds]

    def restore() -> None:
        random.setstate(python)
        np.random.set_state(numbers)
        torch.set_rng_state(cpu)
        for put_back in devices:
            put_back()

    return restore


def _device_states(kind: str) -> Restore:
    module = torch.get_device_module(kind)
    # cuda, xpu and npu have several devices; mps has one and no `_all`
    if hasattr(module, "get_rng_state_all"):
        states = module.get_rng_state_all()
        return lambda: module.set_rng_state_all(states)
    state = module.get_rng_state()
    return lambda: module.set_rng_state(state)


def _modes(model: torch.nn.Module) -> Restore:
    # `model.train()` would wake modules that the run keeps in eval mode (a frozen tower, a merged adapter)
    modes = [(module, module.training) for module in model.modules()]

    def restore() -> None:
        for module, training in modes:
            module.training = training

    return restore


def _cache_flags(model: torch.nn.Module) -> Restore:
    configs: list[Any] = [getattr(m, "config", None) for m in model.modules()]
    flags = [(config, config.use_cache) for config in configs if hasattr(config, "use_cache")]

    def restore() -> None:
        for config, flag in flags:
            config.use_cache = flag

    return restore


def _generation_configs(model: torch.nn.Module) -> Restore:
    # peft hands its own config to the model it wraps, hence every module and the object itself, not only its
    # values
    owners = [m for m in model.modules() if vars(m).get("generation_config") is not None]
    saved: list[tuple[Any, Any, dict[str, Any]]] = [
        (m, m.generation_config, copy.deepcopy(vars(m.generation_config))) for m in owners
    ]

    def restore() -> None:
        for module, config, values in saved:
            vars(config).clear()
            vars(config).update(values)
            module.generation_config = config

    return restore


def _layout(model: torch.nn.Module) -> Restore:
    """In eval mode bitsandbytes packs 4-bit weights anew on some CPUs, and no gradient passes through them again."""
    switch = "support_avx512bf16_for_cpu"
    layers: list[Any] = [m for m in model.modules() if hasattr(m, switch)]
    saved = [(layer, getattr(layer, switch)) for layer in layers]
    for layer in layers:
        setattr(layer, switch, False)

    def restore() -> None:
        for layer, value in saved:
            setattr(layer, switch, value)

    return restore
