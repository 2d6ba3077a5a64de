"""What is measured of scoring? Deviations, tokens a second, memory, four bits; on random weights of a known shape."""

import argparse
import gc
import math
import random
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _measure import always, extra_memory, interleaved, ratios, spread
from _shapes import SHAPES

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # before this folder, whose converters.py is a benchmark

from converters.quality.models.batches import Piece, batches
from converters.quality.models.encoding import IGNORED, Encoded
from converters.quality.models.likelihood import Losses, losses
from converters.quality.models.model import LanguageModel

EXACT = 1e-4  # relative, in float32: what the project promises
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
MEDIANS = (60, 150)  # tokens of a prompt and an answer; their logarithms spread by SPREAD
SPREAD = 0.9


def examples_of(shape: str, count: int, cutoff: int, seed: int = 0) -> list[Encoded]:
    """Random tokens; lengths of prompts and answers log-normal, as those of instruction data are."""
    dice = random.Random(seed)
    words = SHAPES[shape]["vocab_size"]
    found = []
    for _ in range(count):
        asked, said = (max(4, round(median * math.exp(dice.gauss(0, SPREAD)))) for median in MEDIANS)
        asked, said = min(asked, cutoff // 2), min(said, cutoff // 2)
        ids = tuple(dice.randrange(4, words) for _ in range(asked + said))
        labels = (*[IGNORED] * asked, *ids[asked:])
        found.append(Encoded(ids, labels, tuple(range(asked, len(ids))), tuple(range(asked)), len(ids)))
    return found


def model_of(shape: str, device: torch.device, dtype: torch.dtype) -> LanguageModel:
    """Random weights from seed 0, with the attention that LLaMA-Factory takes for Gemma-2."""
    from transformers import Gemma2Config, Gemma2ForCausalLM

    torch.manual_seed(0)
    config = Gemma2Config(**SHAPES[shape], pad_token_id=0)
    with device:
        model = Gemma2ForCausalLM._from_config(config, dtype=dtype, attn_implementation="eager")
    return LanguageModel(model.eval().requires_grad_(False), None, None, device, pad_token_id=0)


# ---- ways through the data


def by_length(examples: Sequence[Encoded], tokens: int) -> list[list[int]]:
    pieces = [Piece(number, 1, len(each.ids), None) for number, each in enumerate(examples)]
    return [[piece.number for piece in batch] for batch in batches(pieces, tokens)]


def in_file_order(examples: Sequence[Encoded], tokens: int) -> list[list[int]]:
    """As many neighbours in the file as the same budget holds, padding included."""
    found: list[list[int]] = [[]]
    longest = 0
    for number, each in enumerate(examples):
        longest = max(longest, len(each.ids))
        if found[-1] and (len(found[-1]) + 1) * longest > tokens:
            found.append([])
            longest = len(each.ids)
        found[-1].append(number)
    return found


def one_by_one(examples: Sequence[Encoded]) -> list[list[int]]:
    return [[number] for number in range(len(examples))]


def walked(model: LanguageModel, examples: Sequence[Encoded], order: Sequence[Sequence[int]]) -> list[Losses]:
    found: dict[int, Losses] = {}
    for batch in order:
        found |= dict(zip(batch, losses(model, [examples[number] for number in batch]), strict=True))
    return [found[number] for number in range(len(examples))]


def plain(model: LanguageModel, encoded: Encoded) -> float:
    """Σ −log p of an answer: one example, the whole model, transformers' own loss."""
    ids = torch.tensor([encoded.ids], device=model.device)
    labels = torch.tensor([encoded.labels], device=model.device)
    with torch.no_grad():
        return float(model.model(input_ids=ids, labels=labels, use_cache=False).loss) * len(encoded.answer)


# ---- questions


def deviations(found: Sequence[float], expected: Sequence[float]) -> list[float]:
    return sorted(abs(one - other) / abs(other) for one, other in zip(found, expected, strict=True))


def told(of: Sequence[float]) -> dict[str, float]:
    return {"median": of[len(of) // 2], "largest": of[-1]}


def answers(of: Sequence[Losses]) -> list[float]:
    return [each.answer.nll for each in of]


def correct(given: argparse.Namespace, device: torch.device) -> tuple[dict[str, Any], LanguageModel]:
    """In float32, then in the format that is measured; and the model in that format."""
    few = examples_of(given.shape, given.checked, given.cutoff, seed=1)
    exactly = model_of(given.shape, device, torch.float32)
    reference = [plain(exactly, each) for each in few]
    ways = {"by length": by_length(few, given.batch_tokens), "one by one": one_by_one(few)}
    found: dict[str, Any] = {
        "examples": len(few),
        "head over chosen positions": exactly.head.body is not None,
        "float32": {
            name: told(deviations(answers(walked(exactly, few, way)), reference)) for name, way in ways.items()
        },
    }
    found["holds"] = all(one["largest"] <= EXACT for one in found["float32"].values())
    if given.dtype == "fp32":
        return found, exactly
    half = LanguageModel(exactly.model.to(DTYPES[given.dtype]), None, None, device, pad_token_id=0)
    batched, alone = (answers(walked(half, few, way)) for way in ways.values())
    found[given.dtype] = {
        "by length, from float32": told(deviations(batched, reference)),
        "one by one, from float32": told(deviations(alone, reference)),
        "by length, from one by one": told(deviations(batched, alone)),
    }
    return found, half


def speed(model: LanguageModel, given: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    many = examples_of(given.shape, given.examples, given.cutoff)
    tokens = sum(len(each.ids) for each in many)
    ways = {
        "by length": by_length(many, given.batch_tokens),
        "in the order of the file": in_file_order(many, given.batch_tokens),
        "one by one": one_by_one(many),
    }
    walk = {name: always(partial(walked, model, many, way)) for name, way in ways.items()}
    for way in ways.values():  # the first of each size is slower than all that follow
        for batch in way[:2]:
            losses(model, [many[number] for number in batch])
    seconds = interleaved(walk, repetitions=given.repetitions, device=device, warmups=0)
    return {
        "examples": len(many),
        "tokens": tokens,
        "lengths": [min(len(each.ids) for each in many), max(len(each.ids) for each in many)],
        "ways": {
            name: {
                "batches": len(way),
                "padding": 1 - tokens / sum(len(b) * max(len(many[i].ids) for i in b) for b in way),
                "tokens_per_second": spread([tokens / each for each in seconds[name]]),
                "faster_than_one_by_one": ratios(seconds, name)["one by one"],
            }
            for name, way in ways.items()
        },
    }


def memory(model: LanguageModel, given: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    """Beyond the weights, of one batch of 8 examples of 512 tokens, of which half are answers."""
    dice, words = random.Random(2), SHAPES[given.shape]["vocab_size"]
    rows = 8 if device.type == "cuda" else 2
    batch = []
    for _ in range(rows):
        ids = tuple(dice.randrange(4, words) for _ in range(512))
        batch.append(Encoded(ids, (*[IGNORED] * 256, *ids[256:]), tuple(range(256, 512)), (), 512))
    ids = torch.tensor([each.ids for each in batch], device=device)

    def all_logits() -> None:
        with torch.no_grad():
            logits = model.model(input_ids=ids, use_cache=False).logits
            torch.nn.functional.cross_entropy(logits[:, 256:].flatten(0, 1).float(), ids[:, 256:].flatten())

    return {
        "rows": rows,
        "chosen positions": extra_memory(lambda: losses(model, batch), device),
        "all logits": extra_memory(all_logits, device),
    }


def quantised(model: LanguageModel, given: argparse.Namespace, device: torch.device) -> dict[str, Any]:
    """The same weights in four bits (nf4, double quantisation), as QLoRA has them. Takes the model apart."""
    import bitsandbytes

    few = examples_of(given.shape, given.checked, given.cutoff, seed=1)
    before = answers(walked(model, few, by_length(few, given.batch_tokens)))
    in_four_bits(model.model, bitsandbytes, DTYPES[given.dtype], device)
    batched = answers(walked(model, few, by_length(few, given.batch_tokens)))
    alone = answers(walked(model, few, one_by_one(few)))
    return {
        "by length, from one by one": told(deviations(batched, alone)),
        "from unquantised": told(deviations(batched, before)),
        **speed(model, argparse.Namespace(**{**vars(given), "examples": given.quantised_examples}), device),
    }


def in_four_bits(model: Any, bitsandbytes: Any, dtype: torch.dtype, device: torch.device) -> None:
    """Every linear layer but the head, one at a time."""
    for name, module in list(model.named_modules()):
        if not isinstance(module, torch.nn.Linear) or name == "lm_head":
            continue
        four = bitsandbytes.nn.Linear4bit(
            module.in_features, module.out_features, bias=False, compute_dtype=dtype, quant_type="nf4", device="meta"
        )
        four.weight = bitsandbytes.nn.Params4bit(
            module.weight.data.cpu(), requires_grad=False, compress_statistics=True, quant_type="nf4", module=four
        )
        parent, _, own = name.rpartition(".")
        setattr(model.get_submodule(parent), own, four.to(device))
        module.weight = None  # type: ignore[assignment]
    gc.collect()
