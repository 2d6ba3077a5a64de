"""What a person sees while a model goes through a dataset: rate and time left, silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from converters.quality.models.shards import Shard

Report = Callable[[int], None]


@contextmanager
def lines(shard: Shard, *, quiet: bool = False) -> Iterator[Callable[[str, int], Report]]:
    """`begin(what, total)` begins a line and ends the one before; what it gives is told of so many more."""
    with ExitStack() as last:

        def begin(what: str, total: int) -> Report:
            last.close()
            if quiet or not shard.first or not sys.stderr.isatty():
                return lambda more: None
            from tqdm import tqdm

            line = tqdm(total=total, desc=what, unit=" examples", file=sys.stderr, dynamic_ncols=True)
            last.callback(line.close)

            def report(more: int) -> None:
                line.update(more)

            return report

        yield begin
