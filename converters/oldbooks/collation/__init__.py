"""Does a text stand in a second edition of its book, character for character?

chinese-novel misreads one character in some hundreds, and no rule knows them all: of the books in `books.COLLATED` only
that is used which another edition, typed or scanned by others, has word for word. `collated.bin` has the fingerprint of
each such text, without its punctuation; `converters.oldbooks.collation.learn` writes it.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import xxhash

from converters.oldbooks import prose
from converters.oldbooks.books import COLLATED
from converters.oldbooks.proofread import Fault

KNOWN = Path(__file__).with_name("collated.bin")


def fault(book: str, text: str) -> Fault | None:
    """Nothing where the book needs no second edition; `text` is a whole story, in simplified script."""
    if book not in COLLATED or fingerprint(text) in _known():
        return None
    return "uncollated", text[:40]


def fingerprint(text: str) -> int:
    return xxhash.xxh64_intdigest(prose.without_marks(text).encode())


@cache
def _known() -> frozenset[int]:
    data = KNOWN.read_bytes()
    return frozenset(struct.unpack(f"<{len(data) // 8}Q", data))
