"""Which passages are chosen: of each document a few, of each text one, and of these those with the smallest digests.

Texts and documents are told by 64-bit digests. A document has its `per_document` smallest texts, whoever else has them;
what all documents have, each text once and in the order of the digests, is one row that depends neither on the order
of the input nor on the number that is wanted of it. So a larger number only adds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

TEXT, DOCUMENT, LINE, PLACE = range(4)  # columns: digests of text, document and whole line; where the line lies
EVERY = (1 << 64) - 1
FEWEST_ROWS = 1 << 16  # that are collected before the largest of them go
RESERVE = 1000

Rows = npt.NDArray[np.uint64]


class Choice:
    """Takes rows in any order and keeps those that can still be chosen: memory grows with `number` alone.

    A text that comes again in another document may push one out of it there that nobody else has. For that there is a
    reserve; should it ever be used up, `is_exact` is false, and whoever filled it begins again with a larger one.
    """

    def __init__(self, number: int | None, per_document: int, reserve: int = RESERVE) -> None:
        self._number, self._per_document = number, per_document
        self._capacity = EVERY if number is None else number + reserve
        self._rows: list[Rows] = []
        self._held, self._next = 0, FEWEST_ROWS
        self.bound = EVERY  # texts above it are chosen no more

    def add(self, rows: Rows) -> None:
        """Rows of four columns, none of a text above the bound."""
        self._rows.append(rows)
        self._held += len(rows)
        if self._held >= self._next:
            kept = self._settled()
            self._rows, self._held = [kept], len(kept)
            self._next = max(FEWEST_ROWS, 2 * len(kept))

    def _settled(self) -> Rows:
        """In the order of the texts; lowers the bound."""
        rows = _of_documents(np.concatenate([np.zeros((0, 4), dtype=np.uint64), *self._rows]), self._per_document)
        rows = rows[np.lexsort((rows[:, LINE], rows[:, DOCUMENT], rows[:, TEXT]))]
        first = np.flatnonzero(_begins(rows[:, TEXT]))
        if len(first) <= self._capacity:
            return rows
        self.bound = int(rows[first[self._capacity - 1], TEXT])
        return rows[: first[self._capacity]]

    def chosen(self) -> Rows:
        """One row for each text; of several documents that have it the one with the smallest digest."""
        rows = self._settled()
        found = rows[_begins(rows[:, TEXT])]
        self.is_exact = self.bound == EVERY or self._number is None or len(found) >= self._number
        return found[: self._number]


def _of_documents(rows: Rows, most: int) -> Rows:
    """The smallest texts of each document, each once; all of them if `most` is 0."""
    rows = rows[np.lexsort((rows[:, LINE], rows[:, TEXT], rows[:, DOCUMENT]))]
    is_first = _begins(rows[:, DOCUMENT]) | _begins(rows[:, TEXT])
    rows = rows[is_first]
    if not most or not len(rows):
        return rows
    begins = _begins(rows[:, DOCUMENT])
    starts = np.flatnonzero(begins)
    rank = np.arange(len(rows)) - starts[np.cumsum(begins) - 1]
    kept: Rows = rows[rank < most]
    return kept


def _begins(ordered: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    """Where a value differs from the one before."""
    return np.concatenate([np.ones(min(1, len(ordered)), dtype=bool), ordered[1:] != ordered[:-1]])
