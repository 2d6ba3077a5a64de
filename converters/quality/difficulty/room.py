"""Which candidates are short enough to be shown? Half of the context is for examples, each may take its equal part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from converters.quality.rows import Row


def fitting(candidates: Sequence[Row], length: Callable[[Row], int], *, context: int, count: int) -> list[Row]:
    """Those that fit in their order, then the others, the shortest first, for where too few do."""
    if not count:
        return []
    lengths = [length(row) for row in candidates]
    room = context // (2 * count)
    long = sorted((size, at) for at, size in enumerate(lengths) if size > room)
    return [row for row, size in zip(candidates, lengths, strict=True) if size <= room] + [
        candidates[at] for _, at in long
    ]
