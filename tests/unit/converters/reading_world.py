"""What the tests of the reading layer share: a source that takes anything, and the records of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from converters.contract import Dataset, Format, Source
from converters.reading.inputs import Found, find_inputs
from converters.reading.readers import read


def anything(value: Any) -> bool:
    return True


def nothing(value: Any, context: Any) -> tuple[()]:
    return ()


def shape(name: str, container: str, matches: Callable[[Any], bool] = anything, **options: Any) -> Format:
    return Format(name, f"{name}: its columns", container, matches, nothing, **options)  # type: ignore[arg-type]


def source(*formats: Format, **options: Any) -> Source:
    dataset = Dataset("toy", "a task", 1.0, "x")
    return Source("toy", "task", "MIT", "https://example.org", formats, (dataset,), ("toy files",), **options)


def found(*paths: Path | str, formats: tuple[Format, ...], encoding: str = "auto", wanted: str = "") -> Found:
    toy = source(*formats)
    named = [str(path) for path in paths]
    return find_inputs(toy, named, raw=Path("raw"), format_name=wanted, encoding=encoding, sources=[toy])


def values(path: Path, container: str = "record", encoding: str = "auto", **options: Any) -> list[tuple[int, Any]]:
    """(number, raw) of every record of what lies at a path."""
    inputs = found(path, formats=(shape("any", container, **options),), encoding=encoding).inputs
    return [(record.number, record.raw) for item in inputs for record in read(item)]
