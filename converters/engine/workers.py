"""Records go out in chunks and their results come back in order, whatever the number of processes.

At most a few chunks are under way at a time, so that memory does not grow with the file.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from converters.contract import SourceError
from converters.engine.chunks import Chunk
from converters.engine.prepare import Prepared, prepare

AHEAD = 8  # chunks, of a megabyte each and as much again when they are done, that wait for a worker
T = TypeVar("T")
InOrder = Callable[[Iterable[Chunk]], Iterator[tuple[Chunk, T]]]


def work(chunk: Chunk) -> Prepared:
    from converters.registry import source_named

    source = source_named(chunk.job.source)
    shape = next(shape for shape in source.formats if shape.name == chunk.job.format)
    return prepare(source, shape, chunk.job, chunk.records)


def ordered(workers: int) -> AbstractContextManager[InOrder[Prepared]]:
    return worked(work, workers)


def worked(by: Callable[[Chunk], T], workers: int) -> AbstractContextManager[InOrder[T]]:
    """The same for any function of a module; nothing of it but its name and what it was made with travels."""
    return _here(by) if workers == 1 else _processes(by, workers)


@contextmanager
def _here(by: Callable[[Chunk], T]) -> Iterator[InOrder[T]]:
    yield lambda stream: ((chunk, by(chunk)) for chunk in stream)


@contextmanager
def _processes(by: Callable[[Chunk], T], workers: int) -> Iterator[InOrder[T]]:
    # spawn, not fork: a progress bar and torch both start threads, and forked threads hold their locks for ever
    context = multiprocessing.get_context("spawn")
    most = min(workers, 61) if os.name == "nt" else workers  # Windows waits for no more
    pool = ProcessPoolExecutor(most, mp_context=context, initializer=_follow_the_parent)

    def in_order(stream: Iterable[Chunk]) -> Iterator[tuple[Chunk, T]]:
        under_way: deque[tuple[Chunk, Future[T]]] = deque()
        for chunk in stream:
            under_way.append((chunk, pool.submit(by, chunk)))
            if len(under_way) > workers + min(workers, AHEAD):
                done, future = under_way.popleft()
                yield done, future.result()
        while under_way:
            done, future = under_way.popleft()
            yield done, future.result()

    try:
        yield in_order
    except BrokenProcessPool as error:
        raise SourceError(
            f"--workers {workers}",
            expected="worker processes that live to the end",
            found="one that was killed, most often for want of memory",
            remedy="Use fewer --workers. Nothing was replaced.",
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _follow_the_parent() -> None:
    """Ctrl-C is the parent's to handle; and a worker whose parent was killed must not wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent,), daemon=True).start()


def _leave_after(parent: Any) -> None:
    parent.join()
    os._exit(1)
