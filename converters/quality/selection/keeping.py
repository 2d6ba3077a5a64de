"""Which rows must be in a selection? Those whose ids the user wrote down, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from converters.contract import SourceError
from converters.quality.contract import Numbers
from converters.quality.rows import Rows

SHOWN = 10


def kept_rows(path: Path, rows: Rows, leaks: Mapping[int, str]) -> Numbers:
    """The rows of these ids, in the order of the file of ids; of an id that stands twice in the data the first row.

    Blank lines and lines that begin with # are passed over. Raises SourceError for ids that the data do not have, and
    for those of an evaluation set: what is measured with must not be trained on, whoever wishes it.
    """
    wanted = _ids(path)
    first: dict[str, int] = {}
    for number, identity in enumerate(rows.ids):
        first.setdefault(identity, number)
    unknown = [identity for identity in wanted if identity not in first]
    if unknown:
        raise SourceError(str(path), expected=f"ids of {rows.name}", found=_listed(unknown))
    measured = [identity for identity in wanted if first[identity] in leaks]
    if measured:
        raise SourceError(
            str(path),
            expected="examples that are in no evaluation set",
            found=_listed(measured),
            remedy="What is measured with must not be trained on: take these ids out.",
        )
    return np.asarray([first[identity] for identity in wanted], dtype=np.int64)


def _ids(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(str(path), expected="a text file of ids in UTF-8, one a line", found=str(error)) from error
    return list(dict.fromkeys(line.strip() for line in lines if line.strip() and not line.startswith("#")))


def _listed(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (f" and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else "")
