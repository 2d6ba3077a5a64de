"""A text as the hashes of its character n-grams: sets that Jaccard similarity and containment are computed from.

Texts are normalised as for the leak check of mixtures (letters, digits and ideographs, width and case folded), so that
punctuation, spacing and script width make no difference.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

# odd constants of SplitMix64 (Steele, Lea & Flood 2014): a bijection of 64-bit numbers that mixes every bit
_GOLDEN, _FIRST, _SECOND = (
    np.uint64(number) for number in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)


def mixed(numbers: Hashes) -> Hashes:
    """SplitMix64's finaliser, elementwise."""
    numbers = numbers + _GOLDEN
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND
    result: Hashes = numbers ^ (numbers >> np.uint64(31))
    return result


def gram_hashes(text: str, length: int) -> Hashes:
    """The hash of every run of `length` characters, in order; of the whole text when it is shorter; [] of ""."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if not len(points):
        return points
    length = min(length, len(points))
    hashes: Hashes = np.zeros(len(points) - length + 1, dtype=np.uint64)
    for place in range(length):
        hashes = hashes * _FIRST + points[place : place + len(hashes)]
    return mixed(hashes)


def gram_set(text: str, length: int) -> Hashes:
    return np.unique(gram_hashes(text, length))


def jaccard(left: Hashes, right: Hashes) -> float:
    """|A∩B| / |A∪B| of two sorted sets; 1 for two empty ones."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    union = len(left) + len(right) - shared
    return shared / union if union else 1.0
