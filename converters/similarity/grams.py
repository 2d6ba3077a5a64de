"""A text as the hashes of its character n-grams: sets that Jaccard similarity and containment are computed from.

Texts are normalised as for the leak check of mixtures (letters, digits and ideographs, width and case folded), so that
punctuation, spacing and script width make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from converters.digests import digest64

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
    return run_hashes(points, min(length, len(points)))


def run_hashes(units: Hashes, length: int) -> Hashes:
    """The hash of every run of `length` units, in order; [] if there are fewer."""
    hashes: Hashes = np.zeros(max(len(units) - length + 1, 0) if len(units) else 0, dtype=np.uint64)
    for place in range(length):
        hashes = hashes * _FIRST + units[place : place + len(hashes)]
    return mixed(hashes)


_UNIT = re.compile(r"[a-z0-9]+|[^\W_]")


def units_of(text: str) -> list[str]:
    """Words of Latin letters and digits, and single characters of everything else that is written."""
    return _UNIT.findall(unicodedata.normalize("NFKC", text).casefold())


def unit_numbers(units: Sequence[str]) -> Hashes:
    """A number for each unit: the code point of a character, the digest of a word."""
    return np.array([ord(unit) if len(unit) == 1 else digest64(unit.encode()) for unit in units], dtype=np.uint64)


def gram_set(text: str, length: int) -> Hashes:
    return np.unique(gram_hashes(text, length))


def jaccard(left: Hashes, right: Hashes) -> float:
    """|A∩B| / |A∪B| of two sorted sets; 1 for two empty ones."""
    shared = len(np.intersect1d(left, right, assume_unique=True))
    union = len(left) + len(right) - shared
    return shared / union if union else 1.0
