"""The training file of one dataset while it is written: which lines hold which texts, and how lines leave it again.

What is known of a line but is not in it (digests of its text and of texts linked to it, notes) lies on disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from converters.engine.seen import Digests
from converters.engine.spool import Pairs, Waiting
from converters.files import Staged

Buffer = bytes | memoryview
Sparse = Mapping[int, Sequence[int]]


class TrainingFile:
    """`watched` is whether lines may have to leave: only then is anything kept of them."""

    def __init__(self, path: Path, files: Staged, *, watched: bool) -> None:
        self._path, self._files, self._watched = path, files, watched
        self._stream = files.open_binary(path)
        self._links, self._same, self._notes = (Pairs(path.parent) for _ in range(3))
        self._words: list[str] = []
        self._lines = 0

    def extend(
        self, pieces: Iterable[Buffer], same: Digests, links: Sparse, notes: Mapping[int, Sequence[str]]
    ) -> None:
        """Lines, which are as many as their digests; `links` and `notes` are of some of them, by position."""
        if self._watched:
            self._same.extend(np.arange(self._lines, self._lines + len(same), dtype=np.uint64), same)
            for at, digests in links.items():
                self._links.add(self._lines + at, digests)
            for at, words in notes.items():
                self._note(self._lines + at, words)
        for piece in pieces:
            self._stream.write(piece)
        self._lines += len(same)

    def append(self, entry: Waiting) -> None:
        """A line that has waited."""
        if self._watched:
            self._same.add(self._lines, [entry.same])
            self._links.add(self._lines, entry.links)
            self._note(self._lines, entry.notes)
        self._stream.write(entry.line)
        self._lines += 1

    def _note(self, line: int, words: Sequence[str]) -> None:
        for word in words:
            if word not in self._words:
                self._words.append(word)
            self._notes.add(self._words.index(word), [line])

    def release(self, links: Digests, same: Digests) -> Iterator[tuple[bytes, list[str]]]:
        """The lines, with their notes, that hold one of these texts: they leave the file."""
        leaving = np.union1d(self._links.beside(links), self._same.beside(same))
        if not len(leaving):
            return
        notes: dict[int, list[str]] = {}
        for word, line in self._notes.rows(leaving).tolist():
            notes.setdefault(line, []).append(self._words[word])
        left = self._files.close(self._path)
        self._stream = self._files.open_binary(self._path)
        away = set(leaving.tolist())
        with left.open("rb") as before:
            for number, text in enumerate(before):
                if number in away:
                    yield text, notes.get(number, [])
                else:
                    self._stream.write(text)

    def close(self) -> None:
        for pairs in (self._links, self._same, self._notes):
            pairs.close()
