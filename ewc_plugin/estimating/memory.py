"""What fills a GPU while a stage trains? A table in bytes for each of its ranks, and its peak.

Weights, gradients and optimiser states lie there all the time; what a micro-batch keeps comes and goes, and so do the
Fisher pass and the evaluation after training, of which the largest counts.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import arguments
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.estimating.model import Model
from ewc_plugin.estimating.tracing import Trace
from ewc_plugin.plan import DEFAULT_FORM, DEFAULT_RANK

OVERHEAD = 1e9  # bytes: CUDA's context, kernels and the allocator's gaps; an allowance, not counted
FISHER_TO_TRAINING = 12.77 / 16.26  # peak of the pass to that of forward and backward: benchmarks/results/fisher_cost
LIVE = 1_000_000_000  # weights that ZeRO-3 keeps gathered at most, unless its config says otherwise


@dataclass(frozen=True)
class Part:
    name: str
    bytes: float
    how: str
    peak: bool = False  # of those only the largest is there at a time


@dataclass(frozen=True)
class Sharing:
    """How ranks share what is kept; `zero` 0 is one process or DDP."""

    world: int = 1
    zero: int = 0
    optimiser_on_cpu: bool = False
    weights_on_cpu: bool = False
    live: int = LIVE

    def of(self, stage: int) -> int:
        """By how many ranks that is divided which ZeRO shares out from `stage` on."""
        return self.world if self.zero >= stage else 1


def sharing(deepspeed: Any, world: int) -> Sharing:
    """From a DeepSpeed config (path or dict), None for none; raises ArgumentsError when it cannot be read."""
    config = deepspeed
    if isinstance(deepspeed, str):
        try:
            config = json.loads(Path(deepspeed).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ArgumentsError(
                f"deepspeed: {deepspeed}",
                expected="a JSON file, seen from here",
                found=str(error),
                remedy="Go to the folder that holds recipes/, or name the file with deepspeed=PATH.",
            ) from error
    zero: Mapping[str, Any] = (config or {}).get("zero_optimization", {})

    def on_cpu(key: str) -> bool:
        return str((zero.get(key) or {}).get("device", "none")) in ("cpu", "nvme")

    live = zero.get("stage3_max_live_parameters", LIVE)
    live = int(live) if isinstance(live, int | float) else LIVE
    return Sharing(world, int(zero.get("stage", 0)), on_cpu("offload_optimizer"), on_cpu("offload_param"), live)


def parts(model: Model, micro: Trace, shared: Sharing, training: Any, finetuning: Any, *, fisher: float) -> list[Part]:
    """The rows of the table; `fisher` is the positions of a batch of the Fisher pass ÷ those of a micro-batch."""
    kept = 0.0 if shared.weights_on_cpu else model.frozen_bytes / shared.of(3)
    trained = 0.0 if shared.weights_on_cpu else model.trainable_bytes / shared.of(3)
    found = [
        Part("weights, frozen", kept, _dtypes(model)) if model.frozen_bytes else None,
        Part("weights, trained", trained, f"{model.trainable:,} in {model.trainable_bytes // model.trainable} bytes"),
        Part("gradients", model.trainable_bytes / shared.of(2), "as large as what is trained"),
        _buckets(model, shared),
        Part("optimiser", *_optimiser(model, shared, training)),
        _gathered(model, shared),
        Part("dequantised layer", 2.0 * model.largest, "one at a time, for computing") if model.quantised else None,
        *_ewc(model, shared, finetuning),
        Part("overhead", OVERHEAD, "CUDA's context and gaps: an allowance, not counted"),
        Part("micro-batch", micro.peak, _micro(micro), peak=True),
    ]
    if arguments.leaves_anchor(finetuning):
        bytes_ = micro.peak * fisher * FISHER_TO_TRAINING + _sums(model, shared, finetuning)
        found.append(Part("Fisher pass", bytes_, "after training, in the micro-batch's place", peak=True))
    if finetuning.stage_eval:
        found.append(Part("evaluation", *_cache(model, training), peak=True))
    return [part for part in found if part is not None]


def total(found: list[Part]) -> float:
    """Bytes at the peak."""
    return sum(p.bytes for p in found if not p.peak) + max((p.bytes for p in found if p.peak), default=0.0)


def _dtypes(model: Model) -> str:
    name = str(model.compute).removeprefix("torch.")
    return f"4 or 8 bit, the vocabulary in {name}" if model.quantised else name


def _micro(micro: Trace) -> str:
    shape = f"{micro.sequences} × {micro.length} positions"
    return (
        f"{shape}: {micro.kept / 1e9:.1f} GB kept for the backward, {micro.logits / 1e9:.1f} GB in the loss's (float32 "
        f"logits over the vocabulary), {micro.layer / 1e9:.1f} GB within a layer's when checkpointed"
    )


def _buckets(model: Model, shared: Sharing) -> Part | None:
    if shared.world == 1 or shared.zero:
        return None
    return Part("DDP's buckets", float(model.trainable_bytes), "gradients once more, to be summed over the ranks")


def _optimiser(model: Model, shared: Sharing, training: Any) -> tuple[float, str]:
    name = str(getattr(training.optim, "value", training.optim))
    states = 2 if "8bit" in name else 0 if name in ("sgd", "adafactor") else 8
    master = 4 if shared.zero and model.trainable_bytes < 4 * model.trainable else 0
    if shared.optimiser_on_cpu:
        return 0.0, "in the CPU's memory"
    share = f", shared out over {shared.of(1)}" if shared.of(1) > 1 else ""
    how = f"{name}, {states} bytes a trained weight{' and its float32 master' * bool(master)}{share}"
    return (states + master) * model.trainable / shared.of(1), how


def _gathered(model: Model, shared: Sharing) -> Part | None:
    if shared.zero < 3:
        return None
    weights = min(model.parameters, shared.live)
    return Part("gathered weights", 2.0 * weights, "ZeRO-3's stage3_max_live_parameters")


def _ewc(model: Model, shared: Sharing, finetuning: Any) -> list[Part]:
    """F and θ* of the penalty."""
    if not arguments.penalises(finetuning):
        return []
    if finetuning.finetuning_type == "lora":
        rank = model.trainable / max(sum(o + i for o, i in model.linear), 1)
        centre = 4 * rank * sum(o + i for o, i in model.linear)
        return [Part("EWC: F and θ*", _fisher(model, finetuning) + centre, f"ewc_form {_form(finetuning)}")]
    each = {"half": 5.0, "8bit": 4.016}.get(str(finetuning.ewc_storage), 8.0)
    bytes_ = 0.0 if finetuning.ewc_offload else each * model.trainable / shared.world
    return [Part("EWC: F and θ*", bytes_, "in the CPU's memory" if finetuning.ewc_offload else "of this rank")]


def _form(finetuning: Any) -> str:
    return str(finetuning.ewc_form or DEFAULT_FORM)


def _fisher(model: Model, finetuning: Any) -> float:
    """Bytes of F of the effective weights, as the penalty holds it."""
    form, rank = _form(finetuning), finetuning.ewc_rank or DEFAULT_RANK
    both = sum(o + i for o, i in model.linear)
    if form == "dense":
        return 4.0 * sum(o * i for o, i in model.linear)
    sketch = sum(min(rank, o) * o + min(rank, i) * i for o, i in model.linear) if form == "kronecker" else 0
    return 2.0 * sketch + 4.0 * both  # U in bfloat16 (ewc_storage: half), diagonals in float32


def _sums(model: Model, shared: Sharing, finetuning: Any) -> float:
    """Float32 sums that become F."""
    if finetuning.finetuning_type == "lora":
        return 2.0 * _fisher(model, finetuning)
    return 8.0 * model.trainable / shared.world


def _cache(model: Model, training: Any) -> tuple[float, str]:
    """Keys and values of a batch of answers as long as the cutoff allows: the most that it may be."""
    text = model.text
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    head = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    positions = training.per_device_eval_batch_size * model.cutoff
    each = 2 * text.num_hidden_layers * heads * head * model.compute.itemsize
    return float(positions * each), f"keys and values of at most {positions:,} positions, after training"
