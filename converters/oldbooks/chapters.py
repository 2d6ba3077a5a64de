"""What is a chapter of an old book, whatever file it came from? Its sections, whose it is, and how it was printed."""

from __future__ import annotations

from dataclasses import dataclass

from converters.oldbooks.diction import Register


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading; `paragraphs` are in simplified script with mainland punctuation."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Chapter:
    """`document` is what is held out as a whole.

    `printed` is the text of all sections in the script of the source, character by character beside `text`; it is ""
    where the source is in simplified script already or where the two cannot be laid side by side.
    """

    book: str
    title: str
    document: str
    register: Register
    sections: tuple[Section, ...]
    genre: str = ""
    author: str = ""
    dynasty: str = ""
    attribution: str = ""
    printed: str = ""
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(section.text for section in self.sections)

    def as_printed(self, passage: str) -> str:
        """The passage in the script of the source; a passage that was not cut from `text` is given back as it is."""
        place = self.text.find(passage)
        return self.printed[place : place + len(passage)] if self.printed and place >= 0 else passage


def side_by_side(text: str, printed: str) -> str:
    """What `Chapter.printed` is for the two scripts of one text."""
    return printed if len(text) == len(printed) and text != printed else ""
