"""Which examples of a dataset are asked? As many as are wanted, evenly over the whole file, each id once."""

from __future__ import annotations

from collections.abc import Container, Iterator

from converters.quality.rows import Row, Rows


def spread(length: int, wanted: int) -> Iterator[int]:
    """The middles of `wanted` equal stretches of 0 … length − 1, so that every part of a file is represented."""
    wanted = min(wanted, length)
    return ((2 * at + 1) * length // (2 * wanted) for at in range(wanted))


def asked(rows: Rows, wanted: int, without: Container[str] = ()) -> list[Row]:
    """Rows evenly over the file whose id is not in `without`; the second of an id is passed over."""
    firsts = [number for identity, number in _first_of_each(rows).items() if identity not in without]
    return [rows[firsts[at]] for at in spread(len(firsts), wanted)]


def _first_of_each(rows: Rows) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for number, identity in enumerate(rows.ids):
        numbers.setdefault(identity, number)
    return numbers
