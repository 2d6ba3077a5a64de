"""The training file of one dataset while it is written: which lines hold which texts, and how lines leave it again.

What is known of a line but is not in it (digests of its text and of texts linked to it, notes) lies on disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converters.engine.seen import Digests
from converters.engine.sheet import Columns
from converters.engine.spool import Pairs
from converters.files import Staged


class TrainingFile:
    """`watched` is whether lines may have to leave: only then is anything kept of them."""

    def __init__(self, path: Path, files: Staged, *, watched: bool) -> None:
        self._path, self._files, self._watched = path, files, watched
        self._stream = files.open_binary(path)
        self._links, self._same, self._notes = (Pairs(path.parent) for _ in range(3))
        self._words: list[str] = []
        self._lines = 0

    def extend(self, columns: Columns, chosen: npt.NDArray[np.bool_], same: Digests) -> None:
        """The chosen ones of some examples, whose digests `same` are."""
        apart = np.flatnonzero(~chosen).tolist()
        lines = self._lines + np.cumsum(chosen) - 1
        if self._watched:
            self._same.extend(lines[chosen].astype(np.uint64), same[chosen])
            for at, digests in columns.links.items():
                self._links.add(int(lines[at]), digests if chosen[at] else ())
            for at, words in columns.notes.items():
                self._note(int(lines[at]), words if chosen[at] else ())
        for piece in columns.between(apart):
            self._stream.write(piece)
        self._lines += len(chosen) - len(apart)

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
