"""How likely does a model hold the tokens of a conversation? Summed negative log-likelihoods, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from converters.quality.encoding import Encoded
from converters.quality.model import LanguageModel


class Loss(NamedTuple):
    """−Σ log p over `tokens` positions, in nats; (0.0, 0) of none."""

    nll: float
    tokens: int

    @property
    def mean(self) -> float:
        return self.nll / self.tokens if self.tokens else float("nan")


@dataclass(frozen=True, slots=True)
class Losses:
    """Of one conversation: its answers, its instruction, and the first token of each stretch of an answer."""

    answer: Loss
    instruction: Loss
    first: Loss


def losses(model: LanguageModel, batch: Sequence[Encoded]) -> list[Losses]:
    """Of each conversation of a batch that fits into memory, in the order given."""
    raise NotImplementedError
