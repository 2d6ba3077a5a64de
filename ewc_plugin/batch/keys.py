"""What becomes of the keys of a recipe with `batch_tokens`? The host is given the accumulation that it amounts to.

Before the host parses them: DeepSpeed copies the accumulation as soon as that is done.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ewc_plugin.batch.reckoning import Batch
from ewc_plugin.errors import ArgumentsError

OURS = "batch_tokens"
ACCUMULATION, PER_DEVICE = "gradient_accumulation_steps", "per_device_train_batch_size"
OF_DEEPSPEED = ("train_batch_size", "train_micro_batch_size_per_gpu", ACCUMULATION)
OTHER_LOOPS = ("use_mca", "use_hyper_parallel", "use_megatron_bridge")
LLAMABOARD = "LLAMABOARD_ENABLED"  # set by the web UI, whose form always has an accumulation


def world_size() -> int:
    """Ranks of this run, as torchrun and the host's Ray workers tell them."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check(asked: Any, training: Any, finetuning: Any, given: Mapping[str, Any]) -> None:
    """Raise ArgumentsError with everything that would set the batch beside `batch_tokens`."""
    problems = [] if whole(asked) else [f"{OURS}: expected a whole number above 0; found {asked!r}"]
    if not whole(training.per_device_train_batch_size):
        problems.append(
            f"{PER_DEVICE}: expected a whole number above 0; found {training.per_device_train_batch_size!r}"
        )
    if ACCUMULATION in given and not from_the_web_ui():
        problems.append(f"{OURS} and {ACCUMULATION} both set the batch: remove {ACCUMULATION}")
    if training.auto_find_batch_size:
        problems.append(
            f"{OURS} and auto_find_batch_size: each attempt would have another batch; expected a {PER_DEVICE} that fits"
        )
    for key, value in _of_deepspeed(training.deepspeed).items():
        if value not in (None, "auto"):
            problems.append(f'{OURS} and {key}: {value} of deepspeed both set the batch: write "{key}": "auto"')
    for key in OTHER_LOOPS:
        if getattr(finetuning, key, False):
            problems.append(f"{OURS} and {key}: it has a trainer of its own, whose batch is not this one")
    if problems:
        raise ArgumentsError(
            "recipe",
            expected=f"{OURS} to set the batch alone",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}",
            remedy="Mend, before anything is trained:\n" + "\n".join(f"  - {problem}" for problem in problems),
        )


def from_the_web_ui() -> bool:
    return os.environ.get(LLAMABOARD, "").lower() in ("1", "true", "y")


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _of_deepspeed(config: Any) -> dict[str, Any]:
    """The batch of a DeepSpeed config (path or dict); one that cannot be read is left to the host."""
    if isinstance(config, str):
        try:
            config = json.loads(Path(config).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
    return {key: config.get(key) for key in OF_DEEPSPEED} if isinstance(config, Mapping) else {}


def with_batch(raw: Any, batch: Batch) -> Any:
    """The keys of a recipe, or the words of a command line, with what `batch` amounts to."""
    chosen = {PER_DEVICE: batch.per_device, ACCUMULATION: batch.accumulation}
    if isinstance(raw, dict):
        return {**raw, **chosen}
    return [*raw, *(word for key, value in chosen.items() for word in (f"--{key}", str(value)))]  # the last one holds
