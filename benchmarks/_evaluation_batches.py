"""What do batches gain, and what does our generation cost beside `model.generate`? The same prompts, side by side."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from _evaluation_parts import answered
from _evaluation_world import World
from _measure import always, interleaved, ratios, spread, table

from ewc_plugin.evaluation.generation import greedy_answers
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.sets import choose, read

FEWEST = 3  # repetitions of what should be equal
MANY = 48  # prompts, as many as a set of the recipes has answers


def asked_of(of: World, count: int) -> list[list[int]]:
    """Prompts dealt over the sets: of uneven lengths."""
    generating = [s for s in of.sets if of.settings.generates(s.task)]
    items = [choose(read(s), of.settings.generated, seed=of.settings.seed) for s in generating]
    dealt = [one for together in zip(*items, strict=True) for one in together]
    return [of.encoder.encode(item.messages).prompt_ids for item in dealt[:count]]


def batched(of: World, asked: Sequence[list[int]]) -> list[list[int]]:
    return [a.ids for a in answered(of, asked, of.settings.max_new_tokens)]


def fixed(of: World, asked: Sequence[list[int]]) -> list[list[int]]:
    """Ours as where ranks have to keep step: no more rows in a batch than the recipe says."""
    with torch.no_grad(), of.around(), leaving_no_trace(of.model):
        answers = greedy_answers(
            of.model,
            asked,
            pad_token_id=0,
            eos_token_ids=of.encoder.eos_token_ids,
            max_new_tokens=of.settings.max_new_tokens,
            batch_size=of.settings.batch_size,
        )
    return [a.ids for a in answers]


def one_by_one(of: World, asked: Sequence[list[int]]) -> list[list[int]]:
    return [ids for prompt in asked for ids in fixed(of, [prompt])]


def plain(of: World, asked: Sequence[list[int]]) -> list[list[int]]:
    """transformers alone: batches of the same prompts, padded on the left, longest first, as a script would have it."""
    size, ordered = of.settings.batch_size, sorted(range(len(asked)), key=lambda i: -len(asked[i]))
    found: dict[int, list[int]] = {}
    for start in range(0, len(ordered), size):
        chosen = ordered[start : start + size]
        width = len(asked[chosen[0]])
        ids = torch.tensor([[0] * (width - len(asked[i])) + asked[i] for i in chosen], device=of.device)
        mask = torch.tensor([[0] * (width - len(asked[i])) + [1] * len(asked[i]) for i in chosen], device=of.device)
        with torch.no_grad(), of.around():
            output = of.model.generate(
                input_ids=ids,
                attention_mask=mask,
                do_sample=False,
                max_new_tokens=of.settings.max_new_tokens,
                pad_token_id=0,
                eos_token_id=sorted(of.encoder.eos_token_ids),
            )
        found |= {i: _said(row, of) for i, row in zip(chosen, output[:, width:].tolist(), strict=True)}
    return [found[i] for i in range(len(asked))]


def _said(row: list[int], of: World) -> list[int]:
    ends = [place for place, token in enumerate(row) if token in of.encoder.eos_token_ids]
    return row[: ends[0]] if ends else row


def measured(of: World, given: argparse.Namespace) -> dict[str, Any]:
    few, many = asked_of(of, of.settings.batch_size), asked_of(of, MANY)
    said: dict[str, list[list[int]]] = {}

    def kept(name: str, act: Callable[[World, list[list[int]]], list[list[int]]], asked: list[list[int]]) -> None:
        said[name] = act(of, asked)

    def compared(
        name: str, act: Callable[..., list[list[int]]], asked: list[list[int]], repetitions: int
    ) -> dict[str, Any]:
        variants = {
            "ours": always(partial(kept, "ours", batched, asked)),
            name: always(partial(kept, name, act, asked)),
        }
        seconds = interleaved(variants, repetitions=repetitions, device=of.device, warmups=0)
        same = sum(ours == theirs for ours, theirs in zip(said["ours"], said[name], strict=True))
        return {
            "ours": spread(seconds["ours"]),
            "seconds": spread(seconds[name]),
            "to_ours": ratios(seconds, "ours")[name],
            "same_answers": same,
            "answers": len(asked),
        }

    first = batched(of, many)  # also the warm-up
    often = max(FEWEST, given.repetitions)
    return {
        "generation": {
            "batch": of.settings.batch_size,
            "tokens": sum(map(len, first)),
            "different_tokens": len({token for ids in first for token in ids}),
            "prompt_tokens": [min(map(len, many)), max(map(len, many))],
            "compared": {
                "model.generate": compared("model.generate", plain, few, often),
                "one by one": compared("one by one", one_by_one, few, given.repetitions),
                "rows of the recipe": compared("rows of the recipe", fixed, many, given.repetitions),
            },
        }
    }


def section(found: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    of = found["generation"]
    shortest, longest = of["prompt_tokens"]
    rows = [
        (name, one["ours"], one["seconds"], one["to_ours"], f"{one['same_answers']} of {one['answers']}")
        for name, one in of["compared"].items()
    ]
    headers = ("beside", "ours, seconds", "it, seconds", "it ÷ ours", "the same answers")
    rounding = " In bf16 another batch rounds otherwise, and answers part where two tokens are nearly as likely."
    return "\n\n".join(
        [
            "## Answers in batches",
            table(headers, rows),
            f"Prompts of {shortest} to {longest} tokens; {of['different_tokens']} different tokens among "
            f"{of['tokens']} generated: untrained weights repeat themselves, so that equal answers prove little here "
            "(the tests do). `model.generate`: transformers alone on the same left-padded batch. `one by one`: one "
            f"prompt a batch. `rows of the recipe`: {of['batch']} a batch, as where ranks have to keep step; ours puts "
            "together what has no "
            "more positions than that many sequences of the cutoff's length."
            + (rounding if about["dtype"] == "bf16" else ""),
        ]
    )
