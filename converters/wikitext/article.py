"""What an encyclopaedia article is once its markup is gone: sections of paragraphs, each known to be whole or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`fault` says why a text is no good as an answer ("" where it is whole): a hole, a list, an unfinished sentence.

    `follows` is true where nothing stood between it and the paragraph before: no table, list, picture or heading.
    """

    text: str
    fault: str = ""
    follows: bool = False

    @property
    def whole(self) -> bool:
        return not self.fault


@dataclass(frozen=True, slots=True)
class Section:
    """`title` is "" in the lead; `path` are the headings above it, outermost first."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """`simplified` is true where the script was changed on the way."""

    title: str
    id: str
    url: str
    sections: tuple[Section, ...]
    simplified: bool = False

    @property
    def lead(self) -> Section:
        return self.sections[0]

    @property
    def body(self) -> Sequence[Section]:
        return self.sections[1:]

    @property
    def has_headings(self) -> bool:
        return len(self.sections) > 1
