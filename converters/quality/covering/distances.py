"""How far are unit rows apart? Exactly, at the speed of float32.

A product of matrices in float32 decides only what its error bound lets it decide; what is nearer to a decision is
reckoned again in float64, pair by pair. So neither threads nor blocks nor the BLAS at hand change what is nearest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from converters.quality.contract import Matrix, Numbers

Squares = npt.NDArray[np.float64]
PAIRS = 4096  # pairs that are widened to float64 at a time
ROWS, OTHERS = 2048, 4096  # of one product: 32 MB of float32
BITS = 40  # of a squared distance, twelve digits: two that agree in them are a tie, well above the noise of float64
LENGTH_SLACK = 1e-6  # what ‖x‖² + ‖y‖² may differ from 2: each comes from a length that was rounded to float32


def require_unit(rows: Matrix) -> None:
    """Raises ValueError unless all rows are of length 1 (NaN is not): `unit.unit` makes them so."""
    lengths = np.empty(len(rows))
    for start in range(0, len(rows), PAIRS):
        wide = rows[start : start + PAIRS].astype(np.float64)
        lengths[start : start + PAIRS] = (wide * wide).sum(axis=1)
    wrong = np.flatnonzero(~(np.abs(lengths - 1) <= LENGTH_SLACK / 2))
    if len(wrong):
        found = f"{len(wrong):,} others, the first is row {wrong[0]} with {lengths[wrong[0]] ** 0.5:.6g}"
        raise ValueError(f"rows of length 1 are needed, found {found}")


def squares(rows: Matrix, numbers: Numbers, others: Matrix, other_numbers: Numbers) -> Squares:
    """‖x − y‖² of the pairs (rows[numbers], others[other_numbers]) in float64, rounded to BITS.

    The same for a pair in whatever company, and 0 for equal rows alone.
    """
    found = np.empty(len(numbers))
    for start in range(0, len(numbers), PAIRS):
        piece = slice(start, start + PAIRS)
        differences = rows[numbers[piece]].astype(np.float64)
        differences -= others[other_numbers[piece]]
        differences *= differences
        found[piece] = differences.sum(axis=1)
    fraction, exponent = np.frexp(found)
    rounded: Squares = np.ldexp(np.round(np.ldexp(fraction, BITS)), exponent - BITS)
    return rounded


def slack(width: int) -> float:
    """How far ‖x − y‖² may be from 2 − 2·fl(x·y), for unit rows of so many numbers in float32.

    γ = d·u / (1 − d·u) with u = 2⁻²⁴ bounds |fl(x·y) − x·y| in any order of summation (Higham 2002, eq. 3.5).
    """
    error = width * 2.0**-24
    return 2 * error / (1 - error) + LENGTH_SLACK


def undecided(products: Matrix, bounds: Squares, width: int) -> tuple[Numbers, Numbers]:
    """(rows, columns) of the products that may hold a row's smallest distance, where it may be below its bound."""
    largest, open_by = products.max(axis=1).astype(np.float64), slack(width)
    rows = np.flatnonzero(2 - 2 * largest - open_by < bounds)
    if not len(rows):
        return rows, rows
    least = (largest[rows] - open_by).astype(np.float32)
    at, columns = np.nonzero(products[rows] >= np.nextafter(least, np.float32(-2))[:, None])
    return rows[at], columns


def nearest_of(rows: Matrix, others: Matrix) -> tuple[Numbers, Squares]:
    """For each unit row which of `others` is nearest, ties to the lowest, and the square of its distance."""
    require_unit(rows)
    require_unit(others)
    numbers, best = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), np.inf)
    for start in range(0, len(rows), ROWS):
        for first in range(0, len(others), OTHERS):
            piece, other = slice(start, start + ROWS), others[first : first + OTHERS]
            at, columns = undecided(rows[piece] @ other.T, best[piece], rows.shape[1])
            at, columns = at + start, columns + first
            found = squares(rows, at, others, columns)
            order = np.lexsort((columns, found, at))  # the first of each row is its nearest
            firsts = order[np.unique(at[order], return_index=True)[1]]
            better = firsts[found[firsts] < best[at[firsts]]]
            numbers[at[better]], best[at[better]] = columns[better], found[better]
    return numbers, best
