"""How do pieces of uneven length go through a model? Similar lengths together, as much at once as memory allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from converters.contract import SourceError
from converters.quality.models.batches import Piece, batches, size

T = TypeVar("T")
R = TypeVar("R")


def batched(
    work: Sequence[T],
    length: Callable[[T], int],
    through: Callable[[Sequence[T]], Sequence[R]],
    *,
    tokens: int,
    done: Callable[[int], object] = lambda count: None,
) -> list[R]:
    """`through` of everything, in the order of `work`; batches of at most `tokens`, padding included.

    Where memory does not suffice the budget is halved. Raises SourceError where not even one piece fits.
    """
    import torch

    pieces = [Piece(at, 1, length(one), one) for at, one in enumerate(work)]
    found: dict[int, R] = {}
    waiting = batches(pieces, tokens)
    while waiting:
        batch = waiting[0]
        try:
            results = through([piece.what for piece in batch])
        except (torch.OutOfMemoryError, MemoryError) as error:
            waiting = _smaller(waiting, error)
            continue
        found.update(zip((piece.number for piece in batch), results, strict=True))
        done(len(batch))
        waiting = waiting[1:]
    return [found[at] for at in range(len(work))]


def _smaller(waiting: Sequence[Sequence[Piece]], error: BaseException) -> list[list[Piece]]:
    if len(waiting[0]) == 1:
        raise SourceError(
            f"memory for {waiting[0][0].longest:,} tokens at once",
            expected="room for one example",
            found=str(error).split(". ")[0] or type(error).__name__,
            remedy="A smaller --cutoff-len, --quantization-bit 4 or --device cpu needs less.",
        ) from error
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return batches([piece for batch in waiting for piece in batch], size(waiting[0]) // 2)
