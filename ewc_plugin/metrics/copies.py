"""What is the longest passage of an answer that stands, word for word, in a training text?

Every 8 neighbouring characters of the answers are indexed by a 64-bit hash; the training texts are streamed past the
index in blocks, and places that follow one another in both make up a passage. Space does not count. 160 million
characters pass 10,000 answers in half a minute.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewc_plugin.metrics.characters import without_space

SEED = 8  # characters; what is shorter is language, and counts as no copy
BLOCK = 2_000_000  # characters of training text that are held at once
_BITS = 22
_PAIRS = 4_000_000  # that are joined at once
_FACTOR, _MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)

Places = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def longest_copies(answers: Sequence[str], training_texts: Iterable[str]) -> list[int]:
    """Characters of each answer's longest passage that stands in one training text; 0 where it is under 8.

    Two different passages of 8 share a hash with a probability of 2⁻⁶⁴ a pair.
    """
    # a model that has collapsed says one thing to every question
    bare = [without_space(answer) for answer in answers]
    different = list(dict.fromkeys(bare))
    index = Index.of(different)
    longest = np.zeros(len(different), dtype=np.int64)
    for block in _blocks(training_texts):
        index.extend(block, longest)
    of_text = dict(zip(different, longest.tolist(), strict=True))
    return [of_text[text] for text in bare]


@dataclass(frozen=True)
class Index:
    """`hashes` sorted, each once; hash h stands at `places[first[h]:first[h + 1]]` of the answers' joined text.

    buckets: where the hashes with the same top bits begin, as a search by halves misses the cache 20 times a hash.
    owner: which answer stands at a place.
    """

    hashes: Hashes
    first: Places
    places: Places
    owner: Places
    buckets: Places

    @classmethod
    def of(cls, answers: Sequence[str]) -> "Index":
        every, places = _hashed(answers)
        order = np.argsort(every, kind="stable")
        hashes, first = np.unique(every[order], return_index=True)
        owner = np.repeat(np.arange(len(answers)), [len(answer) + 1 for answer in answers])
        counts = np.bincount((hashes >> np.uint64(64 - _BITS)).astype(np.int64), minlength=1 << _BITS)
        return cls(hashes, np.append(first, len(every)), places[order], owner, np.append(0, np.cumsum(counts)))

    def find(self, hashes: Hashes) -> Places:
        """Which of ours each hash is, -1 for none."""
        top = (hashes >> np.uint64(64 - _BITS)).astype(np.int64)
        at, end = self.buckets[top], self.buckets[top + 1]
        found = np.full(len(hashes), -1, dtype=np.int64)
        left = np.flatnonzero(at < end)
        while len(left):
            same = self.hashes[at[left]] == hashes[left]
            found[left[same]] = at[left[same]]
            at[left] += 1
            left = left[~same & (at[left] < end[left])]
        return found

    def extend(self, texts: Sequence[str], longest: Places) -> None:
        """Raise `longest` to the longest passage of each answer in these texts."""
        hashes, places = _hashed(texts)
        found = self.find(hashes)
        hit = found >= 0
        found, places = found[hit], places[hit]
        for part in _parts(*_different_runs(places, self.first[found], self.first[found + 1])):
            self._join(*part, longest)

    def _join(self, places: Places, first: Places, last: Places, longest: Places) -> None:
        """Pairs (place in training, place in answer) that go on together: a passage is a run on one diagonal."""
        counts = last - first
        there = np.repeat(places, counts)
        here = self.places[np.arange(len(there)) + np.repeat(first - (np.cumsum(counts) - counts), counts)]
        # no passage is longer than the stretch of the training text that any answer knows
        promising = np.repeat(_reach(places), counts) > longest[self.owner[here]]
        there, here = there[promising], here[promising]
        if not len(there):
            return
        # by diagonal, then along it: one key sorts several times faster than two
        order = np.argsort((there - here) * (1 << 31) + there)
        there, here = there[order], here[order]
        starts = np.concatenate([[0], np.flatnonzero((np.diff(there) != 1) | (np.diff(here) != 1)) + 1])
        lengths = np.diff(np.concatenate([starts, [len(there)]])) + SEED - 1
        np.maximum.at(longest, self.owner[here[starts]], lengths)


def _reach(places: Places) -> Places:
    """How many characters the stretch of neighbouring places spans in which each stands."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(places) != 1) + 1, [len(places)]])
    return np.repeat(np.diff(starts) + SEED - 1, np.diff(starts))


def _hashed(texts: Sequence[str]) -> tuple[Hashes, Places]:
    """Hash and place, in the texts joined by one separator each, of every 8 neighbours within one text."""
    joined = "".join(f"{text}\n" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    count = len(codes) - SEED + 1
    if count <= 0:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    hashes = np.zeros(count, dtype=np.uint64)
    for start in range(SEED):
        hashes *= _FACTOR
        hashes += codes[start : start + count]
    separators = np.concatenate([[0], np.cumsum(codes == ord("\n"))])
    places = np.flatnonzero(separators[SEED:] == separators[:count])
    return _mixed(hashes[places]), places


def _mixed(hashes: Hashes) -> Hashes:
    # the top bits choose the place in the table; without mixing they depend on few characters
    hashes = hashes ^ (hashes >> np.uint64(32))
    hashes *= _MIXER
    return hashes ^ (hashes >> np.uint64(29))


def _blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    held = 0
    for text in texts:
        bare = without_space(text)
        if len(bare) >= SEED:
            block.append(bare)
            held += len(bare) + 1
        if held > BLOCK:
            yield block
            block, held = [], 0
    if block:
        yield block


def _different_runs(places: Places, first: Places, last: Places) -> tuple[Places, Places, Places]:
    """Of stretches of neighbouring places that read the same, one: set phrases stand in thousands of texts."""
    if not len(places):
        return places, first, last
    starts = np.concatenate([[0], np.flatnonzero(np.diff(places) != 1) + 1])
    lengths = np.diff(np.concatenate([starts, [len(places)]]))
    inside = np.arange(len(places)) - np.repeat(starts, lengths)
    marks = _mixed((first.astype(np.uint64) + np.uint64(1)) * _FACTOR + _mixed(inside.astype(np.uint64) + np.uint64(1)))
    _, chosen = np.unique(np.add.reduceat(marks, starts), return_index=True)
    kept = np.zeros(len(starts), dtype=np.bool_)
    kept[chosen] = True
    keep = np.repeat(kept, lengths)
    return places[keep], first[keep], last[keep]


def _parts(places: Places, first: Places, last: Places) -> Iterator[tuple[Places, Places, Places]]:
    """Whole runs together, so many that their pairs fit into memory."""
    if not len(places):
        return
    starts = np.concatenate([[0], np.flatnonzero(np.diff(places) != 1) + 1, [len(places)]])
    pairs = np.concatenate([[0], np.cumsum(last - first)])[starts]
    begun = 0
    while begun < len(starts) - 1:
        ended = max(begun + 1, int(np.searchsorted(pairs, pairs[begun] + _PAIRS, "right")) - 1)
        chosen = slice(starts[begun], starts[ended])
        yield places[chosen], first[chosen], last[chosen]
        begun = ended
