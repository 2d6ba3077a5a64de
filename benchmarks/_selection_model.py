"""What does a tiny model learn from chosen rows? A base that has read some prose, training, and held-out questions.

Rows are encoded by the converters' own encoder, so that the labels are those of LLaMA-Factory's training.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from _selection_task import SIGNS, Row, Task
from torch import Tensor
from transformers import AutoModelForCausalLM

sys.path.append(str(Path(__file__).resolve().parents[1] / "recipes" / "smoke"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # before this folder, whose converters.py is a benchmark

import tiny_model  # a script beside the recipes, not a package

from converters.mixing.leakage import Turn
from converters.quality.models.encoding import IGNORED, Encoder
from converters.quality.models.settings import ModelSettings

PAD = 0
TURNS = "<bos><start_of_turn>user\n{}<end_of_turn>\n<start_of_turn>model\n{}<end_of_turn>\n"  # of the template gemma2


@dataclass(frozen=True)
class Settings:
    """Of the base and of each training, the same for all ways of choosing; steps are of `batch` rows."""

    width: int = 64
    layers: int = 1
    vocabulary: int = 1400
    reading_steps: int = 150
    steps: int = 200
    batch: int = 16
    rate: float = 3e-3
    cutoff: int = 64


@dataclass(frozen=True)
class Learnt:
    """On the held-out questions, in their order: nats per answer token, and whether every token is the likeliest.

    That every token is the likeliest after the true ones before it is what greedy decoding needs to give the answer.
    """

    losses: list[float]
    exact: list[bool]


@dataclass(frozen=True)
class Coded:
    ids: list[int]
    labels: list[int]


def read(task: Task, folder: Path, *, seed: int, settings: Settings) -> float:
    """Save a base in `folder` that has read the task's prose; returns its last loss there, in nats per token."""
    tiny_model.WIDTH, tiny_model.LAYERS, tiny_model.VOCABULARY = settings.width, settings.layers, settings.vocabulary
    torch.manual_seed(seed)
    corpus = [*task.prose, *(TURNS.format(row.question, row.answer) for row in task.answered)]
    random.Random(seed).shuffle(corpus)
    tokens = tiny_model.tokenizer([SIGNS, *corpus])
    ids = torch.tensor([i for text in corpus for i in (*tokens(text)["input_ids"], tokens.eos_token_id)])
    built = tiny_model.model(len(tokens))
    loss = tiny_model.pretrain(built, ids, seconds=1e9, steps=settings.reading_steps, seed=seed)
    built.save_pretrained(folder)
    tokens.save_pretrained(folder)
    return float(loss)


def encoder(folder: Path, settings: Settings) -> Encoder:
    keys = {"model_name_or_path": str(folder), "template": "gemma2", "cutoff_len": settings.cutoff}
    return Encoder(ModelSettings(keys))


def coded(rows: Sequence[Row], by: Encoder) -> list[Coded]:
    found = [by.encode([Turn("user", row.question), Turn("assistant", row.answer)]) for row in rows]
    return [Coded(list(each.ids), list(each.labels)) for each in found]


def trained(base: Path, rows: Sequence[Coded], *, seed: int, settings: Settings) -> torch.nn.Module:
    """All weights, AdamW, a rate that falls linearly to nothing; so many steps, however many rows there are."""
    torch.manual_seed(seed)
    model, draw = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), random.Random(seed)
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=settings.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / settings.steps)
    for batch in islice(_batches(len(rows), settings.batch, draw), settings.steps):
        ids, mask, labels = padded([rows[number] for number in batch])
        model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return model.eval()


def _batches(rows: int, size: int, draw: random.Random) -> Iterator[list[int]]:
    """Epoch after epoch, each in an order of its own."""
    while True:
        order = draw.sample(range(rows), rows)
        yield from (order[start : start + size] for start in range(0, rows, size))


def asked(model: torch.nn.Module, rows: Sequence[Coded], batch: int = 120) -> Learnt:
    losses, exact = list[float](), list[bool]()
    for start in range(0, len(rows), batch):
        ids, mask, labels = padded(rows[start : start + batch])
        with torch.no_grad():
            logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1].float()
        wanted = labels[:, 1:]
        own = torch.nn.functional.cross_entropy(logits.transpose(1, 2), wanted, ignore_index=IGNORED, reduction="none")
        counted = wanted != IGNORED
        losses += (own.sum(1) / counted.sum(1)).tolist()
        exact += ((logits.argmax(-1) == wanted) | ~counted).all(1).tolist()
    return Learnt(losses, exact)


def padded(rows: Sequence[Coded]) -> tuple[Tensor, Tensor, Tensor]:
    width = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [PAD] * (width - len(row.ids)) for row in rows])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows])
    labels = torch.tensor([row.labels + [IGNORED] * (width - len(row.labels)) for row in rows])
    return ids, mask, labels
