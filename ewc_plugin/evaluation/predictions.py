"""Where are the answers and likelihoods of single items? One JSON line each in `predictions/<set>.jsonl`."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ewc_plugin.atomic import atomic_text

Record = dict[str, Any]


def prediction_file(folder: Path, name: str) -> Path:
    """A set's file; a slash in its name does not lead into another folder."""
    return folder / f"{name.replace('%', '%25').replace('/', '%2F')}.jsonl"


def write_predictions(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    with atomic_text(path) as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def read_predictions(folder: Path, name: str) -> list[Record] | None:
    """None where the file is not there: a row outlives the folder it came from."""
    path = prediction_file(folder, name)
    if not path.is_file():
        return None
    # split on "\n" alone: answers may hold U+2028, which str.splitlines would take for a line's end
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
