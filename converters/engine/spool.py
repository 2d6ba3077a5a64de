"""What waits on disk until its fate is decided: examples with the numbers that decide it, and pairs of numbers.

The files have no name and vanish with the process. Memory does not grow with what waits.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import numpy as np

from converters.engine.seen import Digests
from converters.engine.sheet import Columns

BLOCK = 1 << 16  # pairs that are held, or looked at, at a time


class Spool:
    """Examples in order, as they came."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = None

    def write(self, columns: Columns) -> None:
        if not len(columns):
            return
        if self._stream is None:
            self._stream = tempfile.TemporaryFile("w+b", dir=self._folder)  # noqa: SIM115
        pickle.dump(columns, self._stream, protocol=5)

    def __iter__(self) -> Iterator[Columns]:
        if self._stream is None:
            return
        end = self._stream.seek(0, os.SEEK_END)
        self._stream.seek(0)
        while self._stream.tell() < end:
            yield pickle.load(self._stream)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


class Pairs:
    """(number, digest) in any order: which numbers stand beside certain digests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held = array("Q")
        self._stream: IO[bytes] | None = None

    def add(self, number: int, digests: Iterable[int]) -> None:
        for digest in digests:
            self._held.extend((number, digest))
        self._spill()

    def extend(self, numbers: Digests, digests: Digests) -> None:
        self._held.frombytes(np.column_stack([numbers, digests]).tobytes())
        self._spill()

    def _spill(self) -> None:
        if len(self._held) < 2 * BLOCK:
            return
        if self._stream is None:
            self._stream = tempfile.TemporaryFile("w+b", dir=self._folder)  # noqa: SIM115
        self._stream.write(self._held.tobytes())
        self._held = array("Q")

    def beside(self, digests: Digests) -> Digests:
        """The numbers that stand beside one of these, in rising order, each once."""
        return np.unique(self.rows(digests)[:, 0])

    def rows(self, digests: Digests) -> Digests:
        """The pairs of one of these digests, in their order."""
        found = [rows[np.isin(rows[:, 1], digests)] for rows in self._blocks()] if len(digests) else []
        return np.concatenate([np.zeros((0, 2), dtype=np.uint64), *found])

    def _blocks(self) -> Iterator[Digests]:
        if self._stream is not None:
            self._stream.seek(0)
            while block := self._stream.read(16 * BLOCK):
                yield np.frombuffer(block, dtype=np.uint64).reshape(-1, 2)
        yield np.frombuffer(self._held.tobytes(), dtype=np.uint64).reshape(-1, 2)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
