"""Steps of a DeepSpeed engine whose task has no gradient, so that only the penalty moves it. Prints JSON, one process.

Null for a precision that DeepSpeed cannot compute in on this processor.

Run with DS_ACCELERATOR=cpu and the variables of a launcher in the environment.
"""

import json
from types import SimpleNamespace

import deepspeed
import torch

from ewc_plugin import launcher, masters
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.ranks import current_ranks

EXTRA = 2.0**-12 + 2.0**-22  # neither bfloat16 nor float16 could hold a weight that moved by it
SCALE = 8  # 2⁸


class Wrapped:
    """An engine as accelerate wraps it: the step follows within the backward."""

    def __init__(self, engine):
        self.engine = engine

    def backward(self, loss, sync_gradients=True):
        self.engine.set_gradient_accumulation_boundary(sync_gradients)
        self.engine.backward(loss, scale_wrt_gas=False)
        if sync_gradients:
            self.engine.step()


def config(stage, precision):
    return {
        "train_batch_size": 1,
        "zero_allow_untested_optimizer": True,
        precision: {"enabled": True, **({"initial_scale_power": SCALE} if precision == "fp16" else {})},
        "zero_optimization": {
            "stage": stage,
            "round_robin_gradients": False,
            "stage3_param_persistence_threshold": 0,
        },
    }


def steps(stage, precision):
    """By how much each step moved the masters, the live weights' shapes and dtype, and the scale that was read."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 7), torch.nn.Tanh(), torch.nn.Linear(7, 1))
    hook = GradientHook(list(model.named_parameters()), current_ranks())
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    engine, *_ = deepspeed.initialize(model=model, optimizer=optimizer, config=config(stage, precision))
    accelerator = SimpleNamespace(deepspeed_engine_wrapped=Wrapped(engine), sync_gradients=True, scaler=None)
    parameters = list(model.parameters())
    half = torch.float16 if precision == "fp16" else torch.bfloat16
    moved, scale = [], launcher.loss_scale(accelerator)
    for factor in (0.0, 0.0, float("inf")):
        before = [value.clone() for value in masters.read(parameters)]
        penalty = [(p, torch.full_like(value, EXTRA)) for p, value in zip(parameters, before, strict=True)]
        hook.arm(penalty, scale=launcher.loss_scale(accelerator))
        with launcher.before_step(accelerator, hook.settle):
            loss = engine(torch.randn(4, 8).to(half)).float().mean() * factor
            accelerator.deepspeed_engine_wrapped.backward(loss)
        after = masters.read(parameters)
        moved.append(max(float(((b - a) / EXTRA - 1).abs().max()) for a, b in zip(after, before, strict=True)))
        if factor:
            moved[-1] = max(float((b - a).abs().max()) for a, b in zip(after, before, strict=True))
    shapes = [list(masters.shape_of(p)) for p in parameters] == [list(v.shape) for v in after]
    return {"moved": moved, "scale": scale, "shapes": shapes, "live": str(parameters[0].dtype)}


def main():
    deepspeed.ops.__compatible_ops__["deepspeed_shm_comm"] = False  # else compiled for a minute
    deepspeed.init_distributed(dist_backend="gloo", verbose=False)
    accelerator = deepspeed.get_accelerator()
    able = {"fp16": accelerator.is_fp16_supported(), "bf16": accelerator.is_bf16_supported()}
    print(json.dumps({p: {stage: steps(stage, p) for stage in (1, 2, 3)} if able[p] else None for p in able}))


if __name__ == "__main__":
    main()
