"""Which documents are held out for evaluation: decided by their hash alone, so that no order of the input matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from converters.engine.seen import Digests

EVERY = 2**64 - 1  # the bound below which every document is a candidate


def bound(share: float) -> int:
    """A document is a candidate when its 64-bit digest lies below this: about `share` of all documents."""
    return int(share * 2.0**64)


def chosen(candidates: Mapping[str, Digests], caps: int | Sequence[int]) -> Digests:
    """Of the documents of each dataset's candidates, those that stay held out: smallest digest first, and whole.

    A document is taken when it keeps every dataset within its cap; it is held out of all datasets of a source or of
    none, because both directions of a translation, or both tasks on a poem, are one text.
    """
    documents = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *candidates.values()]))
    sizes = [np.bincount(np.searchsorted(documents, own), minlength=len(documents)) for own in candidates.values()]
    most = np.broadcast_to(caps, len(sizes))
    taken, total = [], np.zeros(len(sizes), dtype=np.int64)
    for place, size in enumerate(np.stack(sizes, axis=1) if sizes else ()):
        if (total >= most).all():
            break
        if (total + size <= most).all():
            total += size
            taken.append(place)
    return documents[taken]
