"""Lines of rendered wikitext → an article: headings, paragraphs, and what stood between them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from converters.text import punctuated, simplified_modern, tidy
from converters.wikitext import markup, prose, variants
from converters.wikitext.article import Article, Paragraph, Section
from converters.wikitext.marks import BLOCK, HOLE, without_marks

_HEADING = re.compile(rf"(={{2,6}})[ \t]*(.+?)[ \t]*\1[\s{HOLE}{BLOCK}]*$")
_NO_TEXT = (*"*#:;|!", "\u3000 ", "----")  # lists, cells, preformatted lines, rules
_MARKED = frozenset(start[0] for start in ("=", *_NO_TEXT))
_ENDS_SENTENCE = re.compile(r"[。！？…：；][”’」』）)]*$")


WantedScript = Literal["simplified", "original"]
CONVERT: Mapping[str, Callable[[str], str]] = {"simplified": simplified_modern, "original": str}


def article(text: str, title: str, page_id: str, url: str, script: WantedScript = "simplified") -> Article:
    """The article of a page's markup; -{…}- is resolved for zh-cn in any script."""
    page, convert = markup.rendered(text, title), CONVERT[script]
    shown = variants.converted(page.text, page.rules, convert)
    shown_title = without_marks(page.title) or convert(title)
    simplified = script == "simplified" and shown != page.text
    return Article(shown_title, page_id, url, sections(shown.split("\n"), script), simplified)


@dataclass(slots=True)
class _Reader:
    """Sections as they are read line by line: the one open paragraph, and whether something stood before it."""

    script: WantedScript
    headings: list[tuple[int, str]] = field(default_factory=list)
    done: list[Section] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    gap: bool = True
    in_table: bool = False

    def read(self, line: str) -> None:
        line = line.strip(" \t\u3000") if not line.startswith(" ") else "\u3000" + line
        if self.in_table or line.startswith("{|"):
            self.in_table = not line.startswith("|}")
            return self.part()
        if not line:
            return self.close_paragraph()
        if line[0] in _MARKED:
            heading = _HEADING.match(line) if line.startswith("==") else None
            if heading:
                return self.open_section(len(heading[1]), heading[2])
            if line.startswith(_NO_TEXT):
                return self.part()
        if BLOCK in line or not line.strip(HOLE + " "):
            return self.read_blocks(line)
        self.lines.append(line)
        return None

    def read_blocks(self, line: str) -> None:
        """Boxes part paragraphs; one in the midst of a sentence leaves a hole on both sides of it."""
        pieces = line.split(BLOCK) if BLOCK in line else ["", ""]
        for index, piece in enumerate(pieces):
            piece = piece.strip()
            if index:
                broken = bool(self.lines) and not _ENDS_SENTENCE.search(self.lines[-1])
                if broken and piece.strip(HOLE):
                    self.lines[-1] += HOLE
                    piece = HOLE + piece
                self.part()
            if piece.strip(HOLE):
                self.lines.append(piece)

    def part(self) -> None:
        self.close_paragraph()
        self.gap = True

    def close_paragraph(self) -> None:
        if self.lines:
            self.paragraphs.append(paragraph(self.lines, self.script, follows=not self.gap))
            self.lines, self.gap = [], False

    def open_section(self, level: int, heading: str) -> None:
        self.close_section()
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, tidy(without_marks(heading))))

    def close_section(self) -> None:
        self.part()
        path = tuple(heading for _, heading in self.headings)
        self.done.append(Section(path[-1] if path else "", tuple(self.paragraphs), path[:-1]))
        self.paragraphs = []


def sections(lines: Sequence[str], script: WantedScript = "simplified") -> tuple[Section, ...]:
    """The lead first, with "" as its title, even where it is empty."""
    reader = _Reader(script)
    for line in lines:
        reader.read(line)
    reader.close_section()
    return tuple(reader.done)


def paragraph(lines: list[str], script: WantedScript = "simplified", *, follows: bool) -> Paragraph:
    """Punctuation as a mainland editor sets it, except where the script is to stay; faults are sought with it."""
    text = tidy(prose.joined(lines))
    if prose.is_verse(lines):
        return Paragraph(without_marks(text), "verse", follows)
    marked = punctuated(text)
    found = prose.fault(marked)
    return Paragraph(without_marks(marked if script == "simplified" else text), found[0] if found else "", follows)
