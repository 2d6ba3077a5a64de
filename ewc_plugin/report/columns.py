"""How do tables line up when Chinese characters are two columns wide? Plain text and Markdown tables."""

import unicodedata
from collections.abc import Sequence

from ewc_plugin.visible import in_one_line


def width(text: str) -> int:
    """Columns a terminal gives to the text: wide and full-width characters two, combining marks none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """First column to the left, the others to the right; a rule under the first row."""
    rows = [[in_one_line(text) for text in row] for row in rows]
    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(_cell(text, widths[i], i) for i, text in enumerate(row)).rstrip() for row in rows]
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


def _cell(text: str, room: int, index: int) -> str:
    padding = " " * (room - width(text))
    return text + padding if index == 0 else padding + text


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends inside a cell are escaped."""
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    return "\n".join(f"| {' | '.join(_escaped(text) for text in row)} |" for row in [rows[0], rule, *rows[1:]])


def _escaped(text: str) -> str:
    return paragraph(text.replace("\\", "\\\\").replace("|", "\\|"))


def paragraph(text: str) -> str:
    """One paragraph of Markdown, which passes HTML through, and fetches what `![](…)` names."""
    safe = in_one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    return safe.replace("](", "]\\(").replace("][", "]\\[")
