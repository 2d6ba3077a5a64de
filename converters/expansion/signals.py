"""Ctrl-C twice: the first lets an asyncio program end by itself, the second cancels it."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupted_by_signals(on_first: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM call `on_first`; from the second on they cancel the task that entered here."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    came = 0

    def interrupt() -> None:
        nonlocal came
        came += 1
        if came > 1 and task:
            task.cancel()
        else:
            on_first()

    previous = [signal.getsignal(number) for number in NUMBERS]
    # Windows has no such handlers, and only the main thread may set them
    handled = threading.current_thread() is threading.main_thread() and os.name != "nt"
    for number in NUMBERS if handled else ():
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number, handler in zip(NUMBERS, previous, strict=True) if handled else ():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
