"""Where does the reward model of the benchmark of selection come from? The base, taught to tell clean from spoilt rows.

It learns on rows of other classes than those that are chosen from: it may know a broken answer by its form, and a wrong
one as far as what it has learnt carries over.
"""

import random
from pathlib import Path

import torch
from _selection_model import Coded, Settings, coded, encoder, padded
from _selection_task import Task
from transformers import AutoModelForSequenceClassification, AutoTokenizer

STEPS, BATCH, RATE = 150, 32, 2e-3


def rating_model(task: Task, base: Path, folder: Path, *, seed: int, settings: Settings) -> float:
    """Save it in `folder`; returns its last loss, the mean binary cross-entropy of a row in nats."""
    torch.manual_seed(seed)
    draw = random.Random(seed)
    rows = coded(task.rated, encoder(base, settings))
    clean = [float(row.kind == "clean") for row in task.rated]
    model = AutoModelForSequenceClassification.from_pretrained(base, num_labels=1, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    losses = []
    for _ in range(STEPS):
        numbers = draw.sample(range(len(rows)), BATCH)
        losses.append(_step(model, [rows[n] for n in numbers], torch.tensor([clean[n] for n in numbers])))
        optimizer.step()
        optimizer.zero_grad()
    model.eval().save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return sum(losses[-10:]) / 10


def _step(model: torch.nn.Module, rows: list[Coded], wanted: torch.Tensor) -> float:
    ids, mask, _ = padded(rows)
    rated = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(rated, wanted)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    return float(loss.item())
