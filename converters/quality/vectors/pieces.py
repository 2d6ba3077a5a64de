"""What goes through a model at once? Texts of like length, as many as a budget of tokens holds.

Windows of the file are the unit of work: each is read, sorted by length, cut into batches and kept as a whole. So what
a batch holds depends on the data alone, not on what a killed run had done or on how many processes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.contract import Matrix


@dataclass(frozen=True, slots=True)
class Piece:
    """`size` is in tokens; `cut` where it was longer than the model reads; `lacking` is why it has no content."""

    size: int
    content: Any
    cut: bool = False
    lacking: str = ""


class Embedder(Protocol):
    def piece(self, turns: Sequence[Turn]) -> Piece: ...

    def vectors(self, batch: Sequence[Any]) -> Matrix:
        """A row for each content of a piece, in the order given."""
        ...


def batches(sizes: Sequence[int], budget: int) -> Iterator[list[int]]:
    """The numbers of pieces in batches of at most `budget` tokens, padding included; each piece once.

    The longest first: what memory does not hold shows at once. One that is longer than the budget goes alone.
    """
    batch: list[int] = []
    for number in sorted(range(len(sizes)), key=lambda number: (-sizes[number], number)):
        if batch and sizes[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def embedded(pieces: Sequence[Piece], embed: Callable[[Sequence[Any]], Matrix], budget: int) -> Matrix:
    """A row for each piece in their order; `pieces` all have a content."""
    rows: dict[int, Any] = {}
    for batch in batches([piece.size for piece in pieces], budget):
        found = _halved([pieces[number].content for number in batch], embed)
        rows.update(zip(batch, found, strict=True))
    return np.asarray([rows[number] for number in range(len(pieces))], dtype=np.float32)


def _halved(batch: Sequence[Any], embed: Callable[[Sequence[Any]], Matrix]) -> Matrix:
    """Two halves where memory does not hold the whole."""
    import torch

    try:
        return embed(batch)
    except torch.OutOfMemoryError as error:
        if len(batch) == 1:
            raise SourceError(
                "the GPU's memory",
                expected="room for one example",
                found=str(error).split(". ")[0],
                remedy="A smaller --cutoff-len, --quantization-bit 4 or --device cpu needs less.",
            ) from error
    torch.cuda.empty_cache()
    middle = len(batch) // 2
    return np.concatenate([_halved(batch[:middle], embed), _halved(batch[middle:], embed)])
