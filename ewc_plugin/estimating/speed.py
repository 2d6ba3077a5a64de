"""How long does a stage take? Operations ÷ what the GPU is published to do × the share of it that we have seen used.

Counted by tracing; without attention it is 6 operations a weight and token for LoRA with gradient checkpointing (2
forward, 2 again, 2 for the gradients of activations; frozen weights need none) and 8 for full tuning with it.
"""

from dataclasses import dataclass

from ewc_plugin.estimating.gpus import Gpu
from ewc_plugin.estimating.memory import Sharing
from ewc_plugin.estimating.model import Model
from ewc_plugin.estimating.tracing import Trace

# From our own measurements of one model on one H200 (benchmarks/results/estimate.md says how well they meet the rest).
UTILISATION = 0.306  # of the published rate, in training: benchmarks/results/ewc_overhead_gemma-2-9b_cuda
FISHER_TO_PLAIN = 1.17  # the Fisher pass ÷ forward and backward: benchmarks/results/fisher_cost_gemma-2-9b_cuda_…
DECODING = 2.15e-3  # seconds a layer and token of a batch of answers: benchmarks/results/evaluation_gemma-2-9b_cuda


@dataclass(frozen=True)
class Hours:
    """Seconds of the parts of a stage; `communication` is that of a step, if nothing of it is hidden by computing."""

    step: float
    communication: float
    training: float
    fisher: float
    evaluation: float

    @property
    def total(self) -> float:
        return self.training + self.fisher + self.evaluation


def seconds(operations: float, gpu: Gpu, world: int = 1) -> float:
    return operations / (gpu.rate * UTILISATION * world)


def exchanged(model: Model, shared: Sharing, gpu: Gpu, micro_batches: int) -> float:
    """Seconds that the ranks of a machine exchange weights and gradients in a step.

    ZeRO-3 gathers the weights for each forward, recomputation and backward; gradients are summed once a step (DDP,
    ZeRO-1) or in each micro-batch (ZeRO-2 and 3). Not measured by us.
    """
    if shared.world == 1:
        return 0.0
    part = (shared.world - 1) / shared.world
    gradients = 2 * part * model.trainable_bytes * (micro_batches if shared.zero >= 2 else 1)
    weights = 3 * part * (model.frozen_bytes + model.trainable_bytes) * micro_batches if shared.zero >= 3 else 0.0
    return (gradients + weights) / gpu.link


def evaluation(model: Model, micro: Trace, gpu: Gpu, *, sets: int, items: int, answered: int, new_tokens: int) -> float:
    """Seconds of one stage evaluation, at the most: every item half as long as the cutoff, every answer full."""
    likelihood = items * model.cutoff / 2 * micro.forward / (micro.sequences * micro.length)
    generation = new_tokens * model.text.num_hidden_layers * DECODING if answered else 0.0
    return sets * (seconds(likelihood, gpu) + generation)
