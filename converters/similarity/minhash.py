"""Which of a million texts may be near-duplicates of which: MinHash with bands (Broder 1997; Indyk & Motwani 1998).

Two sets of Jaccard similarity s share a band of r rows with probability s^r, and one of b bands with 1 − (1 − s^r)^b:
0.998 at s = 0.8 and 0.27 at s = 0.5 for 20 bands of 6 rows. Candidates are verified by whoever asks.
Memory: 17 bytes for each text and band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from converters.similarity.grams import Hashes, mixed

BANDS, ROWS = 20, 6
MOST_COMPARED = 64  # texts before it in a bucket with which a text is compared; a bucket of thousands is boilerplate
BLOCK = 1 << 10  # texts whose candidates are gathered at a time
SKETCH = 32
Sketch = npt.NDArray[np.uint8]
Alike = Callable[[Hashes, Hashes], npt.NDArray[np.bool_]]
_FACTORS: Hashes = mixed(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64)) | np.uint64(1)


def bands(grams: Hashes) -> Hashes:
    """One number for each band, of shape (BANDS,): texts with an equal one are candidates. All 0 for an empty set."""
    if not len(grams):
        return np.zeros(BANDS, dtype=np.uint64)
    # grams are hashes already: times an odd number is another permutation of the 64-bit numbers
    smallest = (grams[:, None] * _FACTORS).min(axis=0)
    rows = smallest.reshape(BANDS, ROWS)
    keys: Hashes = np.zeros(BANDS, dtype=np.uint64)
    for row in range(ROWS):
        keys = mixed(keys ^ rows[:, row])
    return keys


def sketch(grams: Hashes) -> Sketch:
    """A byte of the smallest hash under each of SKETCH permutations: two sets agree in about their similarity of them.

    All 0 for an empty set.
    """
    if not len(grams):
        return np.zeros(SKETCH, dtype=np.uint8)
    return (mixed((grams[:, None] * _FACTORS[:SKETCH]).min(axis=0)) & np.uint64(0xFF)).astype(np.uint8)


def candidates(keys: Hashes, alike: Alike | None = None) -> Iterator[tuple[int, list[int]]]:
    """(text, earlier ones that share a band with it) for each text that has some, in order; `keys`: (texts, BANDS).

    In a bucket of more than MOST_COMPARED a text is compared with those just before it. `alike` may say of many pairs
    at a time (texts, earlier ones) which are worth a closer look.
    """
    buckets = [_Buckets(keys[:, band]) for band in range(keys.shape[1])]
    for start in range(0, len(keys), BLOCK):
        pairs = np.unique(np.concatenate([bucket.pairs(start, start + BLOCK) for bucket in buckets]))
        if alike is not None:
            pairs = pairs[alike(pairs >> np.uint64(32), pairs & np.uint64(0xFFFFFFFF))]
        texts, starts = np.unique(pairs >> np.uint64(32), return_index=True)
        groups = np.split(pairs & np.uint64(0xFFFFFFFF), starts[1:])
        for text, group in zip(texts.tolist(), groups if len(pairs) else (), strict=True):
            yield text, group.tolist()


class _Buckets:
    """The texts sorted by one band, so that those with an equal one are neighbours, each after the earlier ones."""

    def __init__(self, keys: Hashes) -> None:
        order = np.argsort(keys, kind="stable")
        ordered, count = keys[order], len(keys)
        begins = np.ones(count, dtype=bool)
        begins[1:] = ordered[1:] != ordered[:-1]
        since = np.arange(count) - np.maximum.accumulate(np.where(begins, np.arange(count), 0))
        self._order = order.astype(np.uint32)
        self._rank = np.empty(count, dtype=np.uint32)
        self._rank[order] = np.arange(count)
        # how many of the bucket come before each: as many as it is compared with, at most
        self._before = np.empty(count, dtype=np.uint8)
        self._before[order] = np.minimum(since, MOST_COMPARED)

    def pairs(self, start: int, end: int) -> Hashes:
        """later << 32 | earlier, for the texts of a range."""
        found = [np.zeros(0, dtype=np.uint64)]
        for apart in range(1, int(self._before[start:end].max(initial=0)) + 1):
            texts = start + np.flatnonzero(self._before[start:end] >= apart)
            found.append(texts.astype(np.uint64) << np.uint64(32) | self._order[self._rank[texts] - np.uint32(apart)])
        return np.concatenate(found)
