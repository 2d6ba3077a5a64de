"""What does a model answer? Greedily, behind the template's prompt, until it ends its turn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from converters.quality.models.encoding import Encoder
from converters.quality.models.model import LanguageModel

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


def answers(
    model: LanguageModel, encoder: Encoder, prompts: Sequence[Sequence[int]], *, rooms: Sequence[int]
) -> list[str]:
    """One answer a prompt, of at most as many tokens as it has room.

    Padding stands on the left, so that every answer goes on from its prompt's last token.
    """
    import torch

    width = max(map(len, prompts))
    ids = torch.tensor([[model.pad_token_id] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    stops = sorted(encoder.text.stop_token_ids())
    with torch.inference_mode():
        found = model.model.generate(
            input_ids=ids.to(model.device),
            attention_mask=mask.to(model.device),
            generation_config=_greedy(model, stops, max(rooms)),
        )
    ends = frozenset(stops)
    # cut to its own room: an answer must not depend on what stood beside it
    rows = [row[width : width + room].tolist() for row, room in zip(found, rooms, strict=True)]
    return [_told(encoder.tokenizer, row, ends) for row in rows]


def _greedy(model: LanguageModel, stops: Sequence[int], new_tokens: int) -> Any:
    # a configuration of its own: a model brings temperatures and penalties of its maker's along
    from transformers import GenerationConfig

    return GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        num_beams=1,
        max_new_tokens=new_tokens,
        eos_token_id=list(stops),
        pad_token_id=model.pad_token_id,
    )


def _told(tokenizer: Any, ids: Sequence[int], stops: frozenset[int]) -> str:
    end = next((at for at, token in enumerate(ids) if token in stops), len(ids))
    text: str = tokenizer.decode(list(ids[:end]), skip_special_tokens=True)
    return _THOUGHT.sub("", text).strip()
