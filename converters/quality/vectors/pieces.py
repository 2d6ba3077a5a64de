"""What goes through a model at once? Texts of like length, as many as a budget of tokens holds.

Windows of the file are the unit of work: each is read, sorted by length, cut into batches and kept as a whole. So what
a batch holds depends on the data alone, not on what a killed run had done or on how many processes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from converters.mixing.leakage import Turn
from converters.quality.contract import Matrix
from converters.quality.models.batched import batched


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


def embedded(pieces: Sequence[Piece], embed: Callable[[Sequence[Any]], Matrix], budget: int) -> Matrix:
    """A row for each piece in their order; `pieces` all have a content."""

    def rows(batch: Sequence[Piece]) -> list[Any]:
        return list(embed([piece.content for piece in batch]))

    return np.asarray(batched(pieces, lambda piece: piece.size, rows, tokens=budget), dtype=np.float32)
