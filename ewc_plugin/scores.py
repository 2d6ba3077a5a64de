"""Which labels does the Fisher ask about, and what is the gradient of their log-probability at the logits?

The gradient of log p(y) is onehot(y) − p. `sampled` draws y from p, `empirical` takes the label of the data, `exact`
goes through the whole vocabulary: each √p_v·(onehot(v) − p) alone, so that whatever is quadratic in the gradient adds
up to its expectation. Labels of different positions are independent and their scores have mean zero, so the cross
terms vanish and positions may be taken one at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import torch
from torch import Tensor

Labels = Literal["sampled", "empirical", "exact"]
Choice = Callable[[Tensor, slice], Tensor]
"""The labels (n,) of some places, from their probabilities (n, V) and which of all places they are."""
CHUNK = 512  # positions whose probabilities are held at once: 0.5 GB in float32 for a 256k vocabulary
BLOCK = 512  # words whose probabilities are added up before the block is known that a label is drawn from
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


def drawn(batch: Sequence[Question], device: torch.device, *, seed: int) -> Choice:
    """Labels drawn from the model at each place (`sampled`)."""
    numbers = np.concatenate([uniforms(seed, example.key, len(example.targets)) for example in batch])
    uniform = torch.from_numpy(numbers).to(device)
    return lambda probabilities, part: draw(probabilities, uniform[part])


def given(batch: Sequence[Question], device: torch.device) -> Choice:
    """Labels of the data at each place (`empirical`)."""
    labels = torch.tensor([example.labels[p] for example in batch for p in example.targets], device=device)
    return lambda _, part: labels[part]


def score(logits: Tensor, where: Places, choice: Choice) -> Tensor:
    """SCALE · (onehot(y) − p) at each place, zero elsewhere: (b, c, V) like the logits; y is what `choice` says."""
    gradient = torch.zeros_like(logits)
    for part in _parts(where):
        p = _probabilities(logits, where, part)
        labels = choice(p, part).unsqueeze(1)
        rest = torch.mul(p, -SCALE, out=torch.empty_like(p, dtype=gradient.dtype))
        # of an improbable label 1 − p, rounded once
        rest.scatter_(1, labels, (SCALE * (1 - p.gather(1, labels))).to(rest.dtype))
        gradient[where.rows[part], where.columns[part]] = rest
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
    """One label per row of `probabilities` (n, V) by inversion of the distribution function at `uniform` (n,).

    In two steps, first the block of words and then the word in it. Blocks are added up in float64, since in float32 the
    tail of a 256k vocabulary would be lost; within one, float32 is enough.
    """
    words = probabilities.shape[-1]
    blocks = _block_sums(probabilities)
    block, rest = _cell(blocks, uniform.unsqueeze(-1) * blocks.sum(-1, keepdim=True))
    places = block * BLOCK + torch.arange(BLOCK, device=block.device)
    inside = probabilities.gather(1, places.clamp(max=words - 1)).double().masked_fill_(places >= words, 0)
    word, _ = _cell(inside, rest)
    return (block * BLOCK + word).clamp_(max=words - 1).squeeze(-1)


def _block_sums(probabilities: Tensor) -> Tensor:
    """Sums over BLOCK words each, and over what is left: (n, ⌊V / BLOCK⌋ + 1), float64."""
    blocks = probabilities.shape[-1] // BLOCK
    whole = blocks * BLOCK
    parts = probabilities[:, :whole].view(len(probabilities), blocks, BLOCK)
    # a sum with dtype=float64 would first copy all words to float64
    left = probabilities[:, whole:].sum(-1, keepdim=True)
    return torch.cat([parts.sum(-1), left], dim=-1).double()


def _cell(masses: Tensor, level: Tensor) -> tuple[Tensor, Tensor]:
    """In which cell (n, 1) the running sum of `masses` (n, k) passes `level` (n, 1), and what of the level is left.

    Never one without mass, also where rounding has put the level outside [0, Σ masses).
    """
    passed = masses.cumsum(-1)
    total = passed[:, -1:].contiguous()
    found = torch.searchsorted(passed, level.clamp_min(0), right=True)
    last = torch.searchsorted(passed, total).clamp_(max=masses.shape[-1] - 1)  # NaN is reported later
    cell = torch.minimum(found, last)
    return cell, level - (passed - masses).gather(1, cell)


def _parts(where: Places) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, len(where.rows), CHUNK)]


def _probabilities(logits: Tensor, where: Places, part: slice) -> Tensor:
    chosen = logits[where.rows[part], where.columns[part]]
    return chosen.softmax(-1, dtype=torch.float64 if chosen.dtype == torch.float64 else torch.float32)
