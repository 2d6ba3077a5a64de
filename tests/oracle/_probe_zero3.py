"""Run by torchrun: the probe of a model that DeepSpeed has partitioned (ZeRO-3), beside that of the whole model."""

import copy
import os

import deepspeed
import torch
from _models import EXAMPLES, lora, tiny
from test_probe import dense, low_rank

from ewc_plugin.probe import LowRankDrift, WeightDrift, measured_kl, second_order_kl
from ewc_plugin.ranks import current_ranks

CONFIG = {
    "train_micro_batch_size_per_gpu": 1,
    "zero_optimization": {"stage": 3, "stage3_param_persistence_threshold": 0},
    "optimizer": {"type": "Adam", "params": {"lr": 1e-3, "torch_adam": True}},
}


def numbers(model, drift, ranks=None):
    return [
        measure(model, EXAMPLES, drift, batch_size=2, ranks=ranks).nats for measure in (second_order_kl, measured_kl)
    ]


def main():
    deepspeed.init_distributed("gloo")
    plain = lora(tiny("llama", dtype=torch.float32))
    drifts = [LowRankDrift(low_rank(plain, scale=0.01)), WeightDrift(dense(plain, scale=1e-3))]
    whole = [numbers(plain, drift) for drift in drifts]
    model = copy.deepcopy(plain)
    with deepspeed.zero.Init(config_dict_or_path=CONFIG):  # replaces torch's `linear`, as loading under ZeRO-3 does
        torch.nn.Linear(2, 2)
    trainable = [p for p in model.parameters() if p.requires_grad]
    model = deepspeed.initialize(model=model, model_parameters=trainable, config=CONFIG)[0].module
    assert model.get_input_embeddings().weight.numel() == 0
    for drift, expected in zip(drifts, whole, strict=True):
        found = numbers(model, drift, current_ranks())
        assert all(abs(a / b - 1) < 1e-5 for a, b in zip(found, expected, strict=True)), (found, expected)
    print(f"rank {os.environ['RANK']} agrees", flush=True)


if __name__ == "__main__":
    main()
