"""Rebuilds the table of this folder from pairs of sentences.

    python -m converters.pairs.lexicon.learn cmn.txt all.en-zh.tmx

The pairs are Tatoeba's (English, Chinese and an attribution by tabs) and TICO-19's memory. Of which characters the
translation of a word consists is estimated by IBM model 1 (Brown et al. 1993, eq. 15 and 16) on Chinese characters:
five rounds. Nothing in a conversion runs this; the table is in the repository.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converters.pairs.counterparts import tables
from converters.pairs.evidence import GRAMMATICAL
from converters.pairs.lexicon import NO_WORD, TOKEN, forms, words
from converters.pairs.tmx import runs
from converters.script import simplified_modern
from converters.text import HAN

ROUNDS = 5
EMPTY_WORD = 3.0  # weight of the empty word, from which particles come
SEEN = 3  # pairs in which a word or a character must stand
LIKELY, LIFT, TOGETHER = 0.02, 2.5, 0.02  # t(character | word); times its share in all text; share of the word's pairs
USUAL = 0.001  # t from which a character is no surprise
GENERIC = 150  # the most frequent characters tell nothing where they are but a part of a word
HEADER = "# Counts over Tatoeba (https://tatoeba.org, CC BY 2.0 FR) and TICO-19 (CC0)."

_RUN = re.compile(f"[{HAN}]")

Pair = tuple[list[str], list[str]]  # words and characters


def pairs_of(paths: list[Path]) -> Iterator[tuple[str, str]]:
    for path in paths:
        if path.suffix == ".tmx":
            with path.open("rb") as stream:
                yield from ((unit["en"], unit["zh"]) for run in runs(stream) for unit in run["units"])
        else:
            columns = (line.split("\t") for line in path.read_text("utf-8").splitlines())
            yield from ((pair[0], pair[1]) for pair in columns if len(pair) > 1)


class Table:
    """t(character | word), words by rows; row 0 is the empty word."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.words = Counter(word for english, _ in pairs for word in set(english))
        self.characters = Counter(character for _, chinese in pairs for character in set(chinese))
        self.rows = {word: row for row, word in enumerate(self._often(self.words), start=1)}
        self.columns = {character: column for column, character in enumerate(self._often(self.characters))}
        self.t: npt.NDArray[np.float32] = np.full((len(self.rows) + 1, len(self.columns)), 1e-3, np.float32)

    def _often(self, counts: Counter[str]) -> list[str]:
        return sorted(item for item in counts if counts[item] >= SEEN)

    def learn(self, pairs: list[Pair]) -> None:
        """One round of expectation and maximisation."""
        counts = np.zeros_like(self.t)
        for english, chinese in pairs:
            old = Counter(self.rows[word] for word in english if word in self.rows)
            new = Counter(self.columns[character] for character in chinese if character in self.columns)
            rows, columns = np.array([0, *old]), np.array(list(new), dtype=int)
            expected = self.t[rows[:, None], columns] * np.array([EMPTY_WORD, *old.values()], np.float32)[:, None]
            expected *= np.array(list(new.values()), np.float32) / np.maximum(expected.sum(0), 1e-30)
            counts[rows[:, None], columns] += expected
        self.t = np.maximum(counts / np.maximum(counts.sum(1, keepdims=True), 1e-9), 1e-9)

    def learnt(self, pairs: list[Pair]) -> dict[str, str]:
        together = Counter((word, c) for english, chinese in pairs for word in set(english) for c in set(chinese))
        found = {}
        for word, row in self.rows.items():
            likely = (c for c, column in self.columns.items() if self.t[row, column] >= LIKELY)
            found[word] = "".join(c for c in likely if self._is_telling(word, c, together[word, c], len(pairs)))
        return found

    def usual(self) -> dict[str, set[str]]:
        """What is no surprise beside a word, and beside any."""
        rows = {NO_WORD: 0, **self.rows}
        return {
            word: {c for c, column in self.columns.items() if self.t[row, column] >= USUAL}
            for word, row in rows.items()
        }

    def _is_telling(self, word: str, character: str, together: int, pairs: int) -> bool:
        share = together / self.words[word]
        return together >= 2 and share >= TOGETHER and share >= LIFT * self.characters[character] / pairs


def main(paths: list[Path], to: Path) -> None:
    texts = list(pairs_of(paths))
    ordinary = {word for english, _ in texts for word in TOKEN.findall(english) if word.islower()}
    pairs = [(_base_forms(english, ordinary), _RUN.findall(simplified_modern(chinese))) for english, chinese in texts]
    table = Table(pairs)
    for _ in range(ROUNDS):
        table.learn(pairs)
    usual = table.usual()
    lines = [
        f"{word}{'' if any(form in ordinary for form in forms(word)) else '^'} {_sorted(characters)} "
        f"{_sorted(usual.get(word, set()))}".rstrip()
        for word, characters in _rows(table, pairs)
    ]
    (to / "words.txt").write_text("\n".join([HEADER, f"{NO_WORD}  {_sorted(usual[NO_WORD])}", *lines]) + "\n", "utf-8")


def _sorted(characters: set[str]) -> str:
    return "".join(sorted(characters))


def _base_forms(english: str, known: set[str]) -> list[str]:
    return [next((form for form in forms(word) if form in known), word) for word in words(english)]


def _rows(table: Table, pairs: list[Pair]) -> Iterator[tuple[str, set[str]]]:
    generic = {character for character, _ in table.characters.most_common(GENERIC)}
    learnt = table.learnt(pairs)
    written = {head.lower(): translations for entries in tables() for head, translations in entries.items()}
    for word in sorted(learnt.keys() | written.keys()):
        characters = set(learnt.get(word, ""))
        for translation in written.get(word, ()):
            characters |= set(translation) - generic or set(translation)
        # a word of grammar becomes no character of its own, but others are usual beside it
        if (characters or word in GRAMMATICAL) and re.fullmatch("[a-z]+", word):
            yield word, characters


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("python -m converters.pairs.lexicon.learn cmn.txt all.en-zh.tmx")
    main([Path(argument) for argument in sys.argv[1:]], Path(__file__).parent)
