"""How does a reward model of LLaMA-Factory rate? By its value head at the last token, as its trainer does.

r(x, y) = w·h_T + b, h_T the last hidden state at the last token of the conversation that is not padding. The model is
loaded by LLaMA-Factory; only the logits over the vocabulary, which the trainer computes and drops, are not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from converters.contract import SourceError
from converters.quality.vectors import pooling


class ValueHead:
    def __init__(self, model: Any, *, pad: int, head: str) -> None:
        _require_loaded(model, head)
        self._model, self._pad = model, pad
        self._device = model.pretrained_model.get_input_embeddings().weight.device

    @property
    def longest(self) -> int | None:
        config = self._model.pretrained_model.config
        return getattr(getattr(config, "text_config", config), "max_position_embeddings", None)

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        import torch

        states = pooling.last_hidden_states(self._model.pretrained_model, batch, pad=self._pad, device=self._device)
        with torch.inference_mode():
            last = states[torch.arange(len(batch)), [len(ids) - 1 for ids in batch]]
            rated = self._model.v_head.to(last.device)(last)
        return [float(value) for value in rated.float().flatten()]


def _require_loaded(model: Any, head: str) -> None:
    """LLaMA-Factory goes on with random numbers, and a line in its log, where it does not find what it wants."""
    import torch

    kept = weights_of(head)
    there = model.v_head.state_dict(prefix="v_head.")
    if kept.keys() != there.keys() or any(
        not torch.equal(kept[name].float(), there[name].float().cpu()) for name in kept
    ):
        raise SourceError(
            head,
            expected=f"a value head that LLaMA-Factory loads: {', '.join(sorted(there))}",
            found=", ".join(sorted(kept)) or "nothing",
        )


def weights_of(head: str) -> dict[str, Any]:
    import torch
    from safetensors.torch import load_file

    if head.endswith(".safetensors"):
        return dict(load_file(head))
    return dict(torch.load(head, map_location="cpu", weights_only=True))
