"""How much less does a model expect the answers of a task than general ones? Ratio of perplexities, with interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from converters.quality.difficulty.intervals import SEED, Estimate, Numbers, by_unit, central, resampled

LEAST = 4  # tokens of general text: shorter answers say too little by the byte


@dataclass(frozen=True)
class Losses:
    """Of each scored example of a set: the negative log-likelihood of its answers in nats, their tokens and bytes.

    `documents` are "" where the data do not tell them.
    """

    name: str
    ids: tuple[str, ...]
    nats: tuple[float, ...]
    tokens: tuple[int, ...]
    bytes: tuple[int, ...]
    documents: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def perplexity(self) -> float:
        """exp(Σ nats / Σ tokens): each token weighs the same, as in the loss of training."""
        return math.exp(sum(self.nats) / sum(self.tokens))

    @property
    def bits_per_byte(self) -> float:
        return sum(self.nats) / math.log(2) / sum(self.bytes)


def log_ratio(task: Losses, general: Sequence[Losses]) -> Estimate:
    """ln(PPL of the task / PPL of the general sets) = Σ nats/Σ tokens of the one − of the others, in nats a token.

    The sets are drawn independently of one another; the general ones are pooled after their drawing, so that each keeps
    its share.
    """
    return _difference(task, general, [one.tokens for one in (task, *general)])


def log_ratio_by_bytes(task: Losses, general: Sequence[Losses]) -> Estimate | None:
    """The same for as many UTF-8 bytes as a general token has: it does not depend on how finely a text is cut.

    None where the answers are shorter than LEAST such tokens.
    """
    size = sum(sum(one.bytes) for one in general) / sum(sum(one.tokens) for one in general)
    if sum(task.bytes) < LEAST * size * len(task):
        return None
    return _difference(task, general, [[count / size for count in one.bytes] for one in (task, *general)])


def _difference(task: Losses, general: Sequence[Losses], sizes: Sequence[Sequence[float]]) -> Estimate:
    own_value, own_draws, own_units = _mean_loss([task], sizes[:1], SEED)
    value, draws, units = _mean_loss(general, sizes[1:], SEED + 1)
    return Estimate(own_value - value, *central(own_draws - draws), min(own_units, units))


def _mean_loss(sets: Sequence[Losses], sizes: Sequence[Sequence[float]], seed: int) -> tuple[float, Numbers, int]:
    tables = [
        by_unit(np.column_stack([one.nats, size]).tolist(), one.documents)
        for one, size in zip(sets, sizes, strict=True)
    ]
    whole = np.sum([table.sum(axis=0) for table in tables], axis=0)
    drawn = np.sum([resampled(table, seed=seed + 1000 * number) for number, table in enumerate(tables)], axis=0)
    ratios: Numbers = drawn[:, 0] / drawn[:, 1]
    return float(whole[0] / whole[1]), ratios, sum(map(len, tables))
