"""Whether the server is asked now, after a pause by one request alone, or not any more: a circuit breaker.

Arithmetic on a clock that is given, so that a test may set it.
"""

from __future__ import annotations

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0  # seconds
TRIP = 8  # failures in a row


class Breaker:
    """Opens after `trip` failures in a row, tries again with one request after growing pauses.

    Gives up when failures alone have come for `patience` seconds.
    """

    def __init__(self, patience: float, trip: int = TRIP) -> None:
        self.patience, self._trip = patience, trip
        self.in_a_row, self.last = 0, ""
        self._first_at = 0.0  # when the first of the failures in a row came
        self._pause, self._until = FIRST_PAUSE, 0.0
        self._probing = False

    @property
    def open(self) -> bool:
        return self.in_a_row >= self._trip

    def wait(self, now: float) -> float:
        """Seconds until somebody may ask; 0: now. While one tries whether the server is back, the others wait."""
        if not self.open:
            return 0.0
        if now < self._until:
            return self._until - now
        return FIRST_PAUSE if self._probing else 0.0

    def begin(self) -> None:
        self._probing = self.open

    def succeed(self) -> None:
        self.in_a_row, self._pause, self._probing = 0, FIRST_PAUSE, False

    def fail(self, cause: str, now: float) -> None:
        if not self.in_a_row:
            self._first_at = now
        was_open = self.open
        self.in_a_row += 1
        self.last = cause
        # what was under way when it opened says nothing new
        if self.open and (self._probing or not was_open):
            self._until = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._probing = False

    def given_up(self, now: float) -> bool:
        return self.open and now - self._first_at >= self.patience
