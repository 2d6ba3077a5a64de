"""Which characters of a library of old books are probably misread? Learns `known.bin`, the errata of chinese-novel.

    python -m converters.oldbooks.errata.learn FOLDER [SUSPECTS]    (the folder that holds `resources`)

A character is suspected where the triples of characters around it stand in no more than one other book (many a novel
has a twin), and a look-alike in its place makes triples that several have. What a book itself has more than twice is a
name and no suspect. SUSPECTS are more of them, found in another way: the five characters around each, parted by NUL.
Those of the file that is shipped came from two models of 42 million parameters, trained to restore characters that were
exchanged for look-alikes, doubled or left out, one of them on other books than those that it judged, and from books
that exist in two editions: where the editions differ, what one of the models doubts. The models are not shipped.
The file holds fingerprints, and nothing of the text.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from converters.oldbooks.books import LEFT_OUT
from converters.oldbooks.errata import AROUND, KNOWN, LOOKALIKES, OUTSIDE, fingerprint
from converters.oldbooks.novel_pages import MARK_HEADING, in_simplified, paragraphs

NAME = 2  # times that a triple may stand in its own book before it counts as known
TWINS = 1  # other books whose agreement proves nothing
OFTEN = 4  # other books at least that have two of the triples with the look-alike
LEAST_ODDS = 6.0  # natural logarithm of how many more books have the triples with the look-alike
SMOOTH = 0.2
ENDS = "。！？…”’"
LAST = 0xFFFF  # characters beyond the BMP are one

Codes = npt.NDArray[np.int64]


def main(folder: Path, *more: Path) -> None:
    books = {name: codes_of(text) for name, text in library(folder).items()}
    everywhere = in_books(books.values())
    alike = lookalikes()
    found = {five for path in more for five in path.read_text(encoding="utf-8").split("\0") if five}
    for name in sorted(books.keys() - LEFT_OUT.keys()):
        suspected = list(suspects(books[name], everywhere, alike))
        found.update(suspected)
        print(f"{10_000 * len(suspected) / max(1, len(books[name])):6.2f} in ten thousand  {name}")
    known = {fingerprint(as_cut) for five in found for as_cut in cuts(five)}
    KNOWN.write_bytes(np.array(sorted(known), dtype="<u4").tobytes())
    print(f"{len(found):,} suspects")


def cuts(five: str) -> set[str]:
    """The five characters as they stand in a passage, which may begin or end at a sentence end beside the suspect."""
    line = _outside(five[:AROUND][::-1])[::-1], five[AROUND], _outside(five[AROUND + 1 :])
    before, middle, after = line
    found = {"".join(line)}
    for place in range(AROUND):
        begun = OUTSIDE * (place + 1) + before[place + 1 :] if before[place] in ENDS else before
        ended = after[: place + 1] + OUTSIDE * (AROUND - place - 1) if after[place] in ENDS else after
        found |= {begun + middle + after, before + middle + ended, begun + middle + ended}
    return found


def _outside(beside: str) -> str:
    """What stands beside a suspect, less what is on another line."""
    kept = beside.split(OUTSIDE)[0]
    return kept + OUTSIDE * (len(beside) - len(kept))


def library(folder: Path) -> Mapping[str, str]:
    """The text of each book, its paragraphs one a line."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("resources/*/*/*.html")):
        lines = in_simplified(paragraphs(path.read_text(encoding="utf-8", errors="replace")))
        found[path.parent.name].extend(line for line in lines if not line.startswith(MARK_HEADING))
    return {name: "\n".join(lines) for name, lines in found.items()}


def lookalikes() -> Mapping[int, tuple[int, ...]]:
    """What each character may have been: every other one of the groups that it stands in."""
    found: dict[int, set[int]] = defaultdict(set)
    for group in LOOKALIKES.read_text(encoding="utf-8").split():
        for character in group:
            found[ord(character)] |= {ord(other) for other in group if other != character}
    return {character: tuple(sorted(others)) for character, others in found.items()}


class Counts:
    """How often each number stands among some."""

    def __init__(self, found: Codes) -> None:
        self._triples, self._counts = np.unique(found, return_counts=True)

    def of(self, wanted: Codes) -> Codes:
        places = np.minimum(np.searchsorted(self._triples, wanted), len(self._triples) - 1)
        return np.where(self._triples[places] == wanted, self._counts[places], 0)


def in_books(books: Iterable[Codes]) -> Counts:
    """How many books have a triple."""
    return Counts(np.concatenate([np.unique(triples(codes)) for codes in books]))


def suspects(codes: Codes, everywhere: Counts, alike: Mapping[int, tuple[int, ...]]) -> Iterator[str]:
    """The five characters around each suspect of a book that is one of those in `everywhere`."""
    own = Counts(triples(codes))
    places = np.flatnonzero(np.isin(codes, np.fromiter(alike, dtype=np.int64)))
    places = places[(places >= AROUND) & (places < len(codes) - AROUND)]
    written = _around(codes, places, codes[places])
    others = [np.maximum(everywhere.of(triple) - 1 - TWINS, 0) for triple in written]
    counts = [other + np.maximum(own.of(triple) - NAME, 0) for other, triple in zip(others, written, strict=True)]
    rare = sum(counts) == 0
    places, counts = places[rare], [count[rare] for count in counts]
    before = sum(np.log(count + SMOOTH) for count in counts)
    suspected = np.zeros(len(places), dtype=bool)
    for turn in range(max(map(len, alike.values()))):
        other = np.array([_nth(alike[character], turn) for character in codes[places].tolist()], dtype=np.int64)
        read = [everywhere.of(triple) - (own.of(triple) > 0) for triple in _around(codes, places, other)]
        often = sum((count >= OFTEN).astype(int) for count in read) >= 2
        odds = sum(np.log(count + SMOOTH) for count in read) - before
        suspected |= (other > 0) & often & (odds >= LEAST_ODDS)
    for place in places[suspected].tolist():
        yield "".join(map(chr, codes[place - AROUND : place + AROUND + 1].tolist()))


def _nth(others: tuple[int, ...], turn: int) -> int:
    return others[turn] if turn < len(others) else 0


def _around(codes: Codes, places: Codes, middle: Codes) -> list[Codes]:
    """The three triples that hold a place, with another character there."""
    left2, left, right, right2 = (codes[places + step] for step in (-2, -1, 1, 2))
    return [_triple(left2, left, middle), _triple(left, middle, right), _triple(middle, right, right2)]


def triples(codes: Codes) -> Codes:
    return _triple(codes[:-2], codes[1:-1], codes[2:])


def _triple(first: Codes, second: Codes, third: Codes) -> Codes:
    return (first << 32) | (second << 16) | third


def codes_of(text: str) -> Codes:
    return np.minimum(np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.int64), LAST)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
