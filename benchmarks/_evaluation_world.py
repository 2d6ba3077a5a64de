"""Which model does the evaluation benchmark evaluate, and with what? The smoke recipes' own, or a Gemma-2 shape."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from _evaluation_sets import records, write_sets
from _language import DTYPES, autocast, checkpointed, model_of, with_lora
from peft import LoraConfig, get_peft_model

from ewc_plugin import evaluation
from ewc_plugin.evaluation import Encoded, Settings
from ewc_plugin.evaluation.sets import EvaluationSet
from ewc_plugin.metrics import Aids

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "recipes" / "smoke"))
import tiny_model  # noqa: E402  # a script beside the recipes, not a package

SMOKE = "smoke"  # two million weights, on a CPU
TABLE = ROOT / "dataset_info" / "prosody.json"
RECIPE: dict[str, Any] = yaml.safe_load((ROOT / "recipes" / "domain.yaml").read_text(encoding="utf-8"))
BATCH: int = RECIPE["per_device_eval_batch_size"]


class ChatEncoder:
    """Gemma's markers around each turn; the host's template makes the same calls of the tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer, self._words = tokenizer, len(tokenizer)  # counted anew at each call of `len`
        self.pad_token_id, self.eos_token_ids = 0, frozenset({1, 5})

    def encode(self, messages: Sequence[Mapping[str, str]]) -> Encoded:
        turns = "".join(f"<start_of_turn>{m['role']}\n{m['content']}<end_of_turn>\n" for m in messages[:-1])
        prompt = self._tokenizer(f"<bos>{turns}<start_of_turn>model\n")["input_ids"]
        return Encoded(prompt, self._tokenizer(f"{messages[-1]['content']}<end_of_turn>")["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        # a model of a larger vocabulary says words that this tokenizer does not have: they stand for others
        known = [i % self._words for i in ids]
        return str(self._tokenizer.decode(known, skip_special_tokens=True))


@dataclass(frozen=True)
class World:
    """A model with LoRA, its encoder, the folder of its sets, and how they are measured."""

    model: Any
    encoder: ChatEncoder
    folder: Path
    settings: Settings
    shape: str
    device: torch.device
    dtype: torch.dtype

    @property
    def sets(self) -> tuple[EvaluationSet, ...]:
        return evaluation.discover(self.folder).sets

    @property
    def around(self) -> Callable[[], AbstractContextManager[Any]]:
        """What the host evaluates in."""
        return autocast(self.device, self.dtype)

    @property
    def trainable(self) -> list[torch.nn.Parameter]:
        return [p for p in self.model.parameters() if p.requires_grad]


def world(folder: Path, given: argparse.Namespace) -> World:
    write_sets(folder, tasks=given.tasks, items=given.items, length=given.length)
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.jsonl"))]
    tokenizer = tiny_model.tokenizer(texts)
    training = records("literature", count=given.items, length=given.length)
    settings = Settings(
        batch_size=BATCH,
        samples=given.items,
        generated=given.generated,
        max_new_tokens=given.new_tokens,
        aids=Aids(
            prosody=str(TABLE) if TABLE.is_file() else "",
            training_texts=[one["messages"][-1]["content"] for one in training],
        ),
    )
    device, dtype = torch.device(given.device), DTYPES[given.dtype]
    model = smoke_model(len(tokenizer)) if given.shape == SMOKE else shaped_model(given.shape, device, dtype)
    return World(model.eval(), ChatEncoder(tokenizer), folder, settings, given.shape, device, dtype)


def smoke_model(vocabulary: int) -> Any:
    torch.manual_seed(0)
    config = LoraConfig(r=8, lora_dropout=0.1, target_modules=["q_proj", "v_proj"])
    return get_peft_model(tiny_model.model(vocabulary), config)


def shaped_model(shape: str, device: torch.device, dtype: torch.dtype) -> Any:
    """Random weights with LoRA as recipes/domain.yaml trains it, with gradient checkpointing."""
    model = with_lora(model_of(shape, device, dtype), RECIPE["lora_rank"], dropout=RECIPE["lora_dropout"])
    return checkpointed(model)


def step(of: World, optimiser: torch.optim.Optimizer, ids: torch.Tensor) -> None:
    """A training step as far as memory and random numbers go: forward, backward, AdamW."""
    with of.around():
        loss = of.model(input_ids=ids, labels=ids, use_cache=False).loss
    loss.backward()
    optimiser.step()
    optimiser.zero_grad()
