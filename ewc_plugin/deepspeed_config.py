"""Which DeepSpeed settings would spoil the penalty? Pure: reads the config, imports no DeepSpeed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Config = Mapping[str, Any]
Refused = Callable[[Any], bool]


def _on(value: Any) -> bool:
    return value is True or str(value).lower() == "true"  # "auto" is the host's, which switches on none of these


def _above(limit: int) -> Refused:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value > limit


def _one_of(*names: str) -> Refused:
    return lambda value: str(value).lower() in names


UNSEEN = "it was never seen to give the gradient that one process gives"

# where in the config, which of its values, and why not
REFUSED: tuple[tuple[str, Refused, str], ...] = (
    ("zero_optimization.round_robin_gradients", _on, "with it DeepSpeed returns other parameters' weights"),
    ("zero_optimization.zero_hpz_partition_size", _above(1), UNSEEN),
    ("zero_optimization.mics_shard_size", _above(0), UNSEEN),
    ("zero_optimization.zero_quantized_weights", _on, "it rounds the weights that the penalty is measured from"),
    ("zero_optimization.zero_quantized_nontrainable_weights", _on, UNSEEN),
    ("zero_optimization.zero_quantized_gradients", _on, "it rounds a small penalty away"),
    ("zero_optimization.offload_param.device", _one_of("nvme"), "weights would be read from the disk in every step"),
    (
        "zero_optimization.offload_optimizer.device",
        _one_of("nvme"),
        "the float32 weights would be read from the disk in every step",
    ),
    ("zero_optimization.zenflow", bool, "it keeps part of the gradients back for later steps"),
    ("bf16.bf16_master_weights_and_grads", _on, "a small penalty is lost in bfloat16 weights"),
    ("fp16.fp16_master_weights_and_grads", _on, "a small penalty is lost in float16 weights"),
    ("amp.enabled", _on, "the loss scale of apex cannot be read"),
    ("torch_autocast.enabled", _on, "it reduces gradients in half precision with a loss scale of its own"),
    ("sparse_gradients", _on, "the penalty's gradient is not sparse"),
    ("sequence_parallel_size", _above(1), UNSEEN),
    ("tensor_parallel.autotp_size", _above(1), UNSEEN),
    ("progressive_layer_drop.enabled", _on, "it leaves layers out, so their gradients never arrive"),
    ("compile.deepcompile", _on, "it rewrites the backward pass, where the penalty enters"),
    ("hybrid_engine.enabled", _on, UNSEEN),
    (
        "optimizer.type",
        _one_of("onebitadam", "zerooneadam", "onebitlamb"),
        "it sends one bit of each gradient to the other ranks",
    ),
)


def problems(config: Any) -> list[str]:
    """What in a DeepSpeed config (path, dict or None) EWC cannot honour, one sentence each."""
    if not config:
        return []
    if not isinstance(config, Mapping):
        try:
            config = json.loads(Path(str(config)).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            return [f"deepspeed {config}: expected a JSON file; found {error}"]
    found = []
    for key, refused, reason in REFUSED:
        value = _at(config, key)
        if value is not None and refused(value):
            found.append(f"deepspeed {key}: {_shown(value)} cannot be used with EWC: {reason}; {_REMEDY}")
    return found + _stage(config)


_REMEDY = "remove it, or use one of recipes/deepspeed"


def _stage(config: Config) -> list[str]:
    stage = _at(config, "zero_optimization.stage")
    if stage in (1, 2, 3) and not isinstance(stage, bool):
        return []
    return [
        f"deepspeed zero_optimization.stage: expected 1, 2 or 3; found {stage!r}. Instead of stage 0 remove the "
        "deepspeed key: torchrun alone does the same"
    ]


def _at(config: Any, key: str) -> Any:
    for part in key.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, Mapping) else "{…}"
