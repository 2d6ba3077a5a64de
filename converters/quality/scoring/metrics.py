"""What do the losses of an example say? Perplexity and instruction-following difficulty, from what stages reckoned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from converters.quality.scoring.passes import Unscored
from converters.quality.scoring.stages import NO_INSTRUCTION, NOT_A_NUMBER, rounded


def perplexity(conditional: Mapping[str, Any]) -> dict[str, Any]:
    """Of answers: Σ −log p in nats over `tokens`, its mean, and exp(mean); the same of the instruction beside it.

    `instruction` is null where the cutoff left none of it. `first` is the loss of the first token of each of `answers`
    stretches, of which IFD has need.
    """
    instruction = _of(*conditional["instruction"]) if conditional["instruction"][1] else None
    first, answers = conditional["first"]
    return {**_of(*conditional["answer"]), "instruction": instruction, "first": first, "answers": answers}


def _of(nll: float, tokens: int) -> dict[str, Any]:
    mean = nll / tokens
    return {"nll": nll, "tokens": tokens, "mean": rounded(mean), "perplexity": rounded(_exp(mean))}


def conditional_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """What `perplexity` was reckoned from."""
    instruction = record["instruction"]
    return {
        "answer": [record["nll"], record["tokens"]],
        "instruction": [instruction["nll"], instruction["tokens"]] if instruction else [0.0, 0],
        "first": [record["first"], record["answers"]],
    }


def ifd(conditional: Mapping[str, Any], alone: tuple[float, int]) -> dict[str, Any]:
    """How much the instruction helps: mean loss of the answer given it ÷ mean loss of the same tokens alone.

    IFD(Q, A) = s(A | Q) / s(A), s the mean −log p of a token (Li et al. 2024, "From Quantity to Quality", NAACL, eq.
    3). Near 1 and above, the instruction does not help the model to the answer. `perplexity_ratio` is exp of the
    difference, the ratio of perplexities ("Superfiltering", Li et al. 2024, ACL, eq. 2). Of several answers all tokens
    count alike, each given what stands before it and alone without any of it. Raises Unscored.
    """
    nll, tokens = conditional["answer"]
    if not conditional["instruction"][1]:
        raise Unscored(NO_INSTRUCTION)
    if alone[1] < tokens:  # the template begins with nothing, and so the first tokens stand out on both sides
        nll, tokens = nll - conditional["first"][0], tokens - conditional["first"][1]
    if tokens < 1 or tokens != alone[1] or alone[0] <= 0:
        raise Unscored(NOT_A_NUMBER)
    given, by_itself = nll / tokens, alone[0] / alone[1]
    return {
        "ifd": rounded(given / by_itself),
        "perplexity_ratio": rounded(_exp(given - by_itself)),
        "given": rounded(given),
        "alone": rounded(by_itself),
        "tokens": tokens,
    }


def _exp(value: float) -> float:
    """Raises Unscored for what no float holds."""
    try:
        return math.exp(value)
    except OverflowError as error:
        raise Unscored(NOT_A_NUMBER) from error
