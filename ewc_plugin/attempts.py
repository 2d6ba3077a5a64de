"""What can still be done when one thing fails? Each is tried, and the failures are told at the end."""

import logging
from collections.abc import Callable
from typing import TypeVar

from ewc_plugin.errors import EwcError

T = TypeVar("T")
log = logging.getLogger(__name__)


class Attempts:
    """The failures of what was tried so far, in words; `first` is what to raise for them."""

    def __init__(self) -> None:
        self.failures: list[str] = []
        self.first: Exception | None = None

    def __call__(self, act: Callable[[], T], of: tuple[type[Exception], ...] = (Exception,)) -> T | None:
        """What `act` gives; None, and one failure more, where it raises an error `of` these kinds."""
        try:
            return act()
        except of as problem:
            ours = isinstance(problem, EwcError)
            told = str(problem) if ours else f"{type(problem).__name__}: {problem}"
            if self.first is not None or not ours:
                # the first is raised at the end; the trace of an error that is not ours says where to look
                log.error(told, exc_info=None if ours else problem)
            self.failures.append(told)
            self.first = self.first or problem
            return None
