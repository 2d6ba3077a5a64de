"""What is known of a file before it is fetched: where it lies, how large it is and what it must hash to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Server = Literal["huggingface", "modelscope", "wikimedia", "github", "web"]


@dataclass(frozen=True)
class Digest:
    """`kind`: sha256 and sha1 of the bytes, git of the bytes as Git hashes a blob."""

    kind: Literal["sha256", "sha1", "git"]
    hex: str


@dataclass(frozen=True)
class Wanted:
    """`path` is where it goes below raw/<source>/. An unknown `size` is None; so is a digest that nobody publishes."""

    path: str
    url: str
    server: Server
    licence: str
    page: str
    revision: str = ""
    size: int | None = None
    digest: Digest | None = None


@dataclass(frozen=True)
class Entry:
    """A file as a server lists it."""

    path: str
    url: str
    size: int | None = None
    digest: Digest | None = None


@dataclass(frozen=True)
class Listing:
    """The files of a dataset at one revision, and the licence that its card states ("" where it states none)."""

    revision: str
    entries: tuple[Entry, ...]
    licence: str = ""


@dataclass(frozen=True)
class Validators:
    """What tells two versions of an address apart: an ETag, a date, a length."""

    etag: str = ""
    modified: str = ""
    total: int | None = None

    @property
    def condition(self) -> str:
        """For If-Range; "" where nothing safe is known: a weak ETag says that two versions mean the same, not that
        their bytes are.
        """
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified
