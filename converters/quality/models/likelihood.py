"""How likely does a model hold the tokens of a conversation? Summed negative log-likelihoods, in nats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from converters.quality.models.encoding import Encoded
from converters.quality.models.model import LanguageModel

Numbers = npt.NDArray[np.float64]


class Loss(NamedTuple):
    """−Σ log p over `tokens` positions, in nats; (0.0, 0) of none."""

    nll: float
    tokens: int

    @property
    def mean(self) -> float:
        """Nats a token; not a number where there is none."""
        return self.nll / self.tokens if self.tokens else float("nan")


@dataclass(frozen=True, slots=True)
class Losses:
    """Of one conversation: its answers, its instruction, and the first token of each stretch of an answer."""

    answer: Loss
    instruction: Loss
    first: Loss


class Asked(NamedTuple):
    """Tokens, and which of them are asked for: `targets[i]` at `positions[i]`, never at 0."""

    ids: Sequence[int]
    positions: Sequence[int]
    targets: Sequence[int]


def losses(model: LanguageModel, batch: Sequence[Encoded]) -> list[Losses]:
    """Of each conversation of a batch that fits into memory, in the order given.

    Sums over tokens are float64. Position 0 is predicted by nothing and counts nowhere.
    """
    asked = [_asked(encoded) for encoded in batch]
    return [
        _summed(encoded, dict(zip(one.positions, found.tolist(), strict=True)))
        for encoded, one, found in zip(batch, asked, token_losses(model, asked), strict=True)
    ]


def _asked(encoded: Encoded) -> Asked:
    positions = [at for at in sorted((*encoded.answer, *encoded.instruction)) if at > 0]
    return Asked(encoded.ids, positions, [encoded.target(at) for at in positions])


def _summed(encoded: Encoded, at: dict[int, float]) -> Losses:
    def over(positions: Sequence[int]) -> Loss:
        found = [at[position] for position in positions if position in at]
        return Loss(float(np.sum(found, dtype=np.float64)), len(found))

    return Losses(over(encoded.answer), over(encoded.instruction), over([stretch[0] for stretch in encoded.answers()]))


def token_losses(model: LanguageModel, rows: Sequence[Asked]) -> list[Numbers]:
    """−log p of each target of each row, in nats.

    Padding stands on the right, where a causal model cannot see it, so that positions start at 0 in every row.
    """
    import torch

    width = max(1, *(len(row.ids) for row in rows))
    ids = torch.tensor([[*row.ids, *[model.pad_token_id] * (width - len(row.ids))] for row in rows])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (width - len(row.ids)) for row in rows])
    places = torch.tensor([at * width + p for at, row in enumerate(rows) for p in row.positions], dtype=torch.long)
    targets = torch.tensor([target for row in rows for target in row.targets], dtype=torch.long)
    found = model.head.losses(ids.to(model.device), mask.to(model.device), places, targets).double().numpy()
    ends = np.cumsum([len(row.positions) for row in rows])[:-1]
    return list(np.split(found, ends))
