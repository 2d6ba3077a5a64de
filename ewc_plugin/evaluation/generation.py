"""What does a model answer? Greedy generation in batches, the same as one by one.

While training the tokenizer pads on the right, where a generated token would follow padding. Here the
left-padded tensors are built by hand and the tokenizer is never touched.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig

from ewc_plugin.evaluation.batches import batches


@dataclass(frozen=True)
class Answer:
    """`ids` without the end token; `finished` is false when the limit of new tokens cut it off."""

    ids: list[int]
    finished: bool


def greedy_answers(
    model: Any,
    prompts: Sequence[list[int]],
    *,
    pad_token_id: int,
    eos_token_ids: Collection[int],
    max_new_tokens: int,
    batch_size: int,
    positions: int | None = None,
) -> list[Answer]:
    """The most likely token at each step, for each prompt, in the order given. Batches are those of `batches.py`.

    The model's own generation config is set aside (a repetition penalty or sampling in it would make scores
    of two models incomparable): call inside `leaving_no_trace`, which puts it back.
    """
    config = _greedy(pad_token_id, eos_token_ids, max_new_tokens)
    _set_aside(model, config)
    answers: list[Answer] = [Answer([], False)] * len(prompts)
    lengths = [len(prompt) + max_new_tokens for prompt in prompts]
    for chosen in batches(lengths, rows=batch_size, positions=positions):
        tails = _generate(model, [prompts[i] for i in chosen], config)
        for index, tail in zip(chosen, tails, strict=True):
            answers[index] = until_end(tail, eos_token_ids)
    return answers


def sharded(model: Any) -> bool:
    """Whether each forward fetches weights from all ranks: DeepSpeed's ZeRO-3."""
    return any(hasattr(parameter, "ds_id") for parameter in model.parameters())


def _greedy(pad_token_id: int, eos_token_ids: Collection[int], max_new_tokens: int) -> GenerationConfig:
    return GenerationConfig(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        do_sample=False,
        num_beams=1,
        max_new_tokens=max_new_tokens,
        pad_token_id=pad_token_id,
        eos_token_id=sorted(eos_token_ids) or None,
        use_cache=True,
    )


def _set_aside(model: Any, config: GenerationConfig) -> None:
    # generate() fills whatever is unset from the model's own config, so that must be the plain one too
    for module in model.modules():
        if vars(module).get("generation_config") is not None:
            module.generation_config = config


def _generate(model: Any, prompts: Sequence[list[int]], config: GenerationConfig) -> list[list[int]]:
    width = max(map(len, prompts))
    device = model.get_input_embeddings().weight.device
    ids = torch.tensor([[config.pad_token_id] * (width - len(p)) + p for p in prompts], device=device)
    # positions follow from the mask: generate() counts them from the first 1
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=device)
    together = {"synced_gpus": True} if sharded(model) else {}  # until the last rank has its last end token
    output = model.generate(input_ids=ids, attention_mask=mask, generation_config=config, **together)
    tails: list[list[int]] = output[:, width:].tolist()
    return tails


def until_end(tail: Sequence[int], eos_token_ids: Collection[int]) -> Answer:
    """What was written, up to the first end token."""
    ends = [i for i, token in enumerate(tail) if token in eos_token_ids]
    return Answer(list(tail[: ends[0]]), True) if ends else Answer(list(tail), False)
