"""The types that all else speaks: Example, Reject and Record pass through a conversion; Source declares one.

Nothing here reads, writes or decides; a source file builds these values and `convert` carries them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

Group = Literal["foundation", "task", "domain"]
GROUPS: tuple[Group, ...] = ("foundation", "task", "domain")

# Arrow infers one struct type per file and stops at the first row that differs: every line carries
# every key, in this order, and an unknown value is "".
META_KEYS = ("file", "record", "document", "licence", "author", "title", "original")


class SourceError(Exception):
    """A user's mistake or an input that cannot be read: where, what was expected, what was found, what to do."""

    def __init__(self, where: str, *, expected: str, found: str, remedy: str = "") -> None:
        self.where, self.expected, self.found, self.remedy = where, expected, found, remedy
        super().__init__(where, expected, found, remedy)

    def __str__(self) -> str:
        first = f"{self.where}: expected {self.expected}; found {self.found}."
        return f"{first}\n{self.remedy}" if self.remedy else first

    def __reduce__(self) -> tuple[object, ...]:
        # raised in a worker process, shown by the parent: keyword-only arguments need help to travel
        return _rebuild_error, (self.where, self.expected, self.found, self.remedy)


def _rebuild_error(where: str, expected: str, found: str, remedy: str) -> SourceError:
    return SourceError(where, expected=expected, found=found, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


def user(content: str) -> Message:
    return Message("user", content)


def assistant(content: str) -> Message:
    return Message("assistant", content)


def canonical(messages: Sequence[Message]) -> bytes:
    """The bytes that an id is a hash of: roles and contents only, so that an id never depends on provenance."""
    pairs = [[message.role, message.content] for message in messages]
    return orjson.dumps(pairs)


@dataclass(frozen=True, slots=True)
class Example:
    """One conversation for one dataset.

    `document` is what is held out as a whole: examples that share it never straddle training and evaluation.
    `same_as` replaces the messages as the duplicate key (a poem printed under two titles is one poem).
    `title_key`, when set, is what a cap on examples per title counts.
    `notes` name what was changed on the way and is counted in the manifest (a trimmed last turn, a script).
    """

    dataset: str
    messages: tuple[Message, ...]
    document: str
    licence: str = ""
    author: str = ""
    title: str = ""
    original: str = ""
    same_as: str = ""
    title_key: str = ""
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.dataset}:{hashlib.sha256(canonical(self.messages)).hexdigest()[:16]}"

    @property
    def answer_characters(self) -> int:
        """Characters of the assistant's turns: what the loss will see, before any tokenizer is known."""
        return sum(len(message.content) for message in self.messages if message.role == "assistant")


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a record gave no example in one dataset. `reason` is counted, `detail` is for the reader."""

    dataset: str
    reason: str
    detail: str = ""


Outcome = Example | Reject


@dataclass(frozen=True, slots=True)
class Settings:
    """What a record function may know of the command line."""

    script: Literal["simplified", "original"] = "simplified"


@dataclass(frozen=True)
class Format:
    """One on-disk shape of a source.

    `matches` looks at one record (a parsed JSON value, or a line of text) and is how a file is recognised.
    `convert` gives exactly one Outcome for each dataset of the source, so that records in = kept + rejected.
    `has_columns` is what every later record must fulfil, where that is less than `matches`.
    A shape that is known but cannot be converted says why in `unsupported`.
    """

    name: str
    description: str
    container: Literal["json", "text"]
    matches: Callable[[Any], bool]
    convert: Callable[[Any, Settings], Sequence[Outcome]] | None = None
    has_columns: Callable[[Any], bool] | None = None
    unsupported: str = ""

    def accepts(self, record: Any) -> bool:
        return (self.has_columns or self.matches)(record)


@dataclass(frozen=True)
class Dataset:
    """One source and task: it has its own files and its own weight inside the group."""

    name: str
    task: str
    weight: float
    eval_task: str


@dataclass(frozen=True)
class Source:
    """What a source declares; `ignored` maps a glob over the path inside a folder to the reason for passing over."""

    name: str
    group: Group
    licence: str
    origin: str
    formats: tuple[Format, ...]
    datasets: tuple[Dataset, ...]
    wanted: tuple[str, ...]
    ignored: Mapping[str, str] = field(default_factory=dict)
    title_cap: int = 0

    @property
    def readable(self) -> tuple[Format, ...]:
        return tuple(shape for shape in self.formats if shape.convert is not None)
