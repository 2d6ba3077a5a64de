"""Rows of two texts side by side, a source and what was made of it: as columns of a terminal, and as a page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from converters.columns import display_width


@dataclass(frozen=True)
class Row:
    """What is shown of one row: where it comes from, the source's record, and what was made of it."""

    heading: str
    source: str
    made: str


def beside(row: Row, width: int) -> Iterator[str]:
    """The source on the left and what was made of it on the right, in columns of equal width."""
    column = (width - 3) // 2
    heading = harmless(row.heading)
    yield f"── {heading} " + "─" * max(0, width - 4 - display_width(heading))
    left, right = wrapped(row.source, column), wrapped(row.made, column)
    for one, other in zip_longest(left, right, fillvalue=""):
        yield f"{one}{' ' * (column - display_width(one))} │ {other}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; a Chinese character takes two."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for character in harmless(paragraph):
            size = display_width(character)
            if used + size > width:
                lines.append(line)
                line, used = "", 0
            line, used = line + character, used + size
        lines.append(line)
    return lines


def harmless(text: str) -> str:
    """Without what moves a cursor or recolours a screen: control characters as the signs that stand for them."""
    return _CONTROL.sub(lambda found: _SIGNS.get(found.group(), "\ufffd"), text)


_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SIGNS = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "\u2421", "\t": "    "}


PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body{{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:1rem auto;max-width:90rem;padding:0 1rem}}
section{{border-top:1px solid #8888;padding:.6rem 0}} h2{{font-size:.9rem;color:#777;margin:0 0 .4rem}}
div{{display:grid;grid-template-columns:1fr 1fr;gap:1.5rem}} pre{{white-space:pre-wrap;font:inherit;margin:0}}
@media(max-width:50rem){{div{{grid-template-columns:1fr}}}}
@media(prefers-color-scheme:dark){{body{{background:#111;color:#ddd}}}}
</style><h1>{title}</h1><p>{note}</p>{rows}</html>
"""


def page(title: str, note: str, rows: Sequence[Row]) -> str:
    parts = [
        f"<section><h2>{html.escape(row.heading)}</h2><div><pre>{html.escape(row.source)}</pre>"
        f"<pre>{html.escape(row.made)}</pre></div></section>"
        for row in rows
    ]
    return PAGE.format(title=html.escape(title), note=html.escape(note), rows="\n".join(parts))
