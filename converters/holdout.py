"""Which documents are held out for evaluation: decided by their hash alone, so that no order of the input matters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping


def bound(share: float) -> int:
    """A document is a candidate when its 64-bit digest lies below this: about `share` of all documents."""
    return int(share * 2.0**64)


def chosen(candidates: Iterable[tuple[str, int]], cap: int) -> set[int]:
    """Of (dataset, document) pairs, the documents that stay held out: smallest digest first, whole documents only.

    A document is taken when it keeps every dataset within `cap`; it is held out of all datasets of a source or of
    none, because both directions of a translation, or both tasks on a poem, are one text.
    """
    sizes: dict[int, Counter[str]] = {}
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
