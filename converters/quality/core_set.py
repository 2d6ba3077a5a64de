"""Which few rows cover all others? k-center-greedy: again and again the row that is furthest from all chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from converters.quality.contract import Cover, Matrix


def unheard(chosen: int, radius: float) -> None:
    """Nobody watches."""


def core_set(
    vectors: Matrix,
    size: int,
    *,
    first: Sequence[int] = (),
    exact: bool = False,
    seed: int = 0,
    report: Callable[[int, float], None] = unheard,
) -> Cover:
    """`k_center_greedy`, or `k_center_by_parts` where `approximation` says so and `exact` does not forbid it."""
    raise NotImplementedError


def approximation(rows: int, size: int) -> str:
    """What is done instead of the exact greedy for so many rows, as a line for the user; "" where it is exact."""
    raise NotImplementedError


def k_center_greedy(
    vectors: Matrix, size: int, *, first: Sequence[int] = (), report: Callable[[int, float], None] = unheard
) -> Cover:
    """`size` rows of `vectors` (unit rows), those of `first` before all others; fewer when nothing is left to cover."""
    raise NotImplementedError
