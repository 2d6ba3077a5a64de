"""Which examples stand before an item as a demonstration? From the training side, never of the item's own document.

One order for all items, drawn once: nearly all items have the same shots, so that what differs is the item.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from converters.mixing.leakage import Turn, normalised
from converters.quality.difficulty.intervals import SEED
from converters.quality.difficulty.spread import asked
from converters.quality.rows import Row, Rows

POOL = 400  # rows of the training side that shots are chosen from


def pool(rows: Rows, *, seed: int = SEED) -> list[Row]:
    """Rows of the whole training side in one shuffled order."""
    found = asked(rows, POOL)
    random.Random(seed).shuffle(found)
    return found


def shots_for(item: Row, candidates: Sequence[Row], count: int) -> list[Row]:
    """The first `count` candidates that are neither of the item's document nor ask or answer what it does.

    Those with the item's own system message come first: a conversation has one.
    """
    system = _system(item.turns)
    usable = [row for row in candidates if _is_another(row, item)]
    return sorted(usable, key=lambda row: _system(row.turns) != system)[:count]


def _is_another(row: Row, item: Row) -> bool:
    if row.id == item.id or (item.document and row.document == item.document):
        return False
    one, other = spoken(row.turns), spoken(item.turns)
    return all(normalised(one[at].content) != normalised(other[at].content) for at in (0, -1))


def shown(shots: Sequence[Row], item: Row) -> list[Turn]:
    """The shots as earlier turns of the item's conversation, under the item's system message."""
    before = [turn for shot in shots for turn in spoken(shot.turns)]
    return [*(turn for turn in item.turns if turn.role == "system"), *before, *spoken(item.turns)]


def spoken(turns: Sequence[Turn]) -> list[Turn]:
    return [turn for turn in turns if turn.role != "system"]


def _system(turns: Sequence[Turn]) -> str:
    return next((turn.content for turn in turns if turn.role == "system"), "")
