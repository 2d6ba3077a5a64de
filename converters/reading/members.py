"""What is known of a file inside an archive, and how its bytes are counted while they are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from converters.contract import SourceError
from converters.reading.limits import BLOCK, MOST_MEMBERS
from converters.reading.streams import Guarded

Position = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Member:
    """`share` is the part of the archive's bytes on disk that a progress bar counts for it."""

    name: str
    size: int
    share: int


def members_of(sizes: dict[str, int], on_disk: int, label: str) -> dict[str, Member]:
    if len(sizes) > MOST_MEMBERS:
        raise SourceError(label, expected=f"at most {MOST_MEMBERS:,} files in an archive", found=f"{len(sizes):,}")
    total = sum(sizes.values())
    return {name: Member(name, size, on_disk * size // max(1, total)) for name, size in sizes.items()}


def counted(raw: Any, member: Member, eaten: Position, label: str) -> tuple[IO[bytes], Position]:
    guard = Guarded(raw, eaten, label)
    return io.BufferedReader(guard, BLOCK), lambda: member.share * guard.given // max(1, member.size)


def slashed(name: str) -> str:
    """`tar c .` writes ./a, and some packers on Windows use backslashes."""
    return name.replace("\\", "/").removeprefix("./")
