"""How does text become HTML? The few elements that all parts of the page are made of.

Every text that came from a model, a data set or a file passes through `text`.
"""

import re
from collections.abc import Sequence
from html import escape

from ewc_plugin.visible import visible


def text(value: object) -> str:
    return escape(visible(str(value)), quote=True)


def prose(value: str) -> str:
    """A sentence of ours: what stands between backticks is to be typed."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(value))


def section(chinese: str, english: str, body: str) -> str:
    """A heading in both languages over ready markup."""
    return f'<section>\n<h2>{text(chinese)} <span class="en" lang="en">{text(english)}</span></h2>\n{body}\n</section>'


def note(chinese: str, english: str) -> str:
    return f'<p class="note">{text(chinese)} <span lang="en">{text(english)}</span></p>'


def table(head: Sequence[str], rows: Sequence[str]) -> str:
    """Cells of the header are text; rows are ready markup."""
    names = "".join(f'<th scope="col">{breakable(name)}</th>' for name in head)
    return scrolled(f"<tr>{names}</tr>", rows)


def scrolled(head: str, rows: Sequence[str], columns: int = 0) -> str:
    """A table of ready markup that scrolls inside the page where it is wider than the screen.

    columns: how many stand beside the name of a row; on a phone they then stand below it.
    """
    body = "\n".join(rows)
    kind = f' map" style="--columns:{columns}' if columns else ""
    return f'<div class="scroll{kind}"><table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def plain_row(row: Sequence[str]) -> str:
    return f'<tr><th scope="row">{breakable(row[0])}</th>' + "".join(f"<td>{text(v)}</td>" for v in row[1:]) + "</tr>"


def breakable(name: str) -> str:
    """A long name may go on in the next line after an underscore, so that a phone shows more than one column."""
    return "<wbr>".join(text(part) for part in re.split(r"(?<=_)", name))


def folded(summary: str, body: str) -> str:
    """Ready markup that opens on demand; the summary is text."""
    return f"<details><summary>{text(summary)}</summary>\n{body}\n</details>"


def legend(names: Sequence[str]) -> str:
    """Which colour of a chart is which curve, in the order of the curves."""
    entries = "".join(f'<span><i class="s{1 + i}"></i>{breakable(name)}</span>' for i, name in enumerate(names))
    return f'<div class="legend">{entries}</div>'
