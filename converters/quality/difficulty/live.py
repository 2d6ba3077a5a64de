"""How far is it? A line a step, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def line(what: str, total: int, *, quiet: bool) -> Iterator[Callable[[int], object]]:
    """The number of finished pieces is added through what it gives."""
    if quiet or not sys.stderr.isatty():
        yield lambda count: None
        return
    from tqdm import tqdm

    with tqdm(total=total, desc=what, file=sys.stderr, dynamic_ncols=True, leave=False) as bar:
        yield bar.update
