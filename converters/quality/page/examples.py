"""Which rows are shown of each side? The first chosen, more at even distances, and some for each reason.

Beside a row that was merely not needed stands the kept one that is nearest to it: it should say nearly the same.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from converters.quality.contract import Numbers, Selection, Vectors
from converters.quality.covering.distances import nearest_of
from converters.quality.covering.unit import unit, usable
from converters.quality.page.known import Scores, numbers_of
from converters.quality.page.projection import evenly
from converters.quality.page.sides import Sides
from converters.quality.rows import Rows

KEPT, LEFT, OF_A_REASON = 8, 8, 3
CHARACTERS = 240  # of a turn
TURNS = 4


def examples(
    rows: Rows, selection: Selection, sides: Sides, scores: Scores, vectors: Vectors | None
) -> dict[str, list[dict[str, Any]]]:
    why = {choice.number: choice.why for choice in selection.chosen}
    left = evenly(sides.left, LEFT)
    near = {} if vectors is None else nearest_kept(vectors, left, sides.kept)
    return {
        "kept": [_told(rows, n, scores) | {"why": why[n]} for n in _kept(sides.kept)],
        "left": [_told(rows, n, scores) | {"nearest": _near(rows, near.get(n))} for n in left.tolist()],
        "dropped": [_told(rows, n, scores) | {"why": selection.reasons[n]} for n in _of_each_reason(selection, sides)],
    }


def _kept(kept: Numbers) -> list[int]:
    """Half of them are the first, the others from all over the order of choice."""
    first = kept[: KEPT // 2]
    found: list[int] = [*first.tolist(), *evenly(kept[len(first) :], KEPT - len(first)).tolist()]
    return found


def _of_each_reason(selection: Selection, sides: Sides) -> list[int]:
    by_reason: dict[str, list[int]] = {}
    for number in sides.dropped.tolist():
        by_reason.setdefault(selection.reasons[number], []).append(number)
    return [number for numbers in by_reason.values() for number in numbers[:OF_A_REASON]]


def nearest_kept(vectors: Vectors, asked: Numbers, kept: Numbers) -> dict[int, tuple[int, float]]:
    """For each row asked for: the kept one of the largest cosine (the first of equals), and that cosine."""
    pointing = usable(vectors.matrix)
    asked, kept = asked[pointing[asked]], kept[pointing[kept]]
    if not len(asked) or not len(kept):
        return {}
    places, squares = nearest_of(unit(vectors.matrix[asked]), unit(vectors.matrix[kept]))
    found = zip(asked.tolist(), kept[places].tolist(), (1 - squares / 2).tolist(), strict=True)
    return {number: (nearest, cosine) for number, nearest, cosine in found}


def _near(rows: Rows, found: tuple[int, float] | None) -> dict[str, Any] | None:
    if found is None:
        return None
    number, cosine = found
    return {"id": rows.ids[number], "cosine": cosine, "turns": _turns(rows, number)}


def _told(rows: Rows, number: int, scores: Scores) -> dict[str, Any]:
    row = rows[number]
    said = numbers_of(scores.get(row.id, {}))
    return {"id": row.id, "number": number, "source": row.source, "turns": _turns(rows, number), "scores": said}


def _turns(rows: Rows, number: int) -> list[list[str]]:
    turns = rows[number].turns
    return [[turn.role, clipped(turn.content)] for turn in turns[-TURNS:]]


def clipped(text: str, most: int = CHARACTERS) -> str:
    """The beginning, without what steers a screen instead of being seen: controls, marks that turn the direction."""
    seen = "".join(sign for sign in text[: 4 * most] if sign in "\n\t" or unicodedata.category(sign) not in UNSEEN)
    seen = seen.strip()
    return seen if len(seen) <= most and len(text) <= 4 * most else f"{seen[:most]}…"


UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
