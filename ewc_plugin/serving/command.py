"""With which command does vLLM serve a checkpoint as its stage left it, and which checkpoints can it not?"""

import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.later import ADAPTER
from ewc_plugin.serving.server import ServerError

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # what vLLM takes as --max-lora-rank


class VllmError(ServerError):
    """vLLM is not there, or cannot hold this checkpoint as it is."""


def serve(checkpoint: Path, recipe: Recipe, length: int) -> list[str]:
    """The arguments of `vllm`, but for its port: the model as its stage loaded it, and room for `length` tokens."""
    adapter = _adapter(checkpoint)
    model = str(checkpoint) if adapter is None else recipe.model_name_or_path
    # no sampling or penalty from the model's files: the answers must be those of the stage's own greedy search
    words = ["serve", model, "--dtype", _dtype(recipe), "--max-model-len", str(length), "--generation-config", "vllm"]
    if adapter is None:
        words += ["--served-model-name", checkpoint.name]
    else:
        module = json.dumps({"name": checkpoint.name, "path": str(checkpoint)}, ensure_ascii=False)
        rank = next(rank for rank in RANKS if rank >= adapter["r"])
        words += ["--served-model-name", f"base of {checkpoint.name}", "--enable-lora", "--max-lora-rank", str(rank)]
        words += ["--lora-modules", module]
    more = recipe.model or {}
    if more.get("trust_remote_code"):
        words.append("--trust-remote-code")
    if adapter is not None and more.get("model_revision", "main") != "main":
        words += ["--revision", str(more["model_revision"])]
    return words


def require_fit(checkpoint: Path, recipe: Recipe, extra: Sequence[str]) -> None:
    """Raise VllmError with everything in which vLLM would serve another model than the stage left, or none."""
    adapter, more = _adapter(checkpoint), recipe.model or {}
    reasons = [] if adapter is None else _of_adapter(adapter, recipe)
    if adapter is None and not (checkpoint / "config.json").is_file():
        reasons.append(f"neither {ADAPTER} nor config.json in it")
    if more.get("quantization_bit") and not any(word.startswith(("--quantization", "-q")) for word in extra):
        reasons.append(f"a base that was quantised while loading (quantization_bit {more['quantization_bit']})")
    if more.get("rope_scaling"):
        reasons.append(f"rope_scaling {more['rope_scaling']}, set while loading")
    if reasons:
        raise VllmError(
            str(checkpoint),
            expected="a checkpoint that vLLM serves as its stage left it",
            found="; ".join(reasons),
            remedy="Evaluate without --vllm, or export it (llamafactory-cli export) and evaluate what that wrote.",
        )


def _of_adapter(adapter: Mapping[str, Any], recipe: Recipe) -> list[str]:
    reasons = {
        f"an adapter of type {adapter.get('peft_type')}": adapter.get("peft_type") != "LORA",
        f"an adapter of rank {adapter.get('r')}, above {RANKS[-1]}": adapter.get("r", 0) > RANKS[-1],
        "an adapter with DoRA": adapter.get("use_dora"),
        f"whole modules saved with the adapter ({adapter.get('modules_to_save')})": adapter.get("modules_to_save"),
        "an adapter with biases": adapter.get("bias", "none") != "none",
        "ranks or alphas of single modules": adapter.get("rank_pattern") or adapter.get("alpha_pattern"),
        "adapters below its own": recipe.adapter_name_or_path,
    }
    return [reason for reason, holds in reasons.items() if holds]


def environment() -> dict[str, str]:
    """Ours, with the hub that the host would load from, and without a report of use to vLLM's makers."""
    found = {"VLLM_NO_USAGE_STATS": "1", **os.environ}
    if os.environ.get("USE_MODELSCOPE_HUB", "").lower() in ("1", "true", "y"):
        found.setdefault("VLLM_USE_MODELSCOPE", "True")
    return found


def words(arguments: str) -> list[str]:
    try:
        return shlex.split(arguments)
    except ValueError as problem:
        raise VllmError(
            "--vllm-args", expected="words as a shell reads them", found=f"{problem}", remedy="Close the quotation."
        ) from problem


def executable(command: str) -> str:
    if path := shutil.which(command):
        return path
    raise VllmError(
        "--vllm",
        expected="the command of vLLM, on PATH or with its path",
        found=f"no command {command!r}",
        remedy="Install vLLM (best in an environment of its own) and name its command: --vllm /opt/vllm/bin/vllm. "
        "The checkpoint and KEY=VALUE come before --vllm.",
    )


def _adapter(checkpoint: Path) -> dict[str, Any] | None:
    path = checkpoint / ADAPTER
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        found["r"] = int(found.get("r", 0))
        return found
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise VllmError(
            str(path),
            expected="an adapter's configuration, as PEFT writes it",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Save the checkpoint again, or take another one.",
        ) from problem


def _dtype(recipe: Recipe) -> str:
    """The precision in which the stage computed."""
    if recipe.bf16 or recipe.fp16:
        return "bfloat16" if recipe.bf16 else "float16"
    return str((recipe.model or {}).get("infer_dtype") or "auto")
