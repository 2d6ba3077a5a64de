"""How likely is a word of modern Chinese, alone and behind another: a small table of costs.

`words.bin` has the fingerprints of 100,000 words and of 250,000 pairs of words that often meet, each with its cost;
`converters.conversations.misspelt.learn` writes it. It cannot say what the words are.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xxhash

TABLE = Path(__file__).with_name("words.bin")
WORD_BITS, PAIR_BITS = 31, 34  # of 70,000 pairs that never meet, one is taken for one that does
LONGEST = 5  # characters of a word
UNKNOWN = 80  # cost of a character that the table does not know
PLANES = 5  # bytes of a distance between two fingerprints
STEP = 4  # the costs of pairs are rounded to this

Numbers = npt.NDArray[np.uint64]


def fingerprint(text: str, bits: int) -> int:
    return xxhash.xxh3_64_intdigest(text.encode()) >> (64 - bits)


@lru_cache(maxsize=1 << 17)
def alone(word: str) -> tuple[int, int] | None:
    """The cost of a word wherever it stands, and what it costs more to leave it for a word it seldom meets.

    A cost is ten times the negative decimal logarithm of a probability.
    """
    return _table()[0].get(fingerprint(word, WORD_BITS))


@lru_cache(maxsize=1 << 18)
def together(before: str, word: str) -> int | None:
    """The cost of a word behind another that it often meets."""
    return _table()[1].get(fingerprint(f"{before} {word}", PAIR_BITS))


def pack(words: Sequence[tuple[int, int, int]], pairs: Sequence[tuple[int, int]]) -> bytes:
    """The file: sorted fingerprints as their distances, then the costs. Each row begins with a fingerprint."""
    word_rows, pair_rows = np.array(sorted(words), dtype=np.uint64), np.array(sorted(pairs), dtype=np.uint64)
    parts = [_distances(word_rows[:, 0]), *(word_rows[:, column].astype(np.uint8) for column in (1, 2))]
    parts += [_distances(pair_rows[:, 0]), (pair_rows[:, 1] // STEP).astype(np.uint8)]
    body = lzma.compress(b"".join(part.tobytes() for part in parts), preset=9)
    return struct.pack("<II", len(word_rows), len(pair_rows)) + body


@cache
def _table() -> tuple[dict[int, tuple[int, int]], dict[int, int]]:
    packed = TABLE.read_bytes()
    words, pairs = struct.unpack_from("<II", packed)
    body = np.frombuffer(lzma.decompress(packed[8:]), dtype=np.uint8)
    places = np.cumsum([PLANES * words, words, words, PLANES * pairs])
    word_keys, costs, leaving, pair_keys, pair_costs = np.split(body, places)
    known = dict(zip(_numbers(word_keys), zip(costs.tolist(), leaving.tolist(), strict=True), strict=True))
    return known, dict(zip(_numbers(pair_keys), (pair_costs * STEP).tolist(), strict=True))


def _distances(numbers: Numbers) -> npt.NDArray[np.uint8]:
    """Planes of bytes, the highest first: the high ones are nearly all the same."""
    apart = np.diff(numbers, prepend=np.uint64(0))
    return np.concatenate([(apart >> shift).astype(np.uint8) for shift in range(8 * PLANES - 8, -1, -8)])


def _numbers(planes: npt.NDArray[np.uint8]) -> list[int]:
    apart = np.zeros(len(planes) // PLANES, dtype=np.int64)
    for plane in np.split(planes.astype(np.int64), PLANES):
        apart = (apart << 8) + plane
    found: list[int] = np.cumsum(apart).tolist()
    return found
