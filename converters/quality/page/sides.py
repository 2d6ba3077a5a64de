"""On which side of a selection does each row stand? Kept, dropped for a reason, or merely not needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from converters.contract import SourceError
from converters.quality.contract import Numbers, Selection


@dataclass(frozen=True)
class Sides:
    """Row numbers; `kept` in the order of choice, the others ascending. Each of `rows` stands on one side."""

    rows: int
    kept: Numbers
    dropped: Numbers
    left: Numbers


def sides(rows: int, selection: Selection) -> Sides:
    """Raises SourceError for a selection that names a row twice, or one that the data do not have."""
    kept = np.asarray([choice.number for choice in selection.chosen], dtype=np.int64)
    named = np.concatenate([kept, np.asarray(sorted(selection.reasons), dtype=np.int64)])
    if len(np.unique(kept)) < len(kept) or np.any((named < 0) | (named >= rows)):
        raise SourceError(
            "the selection",
            expected=f"distinct rows of the {rows:,} in the data",
            found=f"{len(kept):,} chosen rows, {len(np.unique(kept)):,} distinct ones, numbers up to {named.max():,}",
            remedy="The data changed since: run `python -m converters select` again.",
        )
    side = np.zeros(rows, dtype=np.int8)
    side[list(selection.reasons)] = 1
    side[kept] = 2  # a row that --keep forced in is kept, whatever speaks against it
    return Sides(rows, kept, np.flatnonzero(side == 1), np.flatnonzero(side == 0))
