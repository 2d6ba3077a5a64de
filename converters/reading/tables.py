"""How the lines of a CSV or TSV file with a header become rows: a dict of texts, or a list where a row does not fit."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from converters.reading.limits import LONGEST_VALUE

# in a tsv a quotation mark is a character; a tsv_quoted was written by a tool that quotes as in CSV
Layout = Literal["csv", "tsv", "tsv_quoted"]
Row = dict[str, str] | list[str]


def rows(lines: Iterable[str], layout: Layout) -> Iterator[Row]:
    """Each row under the header. One with more fields than the header is a list: which field is which is not known.

    A row with fewer lacks the last keys. Blank lines are no rows.
    """
    table = _fields(lines, layout)
    header = next(table, [])
    keys = _distinct(header)
    for fields in table:
        surplus = fields[len(keys) :]
        yield fields if any(surplus) else dict(zip(keys, fields, strict=False))


def _distinct(header: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    keys = []
    for name in (column.strip() for column in header):
        keys.append(f"{name}.{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return keys


def _fields(lines: Iterable[str], layout: Layout) -> Iterator[list[str]]:
    csv.field_size_limit(LONGEST_VALUE)
    options: dict[str, Any] = {"delimiter": "," if layout == "csv" else "\t"}
    if layout == "tsv":
        options["quoting"] = csv.QUOTE_NONE
    # a lone carriage return would end a row for csv; a quoted field keeps its line breaks
    reader = csv.reader((line.replace("\r", " ") + "\n" for line in lines), **options)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield [f"(broken row: {error})"]
            continue
        if any(fields):
            yield fields


def tsv_layout(lines: Sequence[str]) -> Layout:
    """Whether quotation marks in a TSV quote: only if rows fit the header better so, or fields are doubled within."""
    plain, quoted = _well_formed(lines, "tsv"), _well_formed(lines, "tsv_quoted")
    if plain != quoted:
        return "tsv" if plain > quoted else "tsv_quoted"
    fields = [field for line in lines for field in line.split("\t") if field.startswith('"')]
    return "tsv_quoted" if fields and all(map(_is_quoted, fields)) else "tsv"


def _well_formed(lines: Sequence[str], layout: Layout) -> float:
    table = list(_fields(lines, layout))
    return sum(len(fields) == len(table[0]) for fields in table) / len(table) if table else 0.0


def _is_quoted(field: str) -> bool:
    return len(field) > 1 and field.endswith('"') and '"' not in field[1:-1].replace('""', "")
