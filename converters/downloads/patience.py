"""How often something is tried again and how long is waited in between: pure arithmetic."""

from __future__ import annotations

import email.utils
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Patience:
    """`attempts` in a row may bring nothing new; any progress makes their number start anew. All times in seconds."""

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 600.0  # a server that asks for more is come back to by a person
    connect: float = 20.0
    read: float = 60.0

    def wait(self, failures: int, asked: float | None) -> float:
        """After so many failures in a row; what the server asks for is never cut short."""
        own = min(self.first_wait * 2 ** (failures - 1), self.longest_wait)
        return own if asked is None else max(asked, 0.0)


def retry_after(header: str | None) -> float | None:
    """Seconds, from a number or from a date; None where the header is absent or no such thing."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header)
    except (ValueError, OverflowError):  # the latter of years and time zones without end
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when.tzinfo else None
