"""On which language models is the cost of EWC measured? Gemma-2 shapes with random weights; nothing is downloaded.

`small` has the structure of the two published sizes for a CPU; what else needs the shapes finds them in `_shapes`.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any

import torch
from _shapes import SHAPES
from peft import LoraConfig, get_peft_model
from torch import Tensor, nn
from transformers import Gemma2Config, Gemma2ForCausalLM, PreTrainedModel

from ewc_plugin.fisher import Example

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def model_of(shape: str, device: torch.device, dtype: torch.dtype) -> PreTrainedModel:
    """Random weights from seed 0."""
    torch.manual_seed(0)
    with device:
        model: PreTrainedModel = Gemma2ForCausalLM._from_config(Gemma2Config(**SHAPES[shape]), dtype=dtype)  # type: ignore[no-untyped-call]
    model.train()
    return model


def with_lora(model: PreTrainedModel, rank: int, *, dropout: float = 0.0) -> nn.Module:
    """LoRA on all linear layers, float32 matrices (as the host has them), B away from zero."""
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=dropout, target_modules=TARGETS)
    adapted = get_peft_model(model, config)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            nn.init.normal_(parameter, std=0.01)
    return adapted


def checkpointed(model: nn.Module) -> nn.Module:
    """With gradient checkpointing in every layer, as the host trains unless it is told otherwise (reentrant)."""
    adapted: Any = model
    adapted.enable_input_require_grads()
    adapted.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": True})
    return model


def checkpointing(about: Mapping[str, Any]) -> str:
    """For the page."""
    return f"{'with' if about['checkpointing'] else 'without'} gradient checkpointing"


def autocast(device: torch.device, dtype: torch.dtype) -> Callable[[], AbstractContextManager[Any]]:
    """What the host computes in: float32 adapters on a half-precision model need it."""
    if dtype == torch.float32:
        return nullcontext
    return lambda: torch.autocast(device.type, dtype)


def examples_of(shape: str, *, count: int, length: int, seed: int = 0) -> list[Example]:
    """Random tokens, all but the first supervised: every logit is needed, by us and by a plain backward alike."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, SHAPES[shape]["vocab_size"], (count, length), generator=generator)
    return [Example(tuple(row), tuple(row)) for row in ids.tolist()]


def batches_of(examples: Sequence[Example], size: int, device: torch.device) -> list[Tensor]:
    return list(torch.split(torch.tensor([example.ids for example in examples], device=device), size))


class Wrapped(nn.Module):
    """ids (b, t) → logits (b, V, t−1) for the tokens behind the first, as Avalanche and CrossEntropyLoss want."""

    def __init__(self, model: nn.Module, around: Callable[[], AbstractContextManager[Any]] = nullcontext) -> None:
        super().__init__()
        self.model, self._around = model, around

    def forward(self, ids: Tensor) -> Tensor:
        with self._around():
            logits: Tensor = self.model(input_ids=ids, use_cache=False).logits
        return logits[:, :-1].mT.float()


class AvalancheTask(torch.utils.data.Dataset[tuple[Tensor, Tensor, Tensor]]):
    """(x, y, task label) as Avalanche's loaders want them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._ids = torch.tensor([example.ids for example in examples])

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        return self._ids[index], self._ids[index][1:], torch.tensor(0)


def avalanche_plugin(strength: float) -> Any:
    """Avalanche's EWC, or a sentence that says how to get it."""
    try:
        from avalanche.training.plugins import EWCPlugin
    except ImportError as error:
        raise SystemExit(f"Avalanche is compared with: pip install -c constraints.txt -e '.[dev]' ({error})") from error
    return EWCPlugin(ewc_lambda=strength)


def avalanche_importances(wrapped: Wrapped, examples: Sequence[Example], batch_size: int) -> dict[str, Any]:
    """One importance pass, as its plugin makes it at the end of an experience."""
    device = next(wrapped.parameters()).device
    found: dict[str, Any] = avalanche_plugin(1.0).compute_importances(
        wrapped,
        nn.CrossEntropyLoss(),
        torch.optim.SGD(wrapped.parameters(), lr=0.0),
        AvalancheTask(examples),
        device,
        batch_size,
    )
    return found


def avalanche_strategy(wrapped: Wrapped) -> SimpleNamespace:
    """The part of its training strategy that the plugin's penalty looks at, in the second experience."""
    device = next(wrapped.parameters()).device
    return SimpleNamespace(model=wrapped, device=device, clock=SimpleNamespace(train_exp_counter=1))
