"""How likely does a model hold given answers? Summed negative log-likelihood and tokens per answer."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from ewc_plugin.evaluation.batches import batches
from ewc_plugin.evaluation.encoder import Encoded
from ewc_plugin.logits import keeps_logits

# rows of the vocabulary turned into float32 at once: 512 × 256k words are 0.5 GB
_ROWS = 512


def answer_likelihoods(
    model: Any, encoded: Sequence[Encoded], *, pad_token_id: int, batch_size: int
) -> list[tuple[float, int]]:
    """(−Σₛ log p(aₛ | prompt, a<s), number of tokens) for each answer a, in nats, in the order given.

    log p is a float32 log-softmax whatever the dtype of the model, and the sum over tokens is float64.
    Padding stands on the right, where a causal model cannot see it, so that positions start at 0 in every
    row. An answer without tokens gives (0.0, 0). The caller has switched gradients and dropout off.
    """
    lengths = [len(one.prompt_ids) + len(one.answer_ids) for one in encoded]
    results: list[tuple[float, int]] = [(0.0, 0)] * len(encoded)
    for chosen in batches(lengths, rows=batch_size):
        batch = _batch(model, [encoded[i] for i in chosen], pad_token_id)
        for index, result in zip(chosen, batch, strict=True):
            results[index] = result
    return results


def _batch(model: Any, encoded: Sequence[Encoded], pad_token_id: int) -> list[tuple[float, int]]:
    rows = [e.prompt_ids + e.answer_ids for e in encoded]
    # the token at position p is predicted at p − 1; a first token without any prompt is predicted by nothing
    spans = [(max(len(e.prompt_ids), 1), len(row)) for e, row in zip(encoded, rows, strict=True)]
    logits, offset = _logits(model, rows, pad_token_id, spans)
    return [
        _summed(logits[i, start - 1 - offset : end - 1 - offset], row[start:end]) if end > start else (0.0, 0)
        for i, (row, (start, end)) in enumerate(zip(rows, spans, strict=True))
    ]


def _logits(
    model: Any, rows: Sequence[list[int]], pad_token_id: int, spans: Sequence[tuple[int, int]]
) -> tuple[torch.Tensor, int]:
    """Logits of a right-padded batch and the position of their first column."""
    width = max(1, *map(len, rows))
    device = model.get_input_embeddings().weight.device
    ids = torch.tensor([row + [pad_token_id] * (width - len(row)) for row in rows], device=device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=device)
    first, last = min((s for s, e in spans if e > s), default=1) - 1, max(max(e for _, e in spans) - 1, 1)
    if not keeps_logits(model):
        return model(input_ids=ids, attention_mask=mask, use_cache=False).logits, 0
    # a prompt's logits are never needed, and over a vocabulary of 256k they would be most of the memory
    keep = torch.arange(first, last, device=device)
    return model(input_ids=ids, attention_mask=mask, use_cache=False, logits_to_keep=keep).logits, first


def _summed(logits: torch.Tensor, targets: Sequence[int]) -> tuple[float, int]:
    wanted = torch.tensor(targets, device=logits.device)
    parts = (
        cross_entropy(logits[i : i + _ROWS].float(), wanted[i : i + _ROWS], reduction="none").double().sum()
        for i in range(0, len(targets), _ROWS)
    )
    return sum(float(part) for part in parts), len(targets)
