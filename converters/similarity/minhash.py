"""Which of a million texts may be near-duplicates of which: MinHash with bands (Broder 1997; Indyk & Motwani 1998).

Two sets of Jaccard similarity s share a band of r rows with probability s^r, and one of b bands with 1 − (1 − s^r)^b:
0.998 at s = 0.8 and 0.27 at s = 0.5 for 20 bands of 6 rows. Candidates are verified by whoever asks.
Memory: 8 bytes for each text and band.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from converters.similarity.grams import Hashes, mixed

BANDS, ROWS = 20, 6
MOST_COMPARED = 64  # texts before it in a bucket with which a text is compared; a bucket of thousands is boilerplate
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


def candidates(keys: Hashes) -> Iterator[tuple[int, list[int]]]:
    """(text, earlier ones that share a band with it) for each text that has some, in order; `keys`: (texts, BANDS)."""
    pairs = np.concatenate([_pairs(keys[:, band]) for band in range(keys.shape[1])], axis=0)
    if not len(pairs):
        return
    pairs = np.unique(pairs, axis=0)
    later, starts = np.unique(pairs[:, 0], return_index=True)
    for text, group in zip(later.tolist(), np.split(pairs[:, 1], starts[1:]), strict=True):
        yield text, group.tolist()


def _pairs(keys: Hashes) -> npt.NDArray[np.uint32]:
    """(later, earlier) for neighbours of one bucket, up to MOST_COMPARED apart."""
    order = np.argsort(keys, kind="stable").astype(np.uint32)
    ordered = keys[order]
    found = []
    for apart in range(1, MOST_COMPARED + 1):
        same: npt.NDArray[np.intp] = np.flatnonzero(ordered[apart:] == ordered[: max(len(ordered) - apart, 0)])
        if not len(same):
            break
        found.append(np.stack([order[same + apart], order[same]], axis=1))
    return np.concatenate(found) if found else np.empty((0, 2), dtype=np.uint32)
