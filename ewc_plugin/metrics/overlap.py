"""How much have two texts in common? Longest common subsequence, and the bag of what they count."""

from collections import Counter
from collections.abc import Sequence


def common_subsequence(left: Sequence[str], right: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Bit-parallel (Hyyrö 2004): one machine word of `rows` holds what a row of the quadratic table would, so that 2,000
    characters cost a millisecond.
    """
    places: dict[str, int] = {}
    for place, unit in enumerate(left):
        places[unit] = places.get(unit, 0) | 1 << place
    whole = (1 << len(left)) - 1
    rows = whole
    for unit in right:
        if matches := rows & places.get(unit, 0):
            rows = ((rows + matches) | (rows - matches)) & whole
    return len(left) - rows.bit_count()


def common_bag(left: Sequence[str], right: Sequence[str]) -> int:
    """How many units both have, in any order, each as often as the rarer of the two."""
    return (Counter(left) & Counter(right)).total()


def f1(common: int, answer: int, reference: int) -> float:
    """Harmonic mean of precision common/answer and recall common/reference; 0 where nothing is common."""
    return 2 * common / (answer + reference) if common else 0.0
