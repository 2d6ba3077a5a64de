"""Which documents are held out for evaluation: decided by their hash alone, so that no order of the input matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


def is_candidate(document: bytes, share: float) -> bool:
    """True for about `share` of all documents: the first 8 bytes of the digest, as a fraction of 1, lie below it."""
    return int.from_bytes(document[:8], "big") < share * 2.0**64


def chosen(candidates: Iterable[tuple[str, bytes]], cap: int) -> set[bytes]:
    """Of (dataset, document) pairs, the documents that stay held out: smallest digest first, whole documents only.

    A document is taken when it keeps every dataset within `cap`; it is held out of all datasets of a source or of
    none, because both directions of a translation, or both tasks on a poem, are one text.
    """
    sizes: dict[bytes, Counter[str]] = {}
    for dataset, document in candidates:
        sizes.setdefault(document, Counter())[dataset] += 1
    total: Counter[str] = Counter()
    taken = set()
    for document in sorted(sizes):
        if _within(total, sizes[document], cap):
            total += sizes[document]
            taken.add(document)
    return taken


def _within(total: Mapping[str, int], more: Mapping[str, int], cap: int) -> bool:
    return all(total[name] + count <= cap for name, count in more.items())
