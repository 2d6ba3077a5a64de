"""Which file and record a number below 2^32 is, through all inputs: so that an index of what was seen stays small."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np

from converters.engine.chunks import Chunk
from converters.engine.seen import Digests, Numbers

MOST_PLACES = 1 << 32


@dataclass
class Place:
    """Where the records of a chunk stand; their places number all records of all inputs, file after file."""

    chunk: Chunk
    start: int

    @property
    def label(self) -> str:
        return self.chunk.job.label

    def raw(self, record: int, number: int) -> Any:
        return self.chunk.raw(record, number)

    def places(self, numbers: Digests) -> Numbers:
        return ((numbers + np.uint64(self.start)) % np.uint64(MOST_PLACES)).astype(np.uint32)


class Places:
    """Which file and record a place is."""

    def __init__(self) -> None:
        self._starts: list[tuple[int, str]] = []
        self._input = -1
        self._next = 0

    def of(self, chunk: Chunk) -> Place:
        if chunk.job.input != self._input:
            self._input = chunk.job.input
            self._starts.append((self._next, chunk.job.label))
        start = self._starts[-1][0]
        self._next = start + chunk.last
        return Place(chunk, start)

    def told(self, place: int) -> str:
        if self._next >= MOST_PLACES:  # places have begun anew, and this one may be any of several
            return "an earlier record"
        start, label = self._starts[bisect_left(self._starts, (place, "")) - 1]
        return f"{label}, record {place - start}"
