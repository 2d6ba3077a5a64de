"""Does a poem rhyme where its reference rhymes? By any book of rhymes: a function from a character to its groups."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

Book = Callable[[str], frozenset[str]]
Ends = Sequence[str]


def scheme(ends: Ends, book: Book) -> list[list[int]]:
    """Which places rhyme with one another: those that share the commonest group, then of the rest, and so on.

    A rhyme has two different characters at least: 来 and 来 are the same word.
    """
    left, found = list(range(len(ends))), list[list[int]]()
    while True:
        sharing = {group: [n for n in left if group in book(ends[n])] for n in left for group in sorted(book(ends[n]))}
        rhymes = [places for places in sharing.values() if len({ends[n] for n in places}) > 1]
        if not rhymes:
            return found
        largest = max(rhymes, key=len)
        found.append(largest)
        left = [n for n in left if n not in largest]


def kept(reference: Ends, answer: Ends, start: int, book: Book) -> float:
    """Share of the reference's rhyme words from `start` on for which the answer has one; NaN where it has none.

    Places before `start` are given (the verses of the request, the same in both), and what they rhyme on is to be
    rhymed with; without them two words of the answer make a rhyme. A word that was used rhymes no second time.
    """
    wanted = met = 0
    for places in scheme(reference, book):
        given = {reference[n] for n in places if n < start}
        asked = {reference[n] for n in places if n >= start} - given
        said = {answer[n] for n in places if start <= n < len(answer)} - given
        wanted += len(asked)
        met += min(len(asked), _together(said, given, book))
    return met / wanted if wanted else math.nan


def _together(said: Iterable[str], given: Iterable[str], book: Book) -> int:
    """How many words rhyme with those given, or where there are none, with one another."""
    groups = [book(word) for word in given]
    shared = frozenset.intersection(*groups) if groups else None
    counts = Counter(group for word in said for group in book(word) if shared is None or group in shared)
    most = max(counts.values(), default=0)
    return most if shared is not None or most > 1 else 0
