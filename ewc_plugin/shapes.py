"""What of a file that anybody may have edited can be used? Numbers that are numbers, tables that are tables."""

import json
from pathlib import Path
from typing import Any, TypeGuard

LARGEST = 1e100  # beyond, sums overflow


def is_number(value: Any) -> TypeGuard[int | float]:
    """A finite one; JSON as Python reads it may hold NaN and infinity."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def number_of(value: Any) -> int | float | None:
    return value if is_number(value) else None


def table_of(value: Any) -> dict[str, Any]:
    """Empty for what is no object."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def is_there(path: Path) -> bool:
    """Whether a file or folder is there; one that cannot be asked about (a name too long) is not."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object. Raises ValueError in words, also for what is nested too deep or is no object."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError) as problem:
        raise ValueError(str(problem)) from problem
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found
