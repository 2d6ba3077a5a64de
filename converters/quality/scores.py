"""Where do scores stand, and are they those of these data? One object for each id, in the order of the data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converters.quality.rows import Rows


def load(dataset_dir: Path, rows: Rows) -> dict[str, Mapping[str, Any]]:
    """{id: {"length": {…}, "perplexity": {…}, …, "unscored": {metric: reason}}}; {} where nothing was scored.

    Raises SourceError for scores of other data than these.
    """
    raise NotImplementedError
