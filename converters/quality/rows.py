"""What are the examples of a registered dataset? Their ids, turns and origins, by number, whoever wrote the file.

Reads what LLaMA-Factory reads (`converters.mixing.rows`): a dataset of ours, a mixture, or a user's own file. Rows that
are no conversation have no number; they are counted, and the first is named.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.mixing.registry import REGISTRY, command, meant, mix_of, read_registry
from converters.mixing.rows import RowReader, Unusable, text_of
from converters.mixing.survey import BOM, DataFile, parsed


@dataclass(frozen=True, slots=True)
class Row:
    """One example: `number` counts usable rows from 0; `turns` begin with the system message where there is one.

    `source`, `document` and `kind` are "" where the file does not tell them.
    """

    number: int
    id: str
    turns: tuple[Turn, ...]
    source: str
    document: str
    kind: str


class Rows:
    """The usable rows of one dataset, to be read through or one by one; ids and offsets in memory, never the texts."""

    def __init__(self, name: str, entry: Mapping[str, Any], file: DataFile) -> None:
        self.name, self.entry, self.file = name, entry, file
        self.reader = RowReader.of(name, entry)
        self.unusable, self.first_unusable = 0, ""
        self.ids: list[str] = []
        self.taken_from: list[str] = []  # of a mixture's rows the dataset of each; "" of others
        offsets: list[int] = []
        for line in file.lines():
            try:
                row = parsed(line.raw)
                turns = self.reader.turns(row)
            except Unusable as reason:
                self.unusable += 1
                self.first_unusable = self.first_unusable or f"line {line.number}: {reason}"
                continue
            self.ids.append(self.reader.identity(row, turns))
            self.taken_from.append(sys.intern(text_of(row.get("dataset"))))
            offsets.append(line.offset)
        self._offsets: npt.NDArray[np.int64] = np.asarray(offsets, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Row]:
        return (self[number] for number in range(len(self)))

    def __getitem__(self, number: int) -> Row:
        row = self.raw(number)
        meta = row.get("meta")
        known = meta if isinstance(meta, Mapping) else {}
        return Row(
            number,
            self.ids[number],
            tuple(self.reader.turns(row)),
            text_of(row.get("source")),
            text_of(known.get("document")),
            text_of(known.get("kind")),
        )

    def raw(self, number: int) -> Mapping[str, Any]:
        """The row as it stands in the file."""
        row: Mapping[str, Any] = self.file.row_at(int(self._offsets[number]))
        return row

    def line(self, number: int) -> bytes:
        """The bytes of the row, with one line break at the end."""
        return self.file.raw_at(int(self._offsets[number])).removeprefix(BOM).rstrip(b"\r\n") + b"\n"

    @property
    def sha256(self) -> str:
        return self.file.sha256

    @property
    def group(self) -> str:
        return str(mix_of({self.name: self.entry}, self.name).get("group", ""))


@contextmanager
def opened(dataset_dir: Path, name: str) -> Iterator[Rows]:
    """The rows of a dataset of the registry. Raises SourceError for one that is unknown, not built, or pairs."""
    registry = read_registry(dataset_dir)
    with ExitStack() as stack:
        yield _opened(dataset_dir, registry, name, stack)


def _opened(dataset_dir: Path, registry: Mapping[str, Any], name: str, stack: ExitStack) -> Rows:
    entry = registry.get(name)
    if not isinstance(entry, dict):
        raise SourceError(
            name,
            expected=f"a dataset of {dataset_dir / REGISTRY}",
            found="no such entry",
            remedy=meant(name, registry) or _names(dataset_dir, registry),
        )
    if entry.get("ranking"):
        raise SourceError(name, expected="conversations with an answer", found="pairs to choose from")
    path = dataset_dir / str(entry.get("file_name") or "")
    if not path.is_file():
        remedy = f"Build it: {command(f'mix {name}', dataset_dir)}" if "ratio" in entry.get("mix", {}) else ""
        raise SourceError(
            name,
            expected=f"its file {path}",
            found="no such file",
            remedy=remedy or "Convert its source first: python -m converters list",
        )
    rows = Rows(name, entry, DataFile(path, stack))
    if not len(rows):
        raise SourceError(str(path), expected="at least one conversation", found=rows.first_unusable or "an empty file")
    return rows


def _names(dataset_dir: Path, registry: Mapping[str, Any]) -> str:
    built = [
        name
        for name, entry in registry.items()
        if isinstance(entry, dict) and (dataset_dir / str(entry.get("file_name") or "?")).is_file()
    ]
    return f"There are: {', '.join(built[:20])}" if built else "Convert a source first: python -m converters list"


def told(rows: Rows) -> Sequence[str]:
    """What was passed over, for the end of a command's output; () if nothing."""
    if not rows.unusable:
        return ()
    return (f"{rows.name}: {rows.unusable:,} rows are no conversation ({rows.first_unusable})",)
