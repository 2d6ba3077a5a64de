"""How fast a server may be asked: requests and tokens in any sliding minute, and one cool-down for all after a 429.

Pure arithmetic with the clock as a value, but for `Limits.admitted`, which waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

from converters.contract import SourceError

MINUTE = 60.0
SLACK = 1 / 60  # of a window: what a request may take longer to arrive than the one a window before it
GLANCE = 0.2  # seconds between looks: an answer may have used fewer tokens than were set aside, or all may stop


class Ticket:
    """One admitted request: when it counts from, and what it weighs in each window."""

    __slots__ = ("at", "counts", "tokens")

    def __init__(self, at: float, tokens: int) -> None:
        self.at, self.tokens, self.counts = at, tokens, True

    def sent(self, now: float) -> None:
        """A window begins when the request left, not when it was let go: a connection takes time to open."""
        self.at = max(self.at, now)


class Limits:
    """At most `requests` and `tokens` (0: no limit) in any `window` seconds."""

    def __init__(self, requests: int = 0, tokens: int = 0, window: float = MINUTE) -> None:
        self.requests, self.tokens, self.window = requests, tokens, window
        self._tickets: deque[Ticket] = deque()
        self._used = 0
        self._quiet_until = 0.0
        self._turn = asyncio.Lock()

    def wait(self, tokens: int, now: float) -> float:
        """Seconds until a request of so many tokens may leave; 0 when it may now."""
        self._forget(now)
        waits = [0.0, self._quiet_until - now]
        if self.requests and len(self._tickets) >= self.requests:
            waits.append(self._until_gone(len(self._tickets) - self.requests, now))
        if self.tokens and self._used + tokens > self.tokens:
            waits.append(self._until_free(self._used + tokens - self.tokens, now))
        return max(waits)

    def admit(self, tokens: int, now: float) -> Ticket:
        ticket = Ticket(now, tokens)
        self._tickets.append(ticket)
        self._used += tokens
        return ticket

    def remember(self, sent: Iterable[tuple[float, int]]) -> None:
        """What an earlier run sent: seconds ago, the oldest first, and tokens."""
        for ago, tokens in sent:
            self.admit(tokens, monotonic() - ago)

    def settle(self, ticket: Ticket, tokens: int) -> None:
        """The server has counted: what was set aside too much is free again."""
        if ticket.counts:
            self._used += tokens - ticket.tokens
            ticket.tokens = tokens

    def cool_down(self, seconds: float, now: float) -> None:
        """Nobody asks for so long; a shorter wish never shortens a longer one."""
        self._quiet_until = max(self._quiet_until, now + seconds)

    def at_most(self, tokens: int, *, beside: int) -> int:
        """As many tokens of an answer as a window has room for beside its prompt."""
        return min(tokens, max(self.tokens - beside, 1)) if self.tokens else tokens

    def require_room(self, tokens: int) -> None:
        """Raises SourceError for a request that would never be let go."""
        if self.tokens and tokens > self.tokens:
            raise SourceError(
                f"--tokens-per-minute {self.tokens}",
                expected="room for one request with its answer",
                found=f"a request that may take {tokens} tokens",
                remedy="Lower --answer-tokens or --longest, or raise the limit.",
            )

    async def admitted(self, tokens: int, stopped: Callable[[], bool]) -> Ticket | None:
        """Wait for one's turn, in the order of asking, and take it; None where all has stopped before."""
        self.require_room(tokens)
        async with self._turn:
            while (seconds := self.wait(tokens, monotonic())) > 0 and not stopped():
                await asyncio.sleep(min(seconds, GLANCE))
            return None if stopped() else self.admit(tokens, monotonic())

    def _forget(self, now: float) -> None:
        length = self.window * (1 + SLACK)
        while self._tickets and self._tickets[0].at + length <= now:
            gone = self._tickets.popleft()
            gone.counts = False
            self._used -= gone.tokens

    def _until_gone(self, place: int, now: float) -> float:
        """Seconds until the ticket at a place, and all before it, have left the window."""
        latest = max(self._tickets[number].at for number in range(place + 1))
        return max(latest + self.window * (1 + SLACK) - now, 0.001)

    def _until_free(self, tokens: int, now: float) -> float:
        for place, ticket in enumerate(self._tickets):
            tokens -= ticket.tokens
            if tokens <= 0:
                return self._until_gone(place, now)
        return 0.0
