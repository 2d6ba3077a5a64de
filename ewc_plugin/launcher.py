"""When does a window of micro-batches close, by what is its loss scaled, and what comes before the optimiser's step?

Three launchers answer differently: one process and DDP leave the step to the training loop, DeepSpeed's engine steps
inside the backward that the loop calls. Knows accelerate's Accelerator, imports neither it nor DeepSpeed.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ewc_plugin.errors import MechanismError


def closes_window(accelerator: Any) -> bool:
    """Whether the coming micro-batch is the last before the optimiser's step."""
    wrapped = _wrapped_engine(accelerator)
    if wrapped is None or "sync_gradients" in inspect.signature(wrapped.backward).parameters:
        return bool(accelerator.sync_gradients)
    # an older accelerate: the engine counts micro-batches for itself, across the end of an epoch too
    return bool(wrapped.engine.is_gradient_accumulation_boundary())


def loss_scale(accelerator: Any) -> float:
    """By what the loss is multiplied before its backward, so that fp16 gradients do not vanish; 1 without a scaler."""
    wrapped = _wrapped_engine(accelerator)
    if wrapped is not None:
        return float(getattr(wrapped.engine.optimizer, "loss_scale", 1.0))
    return 1.0 if accelerator.scaler is None else float(accelerator.scaler.get_scale())


@contextmanager
def before_step(accelerator: Any, action: Callable[[], None]) -> Iterator[None]:
    """Runs `action` when the backward inside is complete and the optimiser has not yet stepped."""
    wrapped = _wrapped_engine(accelerator)
    if wrapped is None:
        yield
        action()
        return
    engine, done = wrapped.engine, []
    original = engine.step

    def step(*arguments: Any, **named: Any) -> Any:
        action()
        done.append(True)
        return original(*arguments, **named)

    engine.step = step
    try:
        yield
    finally:
        del engine.step  # the method of its class shows again
    if not done:
        raise MechanismError(
            "DeepSpeed engine",
            expected="a step after the last micro-batch of the window",
            found="none",
            remedy="The penalty was added too early, so training stops. Use the pinned versions of accelerate and "
            "deepspeed (constraints.txt).",
        )


def _wrapped_engine(accelerator: Any) -> Any:
    return getattr(accelerator, "deepspeed_engine_wrapped", None)
