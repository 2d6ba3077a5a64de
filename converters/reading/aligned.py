"""How files that correspond line by line are read together, as single lines or as the lines of a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count, groupby, zip_longest
from typing import Any

from converters.contract import SourceError

TEXT, DOCUMENT = "text", "document"
Row = tuple[int, dict[str, str]]


def aligned(sides: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """(number of the line, {role: its line}), or of the document, where a side says which document a line is of.

    A line that is blank in all texts is no record. Raises SourceError if the files have not the same number of
    lines, not counting blank ones at their ends.
    """
    together = _together(sides, names)
    if DOCUMENT not in sides:
        yield from together
        return
    for number, (name, run) in enumerate(groupby(together, key=lambda row: row[1][DOCUMENT]), start=1):
        lines = [row for _, row in run]
        columns = {role: [row[role] for row in lines] for role in sides if role != DOCUMENT}
        yield number, {DOCUMENT: name, **columns}


def _together(sides: Mapping[str, Iterable[str]], names: Mapping[str, str]) -> Iterator[Row]:
    counters = {role: _Counted(lines) for role, lines in sides.items()}
    for number, lines in zip(count(1), zip_longest(*counters.values()), strict=False):
        row = dict(zip(counters, lines, strict=True))
        if any(text is None for text in lines):
            _require_nothing_more(row, counters, names)
            return
        if any(text.strip() for role, text in row.items() if role != DOCUMENT):
            yield number, row


class _Counted:
    """Lines, how many there were, and how many of them up to the last that is not blank."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.seen, self.filled = iter(lines), 0, 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.seen += 1
            if line.strip():
                self.filled = self.seen
            yield line


def _require_nothing_more(row: Mapping[str, Any], counters: Mapping[str, _Counted], names: Mapping[str, str]) -> None:
    """One side has ended: what is left of the others must be blank."""
    for _ in zip_longest(*counters.values()):
        pass
    longest = max(counter.filled for counter in counters.values())
    if all(counter.seen >= longest for counter in counters.values()):
        return
    counts = {names[role]: counter.filled for role, counter in counters.items()}
    raise SourceError(
        names[TEXT],
        expected="as many lines as in " + ", ".join(name for role, name in names.items() if role != TEXT),
        found="; ".join(f"{number:,} lines in {name}" for name, number in counts.items()),
        remedy="Line n of one is line n of the other: all after a missing line is wrong. Fetch the files again.",
    )
