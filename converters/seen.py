"""Which texts were seen before, and where first: 64-bit digests, at most 16 bytes of memory for each.

Among ten million texts two different ones share a 64-bit digest with a chance of three in a million.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RECENT = 1 << 18  # digests that wait in a dict before they become a sorted run
FEWEST_BITS, MOST_BITS = 1 << 20, 1 << 28
Digests = npt.NDArray[np.uint64]
Places = npt.NDArray[np.uint32]


class DigestIndex:
    """Digests with the place where each was first seen; a place is any number below 2^32.

    A bitmap answers for nearly every new digest (one bit each, sized by `expected`); only where its bit is set already
    are the recent ones and the sorted runs (12 bytes a digest) searched.
    """

    def __init__(self, expected: int) -> None:
        bits = min(max(1 << (16 * max(expected, 1)).bit_length(), FEWEST_BITS), MOST_BITS)
        # calloc: pages that no digest touches cost nothing
        self._bitmap: npt.NDArray[np.uint8] = np.zeros(bits >> 3, dtype=np.uint8)
        self._mask = np.uint64(bits - 1)
        self._recent: dict[int, int] = {}
        self._runs: list[tuple[Digests, Places]] = []

    def __len__(self) -> int:
        return len(self._recent) + sum(len(digests) for digests, _ in self._runs)

    def first_places(self, digests: Sequence[int], places: Sequence[int]) -> dict[int, int]:
        """Takes all in; returns {position: place of the first} for those that were seen before."""
        array = np.array(digests, dtype=np.uint64)
        suspects = self._suspects(array)
        if not len(suspects):
            self._remember(dict(zip(digests, places, strict=True)))
            return {}
        return self._one_by_one(digests, places, set(suspects.tolist()))

    def _suspects(self, array: Digests) -> npt.NDArray[np.intp]:
        """Positions whose bit was set before, or that share a digest inside the batch; sets the bits of all."""
        bits = array & self._mask
        cells, bit = (bits >> np.uint64(3)).astype(np.intp), np.left_shift(1, bits & np.uint64(7)).astype(np.uint8)
        seen = (self._bitmap[cells] & bit) != 0
        np.bitwise_or.at(self._bitmap, cells, bit)
        _, first, counts = np.unique(array, return_index=True, return_counts=True)
        if len(first) < len(array):
            again = np.isin(array, array[first[counts > 1]])
            seen |= again
        return np.flatnonzero(seen)

    def _one_by_one(self, digests: Sequence[int], places: Sequence[int], suspects: set[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for position, (digest, place) in enumerate(zip(digests, places, strict=True)):
            before = self._place_of(digest) if position in suspects else None
            if before is None:
                self._recent[digest] = place
            else:
                found[position] = before
        self._remember({})
        return found

    def _place_of(self, digest: int) -> int | None:
        if digest in self._recent:
            return self._recent[digest]
        wanted = np.uint64(digest)
        for digests, places in self._runs:
            at = int(np.searchsorted(digests, wanted))
            if at < len(digests) and digests[at] == wanted:
                return int(places[at])
        return None

    def _remember(self, fresh: dict[int, int]) -> None:
        self._recent.update(fresh)
        if len(self._recent) < RECENT:
            return
        digests = np.fromiter(self._recent.keys(), dtype=np.uint64, count=len(self._recent))
        places = np.fromiter(self._recent.values(), dtype=np.uint32, count=len(self._recent))
        order = np.argsort(digests)
        self._runs.append((digests[order], places[order]))
        self._recent = {}
