"""Which row is furthest from all centres so far? Exact, though most distances are never reckoned.

A distance to the nearest centre only falls while centres are added, so what it was once bounds it for ever. Only a
block of rows with the largest bounds is kept up to date; while the largest of the block is beyond every bound outside,
it is the answer. When it is not, another block is brought up to date with the centres that it missed, in one product
of matrices: hardly a pair of a row and a centre is looked at twice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix, Numbers
from converters.quality.covering.distances import OTHERS, Squares, require_unit, squares, undecided

BLOCK = 2048  # rows that are kept up to date: with a centre they fit the cache of a core


class Furthest:
    """Squared Euclidean distances of unit rows to the nearest of the centres that were added.

    Raises ValueError for rows that are not of length 1 (NaN among them).
    """

    def __init__(self, rows: Matrix, *, block: int = BLOCK) -> None:
        self._rows = np.ascontiguousarray(rows, dtype=np.float32)
        require_unit(self._rows)
        self._block_size = block
        self._bounds: Squares = np.full(len(rows), np.inf)
        self._seen = np.zeros(len(rows), dtype=np.int64)  # how many centres a bound has heard of
        self._centres = _Centres(self._rows.shape[1])
        self._open_block(np.zeros(0, dtype=np.int64))

    def add(self, row: int) -> None:
        """This row is a centre from now on."""
        self._centres.append(self._rows[row])
        if len(self._centres) > 1:
            self._lower(self._block, self._block_rows, len(self._centres) - 1)
            return
        every = np.arange(len(self._rows))
        self._bounds[:] = squares(self._rows, every, self._centres.matrix, np.zeros_like(every))
        self._seen[:] = 1

    def furthest(self) -> tuple[float, int]:
        """(squared distance, row): the largest of all, of equal ones the lowest row; inf before the first centre."""
        while True:
            if len(self._block):
                values = self._bounds[self._block]
                at = int(values.argmax())  # the block is in the order of the rows: the first of equal ones
                value, row = float(values[at]), int(self._block[at])
                if (value, -row) > self._outside:
                    return value, row
            self._open_block(self._largest())

    def _largest(self) -> Numbers:
        """The rows with the largest bounds, of equal ones the lowest; in the order of the rows."""
        self._seen[self._block] = len(self._centres)
        if len(self._bounds) <= self._block_size:
            return np.arange(len(self._bounds), dtype=np.int64)
        at = len(self._bounds) - self._block_size
        least = np.partition(self._bounds, at)[at]
        above = np.flatnonzero(self._bounds > least)
        equal = np.flatnonzero(self._bounds == least)[: self._block_size - len(above)]
        return np.sort(np.concatenate([above, equal]))

    def _open_block(self, block: Numbers) -> None:
        self._block, self._block_rows = block, self._rows[block]
        self._outside = (-1.0, 0)  # the largest bound and its row, negated so that of equal ones the lowest is largest
        if 0 < len(block) < len(self._rows):
            others = self._bounds.copy()
            others[block] = -1.0
            row = int(others.argmax())
            self._outside = (float(others[row]), -row)
        ages = len(self._centres) - self._seen[block]
        # one product for rows that missed about as many centres: at most a fifth of it is done in vain
        steps = np.floor(4 * np.log2(np.maximum(ages, 1)))
        for step in np.unique(steps[ages > 0]):
            members = np.flatnonzero((steps == step) & (ages > 0))
            rows = block[members]
            self._lower(rows, self._block_rows[members], int(self._seen[rows].min()))
        self._seen[block] = len(self._centres)

    def _lower(self, numbers: Numbers, rows: Matrix, since: int) -> None:
        """min(bound, ‖x − c‖²) of these rows over the centres from `since` on."""
        for start in range(since, len(self._centres), OTHERS):
            centres = self._centres.matrix[start : start + OTHERS]
            # by far the most calls are of one centre, and a product with a vector is four times as fast
            products = (rows @ centres[0])[:, None] if len(centres) == 1 else rows @ centres.T
            at, columns = undecided(products, self._bounds[numbers], rows.shape[1])
            if len(at):
                found = squares(self._rows, numbers[at], centres, columns)
                np.minimum.at(self._bounds, numbers[at], found)


class FurthestOfParts:
    """The same with each row compared to the centres of its own part alone: upper bounds of the true distances.

    `labels` says which part a row is of, from 0, and each part has one.
    """

    def __init__(self, rows: Matrix, labels: npt.NDArray[np.integer]) -> None:
        self._labels = labels
        self._members = [np.flatnonzero(labels == part) for part in range(int(labels.max()) + 1)]
        self._parts = [Furthest(rows[members]) for members in self._members]
        self._tops = [self._top(part) for part in range(len(self._parts))]

    def add(self, row: int) -> None:
        part = int(self._labels[row])
        self._parts[part].add(int(np.searchsorted(self._members[part], row)))
        self._tops[part] = self._top(part)

    def furthest(self) -> tuple[float, int]:
        square, negative = max(self._tops)
        return square, -negative

    def _top(self, part: int) -> tuple[float, int]:
        square, row = self._parts[part].furthest()
        return square, -int(self._members[part][row])


class _Centres:
    """Rows that were added one by one, in one piece of memory."""

    def __init__(self, width: int) -> None:
        self._matrix = np.empty((256, width), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def matrix(self) -> Matrix:
        return self._matrix[: self._count]

    def append(self, row: Matrix) -> None:
        if self._count == len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.empty_like(self._matrix)])
        self._matrix[self._count] = row
        self._count += 1
