"""Which model does a recipe train? Its modelling code on the meta device, which has shapes and no numbers.

Parameters, dtypes and what is trainable are counted from it exactly; no weights are needed, only the config.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ewc_plugin.errors import ArgumentsError

# NF4: half a byte and an absmax for 64 weights, which double quantisation keeps in 8 bit with a float32 for 256 of them
NF4, NF4_DOUBLE = 0.5 + 4 / 64, 0.5 + 1 / 64 + 4 / (64 * 256)


@dataclass(frozen=True)
class Model:
    """The model as the host would load and adapt it, on the meta device, and the bytes that its weights take."""

    module: Any
    config: Any
    compute: torch.dtype
    frozen_bytes: float
    trainable_bytes: int  # as they are kept for computing
    trainable: int
    parameters: int
    quantised: bool
    largest: int  # weights of the largest quantised layer
    linear: tuple[tuple[int, int], ...]  # (out, in) of the layers with LoRA
    cutoff: int

    @property
    def text(self) -> Any:
        return self.config.get_text_config()


def config(model: Any) -> Any:
    """The model's config, local or from the hub; raises ArgumentsError when it cannot be had."""
    from transformers import AutoConfig

    name = model.model_name_or_path
    keys = {
        "trust_remote_code": model.trust_remote_code,
        "cache_dir": model.cache_dir,
        "revision": model.model_revision,
    }
    try:
        return AutoConfig.from_pretrained(name, token=model.hf_hub_token, **keys)
    except (OSError, ValueError) as error:
        raise ArgumentsError(
            f"model_name_or_path: {name}",
            expected="a folder with config.json, or a model of the hub that can be reached and read",
            found=" ".join(str(error).split())[:200],
            remedy="Name a folder or model of the same shape for the estimate: `estimate RECIPE "
            "model_name_or_path=DIR`. config.json is enough, weights are not needed; HF_ENDPOINT and HF_TOKEN count.",
        ) from error


def build(model: Any, training: Any, finetuning: Any, *, cutoff: int, zero: int = 0) -> Model:
    """The model of a recipe's arguments; `zero` is the stage of DeepSpeed, which keeps half-precision weights."""
    found = config(model)
    compute = computing(training, finetuning, found)
    attention = _attention(model, found)
    with torch.device("meta"):
        module = _modelling(model, found).from_config(found, dtype=compute, attn_implementation=attention)
        module.train()
        quantised = _quantised(module) if model.quantization_bit else set()
        module = _adapted(module, model, finetuning)
    kept = torch.float32 if not (zero or finetuning.pure_bf16) else compute  # the host upcasts what is trained
    trained = [p for p in module.parameters() if p.requires_grad]
    frozen = [p for p in module.parameters() if not p.requires_grad]
    trainable = sum(p.numel() for p in trained)
    adapter = trainable if finetuning.finetuning_type == "lora" else 0
    per_weight = _bytes_of_quantised(model)
    return Model(
        module=module,
        config=found,
        compute=compute,
        frozen_bytes=sum(p.numel() * (per_weight if id(p) in quantised else p.itemsize) for p in frozen),
        trainable_bytes=trainable * kept.itemsize,
        trainable=trainable,
        parameters=sum(p.numel() for p in frozen) + trainable - adapter,
        quantised=bool(quantised),
        largest=max((p.numel() for p in frozen if id(p) in quantised), default=0),
        linear=tuple(_adapted_shapes(module)),
        cutoff=cutoff,
    )


def computing(training: Any, finetuning: Any, found: Any) -> torch.dtype:
    """bf16 and fp16 as the recipe says; else the checkpoint's own dtype, which the host takes on a GPU."""
    if training.bf16 or finetuning.pure_bf16:
        return torch.bfloat16
    return torch.float16 if training.fp16 else torch.float32


def _modelling(model: Any, found: Any) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    known = type(found) in AutoModelForImageTextToText._model_mapping
    return AutoModelForImageTextToText if known else AutoModelForCausalLM


def _attention(model: Any, found: Any) -> str:
    """As the host chooses: Gemma-2 without flash attention is eager, which keeps every attention weight."""
    chosen = str(getattr(model.flash_attn, "value", model.flash_attn))
    if chosen == "disabled" or (found.model_type == "gemma2" and chosen in ("auto", "fa2") and not _flash()):
        return "eager"
    return "sdpa"


def _flash() -> bool:
    from transformers.utils.import_utils import is_flash_attn_2_available

    return bool(is_flash_attn_2_available())


def _quantised(module: Any) -> set[int]:
    """Weights that bitsandbytes keeps in few bits: linear layers but the output's."""
    head = module.get_output_embeddings()
    return {id(m.weight) for m in module.modules() if isinstance(m, nn.Linear) and m is not head}


def _bytes_of_quantised(model: Any) -> float:
    if model.quantization_bit == 4:
        return NF4_DOUBLE if model.double_quantization else NF4
    return 1.0


def _adapted(module: Any, model: Any, finetuning: Any) -> Any:
    if finetuning.finetuning_type == "full":
        return module
    if finetuning.finetuning_type == "freeze":
        return _frozen(module, finetuning)
    from peft import LoraConfig, get_peft_model

    target = finetuning.lora_target
    names = target if isinstance(target, list) else [part.strip() for part in str(target).split(",")]
    adapted = get_peft_model(
        module,
        LoraConfig(
            r=_rank(model, finetuning),
            lora_dropout=finetuning.lora_dropout,
            target_modules="all-linear" if names == ["all"] else names,
            task_type="CAUSAL_LM",
        ),
    )
    for parameter in adapted.parameters():
        if parameter.requires_grad:  # the host keeps it in float32; computing casts it
            parameter.data = parameter.data.to(torch.float32)
    return adapted


def _rank(model: Any, finetuning: Any) -> int:
    """That of the adapter which is continued, if it is there already."""
    earlier = list(model.adapter_name_or_path or [])
    path = Path(str(earlier[-1])) / "adapter_config.json" if earlier and not finetuning.create_new_adapter else None
    if path is not None and path.is_file():
        return int(json.loads(path.read_text(encoding="utf-8"))["r"])
    return int(finetuning.lora_rank)


def _frozen(module: Any, finetuning: Any) -> Any:
    """The last layers alone, or the first for a negative number."""
    layers = decoder(module)
    wanted = int(finetuning.freeze_trainable_layers)
    chosen = layers[-wanted:] if wanted > 0 else layers[: -wanted or None]
    module.requires_grad_(False)
    for layer in chosen:
        layer.requires_grad_(True)
    return module


def decoder(module: Any) -> Any:
    """The list of layers: the longest ModuleList."""
    return max((m for m in module.modules() if isinstance(m, nn.ModuleList)), key=len)


def _adapted_shapes(module: Any) -> Iterator[tuple[int, int]]:
    for layer in module.modules():
        if hasattr(layer, "lora_A") and hasattr(layer, "base_layer"):
            yield layer.base_layer.out_features, layer.base_layer.in_features
