"""Which texts were seen before, and where first: 64-bit digests, at most 16 bytes of memory for each.

Among ten million texts two different ones share a 64-bit digest with a chance of three in a million.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

RECENT = 1 << 16  # digests that wait in a dict before they become a sorted run
LARGEST_RUN = 1 << 21  # a merge needs as much room again, and half of it
FEWEST_BITS, MOST_BITS = 1 << 20, 1 << 28
BITS_EACH = 16  # at least: one bit in 16 is set, and so many new digests are looked for in vain
Digests = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]


class DigestIndex:
    """Digests with the place where each was first seen; a place is any number below 2^32.

    A bitmap answers for nearly every new digest; only where its bit is set already are the recent ones and the sorted
    runs (12 bytes a digest) searched. Both grow with what is in them.
    """

    def __init__(self) -> None:
        self._bitmap = _Bitmap(FEWEST_BITS)
        self._recent: dict[int, int] = {}
        self._runs: list[tuple[Digests, Numbers]] = []

    def __len__(self) -> int:
        return len(self._recent) + sum(len(digests) for digests, _ in self._runs)

    def places(self, digests: Digests) -> dict[int, int]:
        """{position: place} of those that are in it."""
        suspects = np.flatnonzero(self._bitmap.holds(digests))
        wanted = digests[suspects]
        found: dict[int, int] = {}
        for run, places in self._runs if len(suspects) else ():
            at = np.minimum(np.searchsorted(run, wanted), len(run) - 1)
            same = run[at] == wanted
            found.update(zip(suspects[same].tolist(), places[at[same]].tolist(), strict=True))
        for position, digest in zip(suspects.tolist(), wanted.tolist(), strict=True):
            if digest in self._recent:
                found[position] = self._recent[digest]
        return found

    def add(self, digests: Digests, places: Numbers) -> None:
        """Take in digests that are neither in it nor twice among these."""
        self._bitmap.set(digests)
        self._recent.update(zip(digests.tolist(), places.tolist(), strict=True))
        if len(self._recent) < RECENT:
            return
        recent = np.fromiter(self._recent.keys(), dtype=np.uint64, count=len(self._recent))
        where = np.fromiter(self._recent.values(), dtype=np.uint32, count=len(self._recent))
        self._runs.append(_sorted(recent, where))
        self._recent = {}
        self._merge()
        if len(self) * BITS_EACH > self._bitmap.bits < MOST_BITS:
            self._widen()

    def first_places(self, digests: Digests, places: Numbers) -> dict[int, int]:
        """Takes all in; returns {position: place of the first} for those that were seen before."""
        found = self.places(digests)
        first: dict[int, int] = {}
        for position in twins(digests).tolist():
            if position not in found and first.setdefault(int(digests[position]), position) != position:
                found[position] = int(places[first[int(digests[position])]])
        new = np.ones(len(digests), dtype=bool)
        new[list(found)] = False
        self.add(digests[new], places[new])
        return found

    def _merge(self) -> None:
        """Two runs of one size become one: there are few runs to search, and few merges of any digest."""
        while len(self._runs) > 1 and len(self._runs[-2][0]) <= len(self._runs[-1][0]) <= LARGEST_RUN // 2:
            last, before = self._runs.pop(), self._runs.pop()
            self._runs.append(_sorted(np.concatenate([before[0], last[0]]), np.concatenate([before[1], last[1]])))

    def _widen(self) -> None:
        self._bitmap = _Bitmap(2 * self._bitmap.bits)
        for digests, _ in self._runs:
            self._bitmap.set(digests)


class _Bitmap:
    """A bit for each value of the lowest bits of a digest."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._cells: npt.NDArray[np.uint8] = np.zeros(bits >> 3, dtype=np.uint8)

    def _where(self, digests: Digests) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint8]]:
        lowest = digests & np.uint64(self.bits - 1)
        bit = np.left_shift(np.uint8(1), (lowest & np.uint64(7)).astype(np.uint8))
        return (lowest >> np.uint64(3)).astype(np.intp), bit

    def holds(self, digests: Digests) -> npt.NDArray[np.bool_]:
        cells, bit = self._where(digests)
        result: npt.NDArray[np.bool_] = (self._cells[cells] & bit) != 0
        return result

    def set(self, digests: Digests) -> None:
        cells, bit = self._where(digests)
        np.bitwise_or.at(self._cells, cells, bit)


def _sorted(digests: Digests, places: Numbers) -> tuple[Digests, Numbers]:
    order = np.argsort(digests)
    return digests[order], places[order]


def twins(digests: Digests) -> npt.NDArray[np.intp]:
    """The positions of all digests that occur more than once."""
    ordered = np.sort(digests)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(digests, twice)) if len(twice) else np.zeros(0, dtype=np.intp)


def digests_of(packed: Sequence[bytes] | bytes | bytearray) -> Digests:
    """What `digests.packed64` made, one after another, as an array."""
    joined = packed if isinstance(packed, bytes | bytearray) else b"".join(packed)
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)


class Titles:
    """How often each title was kept, up to a cap: a digest in an index for each time, and no memory for the names."""

    def __init__(self, cap: int) -> None:
        self.cap, self._index = cap, DigestIndex()

    def counts(self, titles: Digests) -> dict[int, int]:
        """{title: how often it was kept}"""
        counts = np.zeros(len(titles), dtype=np.int64)
        for time in range(self.cap):
            known = list(self._index.places(_numbered(titles, np.array([time], dtype=np.uint64))))
            if not known:
                break
            counts[known] += 1
        return dict(zip(titles.tolist(), counts.tolist(), strict=True))

    def add(self, before: Mapping[int, int], now: Mapping[int, int]) -> None:
        """Titles that were kept so often before, and so often now."""
        times = [(title, time) for title in now for time in range(before[title], now[title])]
        pairs = np.array(times, dtype=np.uint64).reshape(-1, 2)
        self._index.add(_numbered(pairs[:, 0], pairs[:, 1]), np.zeros(len(pairs), dtype=np.uint32))


def _numbered(titles: Digests, times: Digests) -> Digests:
    # an odd constant for each time: the digests of one title lie far apart
    return titles + times * np.uint64(0x9E3779B97F4A7C15)
