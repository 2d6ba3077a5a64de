"""What is read: one file (or member of an archive) with its format, and the records that come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from converters.contract import Format
from converters.reading.encodings import UTF_8
from converters.reading.look import Layout
from converters.reading.places import Place


class Record(NamedTuple):
    """One record of a file, in order.

    `number` counts from 1: the line of a line file, the element of an array, the row of a table, the block, page or
    document. `raw` is JSON that is still to be parsed (bytes), or the value itself where it is `parsed`. `position`
    is bytes on disk so far, of `Input.size`. `key` is the key in a JSON object, or "".
    """

    number: int
    raw: Any
    position: int
    key: str = ""
    parsed: bool = False


@dataclass(frozen=True)
class Input:
    """`label` is the path inside the folder that the user named: it stands in messages, meta and manifest.

    `given` is what the user typed. `member` is the name inside the archive at `path` (or inside the zip `within`
    it). `companions` are the files
    that are read with this one; an optional one that is absent is not among them, but in `absent`. Where the
    encoding is `guessed`, each companion has an encoding of its own.
    """

    path: Path
    label: str
    format: Format
    encoding: str
    layout: Layout
    note: str = ""
    member: str = ""
    within: str = ""
    given: str = ""
    size: int = 0
    companions: Mapping[str, Place] = field(default_factory=dict, hash=False)
    absent: tuple[str, ...] = ()
    guessed: bool = True

    @property
    def place(self) -> Place:
        return Place(self.path, self.member, self.within)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file on disk that the records come from, each once."""
        return tuple(dict.fromkeys([self.path, *(place.path for place in self.companions.values())]))

    @property
    def is_json_lines(self) -> bool:
        """Whether `readers.byte_lines` gives all there is to this file."""
        return self.layout == "json_lines" and self.encoding in UTF_8
