"""Segments of one document -> passages of 2 to 8 sentences, cut where a segment is missing or a heading begins.

Reads and judges no text; what follows what is known from the source.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from converters.pairs.pair_checks import english_sentences
from converters.pairs.parallel import Pair

FEWEST, MOST = 2, 8  # sentences
LONGEST = 1800  # characters of English

_STOPPED = re.compile(r"[.!?:;…][\"”’')\]]*$")


@dataclass(frozen=True, slots=True)
class Segment:
    """`place` names it in its document (a tuid, the id of a seg); a new `paragraph` begins a new line."""

    pair: Pair
    place: str
    paragraph: int = 0

    @property
    def is_heading(self) -> bool:
        return not _STOPPED.search(self.pair.english)


def passages(run: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Segments that follow one another, divided: each passage as long as the hash of its first sentence says.

    A heading opens a passage and never ends one. What is left at the end goes to the passage before if it fits.
    """
    held: list[Segment] = []
    done: list[list[Segment]] = []
    for segment in run:
        if held and (_is_full(held) or segment.is_heading or _length([*held, segment]) > LONGEST):
            done.append(held)
            held = []
        held.append(segment)
    if held:
        done.append(held)
    yield from _with_last_joined(done)


def _with_last_joined(done: list[list[Segment]]) -> list[list[Segment]]:
    if len(done) < 2 or _sentences(done[-1]) >= FEWEST or done[-1][0].is_heading:
        return done
    joined = [*done[-2], *done[-1]]
    fits = _sentences(joined) <= MOST and _length(joined) <= LONGEST
    return [*done[:-2], joined] if fits else done


def _is_full(held: Sequence[Segment]) -> bool:
    digest = hashlib.sha256(held[0].pair.english.encode()).digest()
    return _sentences(held) >= FEWEST + digest[0] % (MOST - FEWEST + 1)


def _sentences(held: Sequence[Segment]) -> int:
    return sum(english_sentences(segment.pair.english) for segment in held if not segment.is_heading)


def _length(held: Sequence[Segment]) -> int:
    return sum(len(segment.pair.english) + 1 for segment in held)


def joined(passage: Sequence[Segment]) -> Pair:
    """The passage as one pair: sentences of a paragraph in one line, headings and paragraphs in lines of their own."""
    english, chinese = passage[0].pair.english, passage[0].pair.chinese
    for before, segment in pairwise(passage):
        breaks = before.is_heading or segment.paragraph != before.paragraph
        english += ("\n" if breaks else " ") + segment.pair.english
        chinese += ("\n" if breaks else "") + segment.pair.chinese
    notes = tuple(dict.fromkeys(note for segment in passage for note in segment.pair.notes))
    originals = [segment.pair.original or segment.pair.chinese for segment in passage]
    changed = any(segment.pair.original for segment in passage)
    return Pair(english, chinese, "".join(originals) if changed else "", notes)


def is_a_list(run: Sequence[Segment]) -> bool:
    """Sentences in alphabetical order (a phrase book) follow one another, but not as a text does."""
    texts = [segment.pair.english.lower() for segment in run]
    ordered = sum(one <= other for one, other in pairwise(texts))
    return len(texts) >= LIST_FROM and ordered >= LIST_SHARE * (len(texts) - 1)


LIST_FROM, LIST_SHARE = 6, 0.9
