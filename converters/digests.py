"""Texts as numbers: of 64 bits to tell them apart, of 16 bytes to choose by."""

from __future__ import annotations

import hashlib

import xxhash


def digest64(data: bytes) -> int:
    """XXH3: fast, the same on every machine, and no secret."""
    return int(xxhash.xxh3_64_intdigest(data))


def packed64(data: bytes) -> bytes:
    """The same as eight bytes, the highest first: many of them in a row are an array."""
    return xxhash.xxh3_64_digest(data)


def digest(data: bytes) -> bytes:
    """16 bytes of SHA-256, for a source that picks by the hash of a record."""
    return hashlib.sha256(data).digest()[:16]
