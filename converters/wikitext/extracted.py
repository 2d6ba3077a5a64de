"""Text that another program extracted (wikiextractor, wiki2019zh, wikimedia/wikipedia) → an article.

Such text has no marks: headings are guessed from what these programs write, holes from what a reader trips over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from converters.text import tidy
from converters.wikitext import holes, residue, variants
from converters.wikitext.article import Article, Paragraph, Section
from converters.wikitext.layout import CONVERT, WantedScript, paragraph
from converters.wikitext.marks import CLOSE, HOLE, OPEN, without_private
from converters.wikitext.variants import Rules

# wikiextractor writes `Section::::历史.` or `## 历史.` or `历史.`, by version and options
_MARKED_HEADING = re.compile(r"(?:Section:{4}|#{1,6} )\s*(.{1,40}?)[.。]?$")
_DOTTED_HEADING = re.compile(r"([^，。；：！？]{1,20}[^\s，。；：！？0-9A-Za-z])\.$")
_LIST_MARK = re.compile(r"(?:BULLET:{4}|- |\* |• )")
# wikimedia/wikipedia puts a heading in a line of its own at the head of a block: short, no punctuation, text below it
_HEAD_LINE = re.compile(r"[^，。；：！？、,;:!?|=*#]{1,20}$")
_NOTHING_BELOW = "\n" * 30
_CATEGORY = re.compile(r"(?:Category|分类|分類):", re.IGNORECASE)
_VARIANTS = re.compile(r"-\{([^{}]*)\}-")
_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_POEM = re.compile(r"<(poem|table)\b.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)


def article(
    text: str,
    title: str,
    page_id: str,
    url: str,
    script: WantedScript = "simplified",
    *,
    headings_in_blocks: bool = False,
) -> Article:
    """`headings_in_blocks` where the first line of a block may be a heading (wikimedia/wikipedia)."""
    body = without_private(tidy(text)).removeprefix(title + "\n")
    convert = CONVERT[script]
    reader = _Reader(script, headings_in_blocks)
    shown = _converted(body, convert)
    simplified = script == "simplified" and shown != body
    return Article(convert(title), page_id, url, tuple(reader.sections(_blocks(shown))), simplified)


def _converted(text: str, convert: Callable[[str], str]) -> str:
    if "<" in text:
        text = _BREAK_TAG.sub("\n", _POEM.sub(HOLE, text))
    rules = Rules()
    count = "-{" in text
    while count:
        text, replaced = _VARIANTS.subn(lambda match: variants.resolve(match[1], rules), text)
        count = bool(replaced)
    return variants.converted(text, rules.all, convert).replace(OPEN, "").replace(CLOSE, "")


def _blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """Lines between blank ones; True where more than one blank line stood before: something was taken out there.

    wikiextractor 3 leaves no blank lines: each of its lines is a paragraph.
    """
    if "\n\n" not in text:
        yield from (([line.strip(" \t\u3000")], False) for line in text.split("\n") if line.strip())
        return
    block: list[str] = []
    blank = 0
    for line in text.split("\n"):
        line = line.strip(" \t\u3000")
        if line:
            if not block:
                gap = blank > 1
            block.append(line)
            blank = 0
            continue
        if block:
            yield block, gap
            block = []
        blank += 1
    if block:
        yield block, gap


def _sound(found: Paragraph, lines: list[str]) -> Paragraph:
    """Here a template left no mark: what is looked for is its space, and numbers that are gone before their units."""
    lost = found.whole and (any(map(residue.parted, lines)) or holes.lost_number(found.text))
    return replace(found, fault="hole") if lost else found


@dataclass(frozen=True, slots=True)
class _Reader:
    script: WantedScript
    headings_in_blocks: bool

    def sections(self, blocks: Iterable[tuple[list[str], bool]]) -> Iterator[Section]:
        title, gap = "", True
        paragraphs: list[Paragraph] = []
        for lines, taken_out in blocks:
            gap = gap or taken_out
            for heading, piece in self.pieces(lines):
                if heading:
                    yield Section(title, tuple(paragraphs))
                    title, paragraphs, gap = heading, [], True
                elif any(_LIST_MARK.match(line) or _CATEGORY.match(line) for line in piece):
                    gap = True
                else:
                    paragraphs.append(_sound(paragraph(piece, self.script, follows=not gap), piece))
                    gap = False
        yield Section(title, tuple(paragraphs))

    def pieces(self, lines: list[str]) -> Iterator[tuple[str, list[str]]]:
        """A block is headings and paragraphs: a heading without lines, or lines without a heading."""
        held: list[str] = []
        for place, line in enumerate(lines):
            heading = self.heading(line, "" if place else "".join(lines[1:2]) or _NOTHING_BELOW)
            if not heading:
                held.append(line)
                continue
            if held:
                yield "", held
            held = []
            yield heading, []
        if held:
            yield "", held

    def heading(self, line: str, below: str) -> str:
        """`below` is the line after the first of a block, the only one that may be a heading without a mark.

        A heading of an empty section (參考資料, whose list is gone) is a block of its own.
        """
        marked = _MARKED_HEADING.match(line) or _DOTTED_HEADING.match(line)
        if marked:
            return marked[1].strip()
        return line if self.headings_in_blocks and len(below) > len(line) and _HEAD_LINE.match(line) else ""
