"""Which labels does the Fisher ask about, and what is the gradient of their log-probability at the logits?

The gradient of log p(y) is onehot(y) − p. `sampled` draws y from p, `empirical` takes the label of the data, `exact`
goes through the whole vocabulary: each √p_v·(onehot(v) − p) alone, so that whatever is quadratic in the gradient adds
up to its expectation. Labels of different positions are independent and their scores have mean zero, so the cross
terms vanish and positions may be taken one at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

Labels = Literal["sampled", "empirical", "exact"]
CHUNK = 256  # positions whose probabilities are held at once: 0.8 GB for a 256k vocabulary, in float32 and float64
SCALE = 2.0**8  # fp16 backward loses what is below 6e-8; a power of two is exact in every dtype and taken out again


class Question(Protocol):
    """What an example must tell: where it is supervised, with which labels, and the key of its random numbers."""

    @property
    def key(self) -> int: ...

    @property
    def labels(self) -> Sequence[int]: ...

    @property
    def targets(self) -> list[int]: ...


@dataclass(frozen=True)
class Places:
    """Where the logits (b, c, V) of a micro-batch predict a supervised position: row and column, example by example."""

    rows: Tensor
    columns: Tensor
    order: Tensor  # which supervised position of its example each one is: 0, 1, 2, …


def places(batch: Sequence[Question], column: dict[int, int], device: torch.device) -> Places:
    """`column` tells where the logits that predict a position stand."""
    found = [(row, column[p], nth) for row, example in enumerate(batch) for nth, p in enumerate(example.targets)]
    return Places(*torch.tensor(found, dtype=torch.long, device=device).unbind(1))


def drawn(logits: Tensor, where: Places, batch: Sequence[Question], *, seed: int) -> Tensor:
    """Labels drawn from the model at each place (`sampled`)."""
    numbers = np.concatenate([uniforms(seed, example.key, len(example.targets)) for example in batch])
    uniform = torch.from_numpy(numbers).to(logits.device)
    parts = [draw(_probabilities(logits, where, part), uniform[part]) for part in _parts(where)]
    return torch.cat(parts)


def given(batch: Sequence[Question], device: torch.device) -> Tensor:
    """Labels of the data at each place (`empirical`)."""
    return torch.tensor([example.labels[p] for example in batch for p in example.targets], device=device)


def score(logits: Tensor, where: Places, labels: Tensor) -> Tensor:
    """SCALE · (onehot(y) − p) at each place, zero elsewhere: (b, c, V) like the logits."""
    gradient = torch.zeros_like(logits)
    for part in _parts(where):
        rest = _probabilities(logits, where, part).mul_(-SCALE)
        rest[torch.arange(len(rest), device=rest.device), labels[part]] += SCALE
        gradient[where.rows[part], where.columns[part]] = rest.to(gradient.dtype)
    return gradient


def scores_of_all_labels(logits: Tensor, where: Places, *, rounds: int) -> Iterator[Tensor]:
    """SCALE · √p_v · (onehot(v) − p) for each label v at the first, second, … of `rounds` positions of every example.

    Always rounds · V of them: an example with fewer positions has zeros, so that ranks stay in step.
    """
    for nth in range(rounds):
        now = where.order == nth
        rows, columns = where.rows[now], where.columns[now]
        p = _probabilities(logits, Places(rows, columns, rows), slice(None))
        for label in range(logits.shape[-1]):
            rest = -p
            rest[:, label] += 1
            gradient = torch.zeros_like(logits)
            gradient[rows, columns] = (SCALE * p[:, label, None].sqrt() * rest).to(gradient.dtype)
            yield gradient


def uniforms(seed: int, key: int, count: int) -> np.ndarray:
    """`count` numbers in [0, 1) that depend on the seed and the example only (Philox, counter-based)."""
    return np.random.Generator(np.random.Philox(key=[seed % 2**64, key])).random(count)


def draw(probabilities: Tensor, uniform: Tensor) -> Tensor:
    """One label per row of `probabilities` (n, V) by inversion of the distribution function at `uniform` (n,)."""
    # summed in float64: in float32 the tail of a 256k vocabulary would be lost
    distribution = probabilities.cumsum(-1, dtype=torch.float64)
    total = distribution[:, -1:].contiguous()
    found = torch.searchsorted(distribution, uniform.unsqueeze(-1) * total, right=True)
    # rounding may reach the total itself: then the last label that has any probability, never one behind it
    last = torch.searchsorted(distribution, total).clamp_(max=probabilities.shape[-1] - 1)  # NaN is reported later
    return torch.minimum(found, last).squeeze(-1)


def _parts(where: Places) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, len(where.rows), CHUNK)]


def _probabilities(logits: Tensor, where: Places, part: slice) -> Tensor:
    chosen = logits[where.rows[part], where.columns[part]]
    return (chosen if chosen.dtype == torch.float64 else chosen.float()).softmax(-1)
