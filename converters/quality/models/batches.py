"""Which pieces go through the model together? Neighbours in length, as many as a budget of tokens holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Piece:
    """What is done for one example: `rows` sequences, the longest of `longest` tokens, and what a stage needs."""

    number: int
    rows: int
    longest: int
    what: Any


def batches(pieces: Sequence[Piece], tokens: int) -> list[list[Piece]]:
    """The longest first, ties in the order given; rows times longest, padding included, stays within `tokens`.

    A piece that alone is more is a batch of its own. The longest come first so that memory that does not suffice is
    noticed at once.
    """
    order = sorted(range(len(pieces)), key=lambda at: (-pieces[at].longest, at))
    found: list[list[Piece]] = []
    rows = 0
    for at in order:
        piece = pieces[at]
        if found and (rows + piece.rows) * found[-1][0].longest <= tokens:
            found[-1].append(piece)
            rows += piece.rows
        else:
            found.append([piece])
            rows = piece.rows
    return found


def size(batch: Sequence[Piece]) -> int:
    """Tokens of a batch, padding included."""
    return sum(piece.rows for piece in batch) * max(piece.longest for piece in batch)
