"""What is a text that questions are asked about, and what became of one that is none?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Passage:
    """A clean text that questions are asked about.

    `document` is what is held out as a whole, as in `Example`; `source` is the name of the source that it came from.
    `classical` is true for texts in literary Chinese.
    """

    text: str
    document: str
    source: str
    title: str = ""
    section: str = ""
    author: str = ""
    licence: str = ""
    attribution: str = ""
    classical: bool = False

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}  # asdict copies each value, ten times as slowly

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Passage:
        """Raises KeyError and TypeError for what is no passage."""
        return cls(**{name: record[name] for name in cls.__slots__})


class Lengths(NamedTuple):
    """The fewest and the most characters of a passage."""

    shortest: int = 100
    longest: int = 1500


PASSAGE = Lengths()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text, or a part of it, gives nothing: `reason` is counted, `detail` is for the reader."""

    reason: str
    detail: str = ""


Passages = Iterable[Passage | Refusal]
