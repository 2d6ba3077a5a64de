"""What a run of requests keeps to, whom it asks, who watches, and how it ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from converters.expansion.contract import Request

if TYPE_CHECKING:
    from converters.chat import Reply
    from converters.expansion.asking import Run


@dataclass(frozen=True)
class Rules:
    """`concurrency` requests are under way at a time. `retries`: attempts that may fail for one request in one run.

    `ask_again`: how often an answer that cannot be read is asked for anew. `unusable`: answers in a row of which
    nothing could be used, after which all stops; 0: never. `first_wait`, `longest_wait`: seconds before a retry.
    """

    concurrency: int = 16
    max_tokens: int = 2048
    retries: int = 6
    ask_again: int = 2
    unusable: int = 50
    first_wait: float = 1.0
    longest_wait: float = 60.0


class Asker(Protocol):
    """Whom requests go to: `chat.Chat`, or what stands before it."""

    async def __aenter__(self) -> Asker: ...

    async def __aexit__(self, *error: object) -> None: ...

    async def ask(self, request: Request, max_tokens: int, on_sent: Callable[[], None]) -> Reply:
        """Raises FailedError, RefusedError, HopelessError and UnstructuredError."""


class Watch(Protocol):
    """What may be told of a run while it runs."""

    def settled(self, request: Request, reply: Reply | None, fault: str) -> int:
        """A request has come to its end; returns how many items of the answer are good, -1 where nobody looked."""

    def tick(self, run: Run) -> None: ...


@dataclass
class Ended:
    """How a run ended: requests of it, those that stood in the journal before, and why it stopped early ("" if not).

    `unanswered` counts by their last cause what failed too often in this run.
    """

    planned: int = 0
    before: int = 0
    settled: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    stopped: str = ""
    hopeless: bool = False
    interrupted: bool = False

    @property
    def whole(self) -> bool:
        return not self.stopped and not self.unanswered
