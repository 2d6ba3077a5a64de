"""A selection becomes a dataset of its own: its lines as they stand in the original, a manifest, an entry.

Not here: what is chosen (`choosing`), and the page about it (`page`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.quality.candidates import Candidates
from converters.quality.contract import Selection
from converters.quality.rows import Rows


@dataclass(frozen=True)
class Written:
    name: str
    path: Path
    sha256: str


def write(
    dataset_dir: Path,
    rows: Rows,
    selection: Selection,
    *,
    name: str,
    created_by: str,
    parameters: Mapping[str, Any],
    details: Mapping[int, str] | None = None,
) -> Written:
    """Data, rejects, manifest, `<name>.selection.json` and the registry's entry of `name`: all or nothing.

    The lines are those of the original byte for byte, in the order in which they were chosen.
    """
    raise NotImplementedError
