"""Which characters of a passage are probably misread in the edition that it was taken from?

`known.bin` has the fingerprint of the five characters around each suspect of chinese-novel, the book edition that most
of the old books come from; `converters.oldbooks.errata.learn` writes it. It mends nothing and knows no other edition.
Most of the suspects are no errors: a passage is rather lost than learnt from.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import xxhash

KNOWN = Path(__file__).with_name("known.bin")
LOOKALIKES = Path(__file__).with_name("lookalikes.txt")  # groups of characters that are misread for one another
AROUND = 2  # characters on either side of a suspect
OUTSIDE = "\n"  # stands for each of them that is not on the line of the suspect
_WIDTH = 4  # bytes of a character in UTF-32


def suspect(text: str) -> int | None:
    """The place of the first suspect in a text of one paragraph or more, or None."""
    return next(suspects(text), None)


def suspects(text: str) -> Iterator[int]:
    """The places of all suspects in order."""
    known, digest = _known(), xxhash.xxh32_intdigest
    start = 0
    for line in text.split("\n"):
        coded = _coded(OUTSIDE * AROUND + line + OUTSIDE * AROUND)
        for place in range(len(line)):
            if digest(coded[_WIDTH * place : _WIDTH * (place + 2 * AROUND + 1)]) in known:
                yield start + place
        start += len(line) + 1


def fingerprint(five: str) -> int:
    """Of four bytes: one place in 50,000 is suspected for nothing."""
    return xxhash.xxh32_intdigest(_coded(five))


def _coded(text: str) -> bytes:
    return text.encode("utf-32-le", "surrogatepass")


@cache
def _known() -> frozenset[int]:
    data = KNOWN.read_bytes()
    return frozenset(struct.unpack(f"<{len(data) // 4}I", data))
