"""A user's own text -> passages, each with the headings that it stands under and the part of the text that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from converters.expansion.documents import Piece, Section, sections
from converters.expansion.packing import packed
from converters.passage import Lengths, Passage, Refusal

LONG_TEXT = 20_000  # characters: a longer text is held out in parts
PART = 10_000


def passages_of_text(text: str, about: Passage, lengths: Lengths) -> Iterator[Passage | Refusal]:
    """`about` says all but the text and the section; its document is the whole text's."""
    if not text.strip():
        yield Refusal("empty")
    read = 0
    for section, found in _pieces(list(sections(text)), lengths):
        part = f"#{read // PART + 1}" if len(text) > LONG_TEXT else ""
        if isinstance(found, Refusal):
            yield found
            continue
        read += len(found)
        path = section[1:] if section[:1] == (about.title,) else section
        yield replace(about, text=found, section=" / ".join(path), document=about.document + part)


def _pieces(found: Sequence[Section], lengths: Lengths) -> Iterator[tuple[tuple[str, ...], Piece]]:
    """Passages and refusals with their headings; short sections that are neighbours are one text."""
    for is_short, some in groupby(found, lambda section: _is_short(section, lengths.shortest)):
        if is_short:
            yield from _together(list(some), lengths)
        else:
            for section in some:
                yield from ((section.path, piece) for piece in _of_section(section.pieces, lengths))


def _is_short(section: Section, shortest: int) -> bool:
    texts = [piece for piece in section.pieces if isinstance(piece, str)]
    return len(texts) == len(section.pieces) and sum(map(len, texts)) < shortest


def _together(some: Sequence[Section], lengths: Lengths) -> Iterator[tuple[tuple[str, ...], Piece]]:
    """Each under its own heading, which then is a line of the text; the section is what they have in common."""
    for above, group in groupby(some, lambda section: section.path[:-1]):
        members = list(group)
        path = members[0].path if len(members) == 1 else above
        texts = ["\n".join([*member.path[len(path) :], *map(str, member.pieces)]) for member in members]
        yield from ((path, piece) for piece in _sized(packed(texts, lengths), lengths))


def _of_section(pieces: Sequence[Piece], lengths: Lengths) -> Iterator[Piece]:
    for is_text, run in groupby(pieces, lambda piece: isinstance(piece, str)):
        if is_text:
            yield from _sized(packed(map(str, run), lengths), lengths)
        else:
            yield from run


def _sized(texts: Sequence[str], lengths: Lengths) -> Iterator[Piece]:
    for text in texts:
        if len(text) < lengths.shortest:
            yield Refusal("too_short", text[:40])
        else:
            yield text
