"""Which model is asked, and how is its text made? The keys of a recipe, read from it or from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.contract import SourceError

CUTOFF = 2048  # LLaMA-Factory's own default
DTYPES = ("auto", "float32", "bfloat16", "float16")
DEVICES = ("auto", "cpu", "cuda", "spread")
BATCH_TOKENS = 16_384
# a core works no faster on more: states that no longer fit its cache cost more than longer products gain
BATCH_TOKENS_OF_A_CPU = 1_024
# what of a recipe says which model it is, and how a conversation becomes tokens; all else is about its training
MODEL_KEYS = (
    "model_name_or_path",
    "adapter_name_or_path",
    "adapter_folder",
    "cache_dir",
    "model_revision",
    "trust_remote_code",
    "use_fast_tokenizer",
    "split_special_tokens",
    "resize_vocab",
    "add_tokens",
    "add_special_tokens",
    "new_special_tokens_config",
    "flash_attn",
    "rope_scaling",
    "quantization_bit",
    "quantization_method",
    "quantization_type",
    "double_quantization",
    "finetuning_type",
)
TEXT_KEYS = (
    "template",
    "cutoff_len",
    "train_on_prompt",
    "mask_history",
    "default_system",
    "tool_format",
    "enable_thinking",
    "preserve_thinking",
)


@dataclass(frozen=True)
class ModelSettings:
    """`keys` are those of a recipe, MODEL_KEYS and TEXT_KEYS, as LLaMA-Factory reads them.

    `packing`: whether training packs, and so drops what is longer than the cutoff. `device` "spread" lays one model
    over all GPUs of a process.
    """

    keys: Mapping[str, Any]
    packing: bool = False
    dtype: str = "auto"
    device: str = "auto"
    batch_tokens: int = BATCH_TOKENS

    @property
    def model(self) -> str:
        return str(self.keys.get("model_name_or_path") or "")

    @property
    def adapters(self) -> tuple[str, ...]:
        return adapters_of(self.keys)

    @property
    def template(self) -> str:
        return str(self.keys.get("template") or "")

    @property
    def cutoff(self) -> int:
        return int(self.keys.get("cutoff_len") or CUTOFF)

    @property
    def quantised(self) -> bool:
        return self.keys.get("quantization_bit") is not None


def adapters_of(keys: Mapping[str, Any]) -> tuple[str, ...]:
    given = keys.get("adapter_name_or_path")
    if not given:
        return ()
    parts = given.split(",") if isinstance(given, str) else given
    return tuple(str(part).strip() for part in parts)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--recipe`, or `--model` and `--template`; what is named beside a recipe takes the place of its key."""
    group = parser.add_argument_group("the model, and how a conversation becomes its tokens")
    group.add_argument(
        "--recipe", type=Path, metavar="YAML", help="take model, adapter, template, cutoff_len… from this recipe"
    )
    group.add_argument("--model", metavar="PATH", help="model_name_or_path")
    group.add_argument("--adapter", metavar="PATH", help="adapter_name_or_path (LoRA); none: not that of the recipe")
    group.add_argument("--template", metavar="NAME", help="a template of LLaMA-Factory, as in training")
    group.add_argument("--cutoff-len", type=int, metavar="N", help=f"cutoff_len ({CUTOFF})")
    group.add_argument("--quantization-bit", type=int, choices=(4, 8), help="with bitsandbytes, as QLoRA has it")
    group.add_argument("--trust-remote-code", action="store_true", help="run code that the model brings along")
    group.add_argument(
        "--dtype",
        choices=DTYPES,
        default="auto",
        help="auto: bfloat16 on a GPU, float32 on a CPU. With a model of 9B bfloat16 moved losses by 0.02 %% and other "
        "batches by 0.01 %%; in float32 batches move nothing",
    )
    group.add_argument(
        "--device", choices=DEVICES, default="auto", help="spread: one model over all GPUs of this process"
    )
    group.add_argument(
        "--batch-tokens",
        type=int,
        metavar="N",
        help=f"tokens that go through the model at once, padding included ({BATCH_TOKENS:,}, on a CPU "
        f"{BATCH_TOKENS_OF_A_CPU:,}); halved where memory does not suffice",
    )


def settings_of(parsed: argparse.Namespace) -> ModelSettings:
    """What the command line and the recipe say together. Raises SourceError for neither a model nor a recipe."""
    recipe = read_recipe(parsed.recipe) if parsed.recipe else {}
    keys = {key: recipe[key] for key in (*MODEL_KEYS, *TEXT_KEYS) if recipe.get(key) is not None}
    keys |= _named(parsed)
    if parsed.adapter == "none":
        keys.pop("adapter_name_or_path", None)
    _check(keys, parsed)
    return ModelSettings(
        keys,
        packing=bool(recipe.get("packing") or recipe.get("neat_packing")),
        dtype=parsed.dtype,
        device=parsed.device,
        batch_tokens=tokens_at_once(parsed),
    )


def tokens_at_once(parsed: argparse.Namespace) -> int:
    """As named; otherwise what suits the device."""
    if parsed.batch_tokens is not None:
        return int(parsed.batch_tokens)
    import torch

    on_gpu = parsed.device != "cpu" and torch.cuda.is_available()
    return BATCH_TOKENS if on_gpu else BATCH_TOKENS_OF_A_CPU


def _named(parsed: argparse.Namespace) -> dict[str, Any]:
    given = {
        "model_name_or_path": parsed.model,
        "adapter_name_or_path": parsed.adapter,
        "template": parsed.template,
        "cutoff_len": parsed.cutoff_len,
        "quantization_bit": parsed.quantization_bit,
        "trust_remote_code": parsed.trust_remote_code or None,
    }
    return {key: value for key, value in given.items() if value is not None}


def _check(keys: Mapping[str, Any], parsed: argparse.Namespace) -> None:
    if not keys.get("model_name_or_path") or not keys.get("template"):
        raise SourceError(
            "--model" if not keys.get("model_name_or_path") else "--template",
            expected="a model and its template: --recipe recipes/task.yaml, or --model PATH --template NAME",
            found="neither" if not parsed.recipe and not parsed.model else "one of both",
        )
    if int(keys.get("cutoff_len", CUTOFF)) < 2 or tokens_at_once(parsed) < 1:
        raise SourceError(
            "--cutoff-len and --batch-tokens",
            expected="at least 2 tokens of an example, and 1 of a batch",
            found=f"{keys.get('cutoff_len', CUTOFF)} and {tokens_at_once(parsed)}",
        )


def read_recipe(path: Path) -> Mapping[str, Any]:
    """The keys of a YAML file. Raises SourceError for one that is missing or no mapping."""
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(str(path), expected="a recipe", found=str(error.strerror)) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(str(path), expected="a recipe in YAML", found=str(error).split("\n")[0]) from error
    if not isinstance(found, Mapping):
        raise SourceError(str(path), expected="a recipe: keys and their values", found=type(found).__name__)
    return found
