"""What does a language model hold of a conversation in its last layer? Hidden states of padded batches, and their mean.

Padding is on the right and masked, so that no number depends on what else is in the batch (causal attention would not
see it in any case; the mask says so to models that look both ways).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from converters.quality.contract import Matrix

POOLINGS = ("mean", "last")


def padded(batch: Sequence[Sequence[int]], pad: int, device: Any) -> tuple[Any, Any]:
    """(tokens, attention mask), both n × longest; the mask is 1 where a token is."""
    import torch

    longest = max(len(ids) for ids in batch)
    tokens = torch.full((len(batch), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, ids in enumerate(batch):
        tokens[row, : len(ids)] = torch.tensor(ids, dtype=torch.long)
        mask[row, : len(ids)] = 1
    return tokens.to(device), mask.to(device)


def body(model: Any) -> Any:
    """The layers without the head over the vocabulary, whose numbers nobody needs here; adapters stay in them."""
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return getattr(base, base.base_model_prefix, base)


def last_hidden_states(model: Any, batch: Sequence[Sequence[int]], *, pad: int, device: Any) -> Any:
    """n × longest × d, after the last norm, in the model's own number format; rows are padded on the right."""
    import torch

    tokens, mask = padded(batch, pad, device)
    with torch.inference_mode():
        return body(model)(input_ids=tokens, attention_mask=mask, use_cache=False, return_dict=True).last_hidden_state


def pooled(states: Any, positions: Sequence[Sequence[int]], pooling: str) -> Matrix:
    """One vector of float32 for each row: the mean over its positions, or the state at the last of them.

    h = 1/|P| Σ_{t∈P} h_t, added up in float32 whatever the states are in.
    """
    import torch

    rows = []
    with torch.inference_mode():
        for row, at in enumerate(positions):
            chosen = torch.as_tensor(at if pooling == "mean" else at[-1:], device=states.device)
            rows.append(states[row, chosen].float().mean(dim=0))
        return np.asarray(torch.stack(rows).cpu().numpy(), dtype=np.float32)
