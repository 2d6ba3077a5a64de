"""What waits on disk until its fate is decided: lines with the numbers that decide it, and pairs of numbers.

The files have no name and vanish with the process. Memory does not grow with what waits.
"""

from __future__ import annotations

import struct
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
import orjson

from converters.engine.seen import Digests

BLOCK = 1 << 16  # pairs that are held, or looked at, at a time


class Waiting(NamedTuple):
    """A line with what is known of it: `document`, `same` and `links` are digests, `kind` and `notes` words."""

    line: bytes
    document: int
    same: int
    links: Sequence[int] = ()
    kind: str = ""
    notes: Sequence[str] = ()


_HEAD = struct.Struct("<QQIII")  # document, same, links, bytes of kind and notes, bytes of the line


class Spool:
    """Lines in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream: IO[bytes] | None = None

    def write(self, entry: Waiting) -> None:
        words = orjson.dumps([entry.kind, *entry.notes])
        links = array("Q", entry.links).tobytes()
        head = _HEAD.pack(entry.document, entry.same, len(links), len(words), len(entry.line))
        if self._stream is None:
            self._stream = tempfile.TemporaryFile("w+b", dir=self._folder)  # noqa: SIM115
        self._stream.write(head + links + words + entry.line)

    def __iter__(self) -> Iterator[Waiting]:
        if self._stream is None:
            return
        self._stream.seek(0)
        read = self._stream.read
        while head := read(_HEAD.size):
            document, same, links, words, line = _HEAD.unpack(head)
            linked, (kind, *notes) = array("Q", read(links)), orjson.loads(read(words))
            yield Waiting(read(line), document, same, linked, kind, notes)

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
