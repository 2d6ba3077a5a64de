"""Does a passage hold a character that is known to be misread in the edition it was taken from?

`known.bin` has the fingerprint of the five characters around each suspect of chinese-novel, the book edition that most
of the old books come from; `converters.oldbooks.errata.learn` finds them. It mends nothing and knows no other edition.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import xxhash

KNOWN = Path(__file__).with_name("known.bin")
AROUND = 2  # characters on either side of a suspect


def suspect(text: str) -> int | None:
    """The place of the first suspect in a text of one paragraph or more, or None."""
    known = _known()
    for place in range(AROUND, len(text) - AROUND):
        if fingerprint(text[place - AROUND : place + AROUND + 1]) in known:
            return place
    return None


def fingerprint(five: str) -> int:
    return xxhash.xxh3_64_intdigest(five.encode("utf-8", "surrogatepass"))


@cache
def _known() -> frozenset[int]:
    data = KNOWN.read_bytes()
    return frozenset(struct.unpack(f"<{len(data) // 8}Q", data))
