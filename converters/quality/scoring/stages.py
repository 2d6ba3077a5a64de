"""What is reckoned of each example: lengths, losses in its conversation, losses of the answer alone, a rating.

Numbers are rounded to seven digits, which is what float32 holds: what is reckoned of them later is the same, whether at
once or in another run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from converters.quality.models.batches import Piece
from converters.quality.models.encoding import Encoded, Encoder
from converters.quality.models.likelihood import Asked, Losses, losses, token_losses
from converters.quality.models.model import LanguageModel
from converters.quality.rewards.reward import RewardModel, Unrated
from converters.quality.rows import Row
from converters.quality.scoring.passes import Unscored

NOTHING_SUPERVISED = "nothing_supervised"
DROPPED = "longer_than_the_cutoff"
TOO_LONG = "longer_than_the_model"
NO_INSTRUCTION = "no_instruction"
NOT_A_NUMBER = "not_a_number"


class Lengths:
    """Tokens after the cutoff, those before it, and characters. Asks no model."""

    name = "length"

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def piece(self, row: Row) -> Piece:
        encoded = self.encoder.encode(row.turns)
        return Piece(row.number, 1, 1, (encoded, row.turns))

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        return [_length(*piece.what) for piece in batch]


def _length(encoded: Encoded, turns: Sequence[Any]) -> dict[str, Any]:
    spoken = [turn for turn in turns if turn.role == "assistant"]
    return {
        "prompt": len(encoded.ids) - len(encoded.answer),
        "answer": len(encoded.answer),
        "whole": encoded.whole,
        "truncated": encoded.truncated,
        "prompt_characters": sum(len(turn.content) for turn in turns if turn.role != "assistant"),
        "answer_characters": sum(len(turn.content) for turn in spoken),
        "turns": len(spoken),
    }


class Conditional:
    """Losses of answers and of the instruction, each token given all before it in the conversation."""

    name = "conditional"

    def __init__(self, encoder: Encoder, model: LanguageModel) -> None:
        self.encoder, self.model = encoder, model

    def piece(self, row: Row) -> Piece:
        encoded = supervised(self.encoder, self.model, row)
        return Piece(row.number, 1, len(encoded.ids), encoded)

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        found = losses(self.model, [piece.what for piece in batch])
        return [_finite(each) for each in found]


def _finite(of: Losses) -> Any:
    if not all(map(math.isfinite, (of.answer.nll, of.instruction.nll))):
        return Unscored(NOT_A_NUMBER)
    if not of.answer.tokens:
        return Unscored(NOTHING_SUPERVISED)  # its only token is the first of all, which nothing predicts
    named = {"answer": of.answer, "instruction": of.instruction, "first": of.first}
    return {name: [rounded(loss.nll), loss.tokens] for name, loss in named.items()}


class Alone:
    """Losses of the same answer tokens without the conversation, after what the template begins with.

    Each stretch of answer (each supervised turn) is a sequence of its own. Where a template begins with nothing, the
    first token of each is predicted by nothing and counts nowhere.
    """

    name = "alone"

    def __init__(self, encoder: Encoder, model: LanguageModel) -> None:
        self.encoder, self.model = encoder, model

    def piece(self, row: Row) -> Piece:
        encoded = supervised(self.encoder, self.model, row)
        if not encoded.instruction:
            raise Unscored(NO_INSTRUCTION)
        found = alone(encoded, self.encoder.prefix)
        return Piece(row.number, len(found), max(len(each.ids) for each in found), found)

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        found = iter(token_losses(self.model, [each for piece in batch for each in piece.what]))
        return [_whole([next(found) for _ in piece.what]) for piece in batch]


def alone(encoded: Encoded, prefix: Sequence[int]) -> list[Asked]:
    """Each stretch of answer after `prefix`, all its tokens asked for but one that is the first of all."""
    found = []
    for stretch in encoded.answers():
        tokens = [encoded.target(at) for at in stretch]
        asked = range(1 if not prefix else 0, len(tokens))
        found.append(Asked([*prefix, *tokens], [len(prefix) + at for at in asked], [tokens[at] for at in asked]))
    return found


def _whole(of: Sequence[Any]) -> Any:
    nll, tokens = sum(float(each.sum()) for each in of), sum(map(len, of))
    if not math.isfinite(nll):
        return Unscored(NOT_A_NUMBER)
    return [rounded(nll), tokens]


class Reward:
    """What a reward model thinks of each conversation."""

    name = "reward"

    def __init__(self, model: RewardModel) -> None:
        self.model = model

    def piece(self, row: Row) -> Piece:
        try:
            ids = self.model.encode(row.turns)
        except Unrated as reason:
            raise Unscored(str(reason)) from reason
        return Piece(row.number, 1, len(ids), ids)

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        found = self.model.scores([piece.what for piece in batch])
        return [rounded(value) if math.isfinite(value) else Unscored(NOT_A_NUMBER) for value in found]


def supervised(encoder: Encoder, model: LanguageModel, row: Row) -> Encoded:
    """The tokens of a row that training learns something of. Raises Unscored."""
    encoded = encoder.encode(row.turns)
    if not encoded.answer:
        raise Unscored(NOTHING_SUPERVISED)
    if encoder.settings.packing and len(encoded.ids) > encoder.cutoff:
        raise Unscored(DROPPED)  # as packing does, for templates that add a token of their own behind the cutoff
    if model.longest is not None and len(encoded.ids) > model.longest and "rope_scaling" not in encoder.settings.keys:
        raise Unscored(TOO_LONG)
    return encoded


def rounded(value: float) -> float:
    return float(f"{value:.7g}")
