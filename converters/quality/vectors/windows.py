"""What of a dataset is embedded already, when a run is killed? A file for each window of so many examples.

A window is written whole or not at all, and what is in it depends on the data alone: a run that goes on embeds the
windows that are missing, with as many processes as one likes, and all together are what an uninterrupted run writes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converters.contract import SourceError
from converters.files import atomic_text
from converters.quality.contract import Matrix
from converters.quality.models import signature
from converters.quality.rows import Rows
from converters.quality.scoring.parts import differences

WINDOW = 512  # examples that are sorted by length, and lost by a kill
ABOUT = "about.json"


@dataclass(frozen=True)
class Whole:
    """Of all windows: the width of a vector, why examples have none, how many were cut."""

    width: int
    reasons: Mapping[int, str]
    cut: int


class Windows:
    """The first process calls `begin`; each then `is_there` and `keep`; the first `whole`, `blocks` and `remove`."""

    def __init__(self, folder: Path, rows: Rows, wanted: Mapping[str, Any]) -> None:
        self.folder = folder
        self.ranges = [range(start, min(start + WINDOW, len(rows))) for start in range(0, len(rows), WINDOW)]
        self._about: dict[str, Any] = {"data": rows.sha256, "window": WINDOW, "signature": wanted}

    def begin(self, *, again: bool) -> None:
        """A folder, with the windows of a run of the same that was killed. Those of other data go.

        `again`: those of another signature go too. Raises SourceError for them otherwise.
        """
        found = self._found()
        if all(found.get(key) == self._about[key] for key in ("data", "window")):
            before = found.get("signature", {})
            if not again:
                require_same(self.folder, before, self._about["signature"])
            if not differing(before, self._about["signature"]):
                return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with atomic_text(self.folder / ABOUT) as stream:
            json.dump(self._about, stream, ensure_ascii=False, indent=1)

    def _found(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / ABOUT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def is_there(self, number: int) -> bool:
        return self._file(number).is_file()

    def keep(self, number: int, matrix: Matrix, reasons: Mapping[int, str], cut: int) -> None:
        """Under another name first: what a kill leaves of it is written anew."""
        temporary = self._file(number).with_suffix(f".{os.getpid()}.new")
        try:
            with temporary.open("wb") as stream:
                np.savez(stream, matrix=matrix, reasons=json.dumps(dict(reasons)), cut=cut)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, self._file(number))
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise SourceError(
                str(self.folder),
                expected="room for what was embedded",
                found=error.strerror or str(error),
                remedy="What is done is kept. Make room, and run the same command again.",
            ) from error

    def whole(self) -> Whole:
        width, cut, reasons = 0, 0, dict[int, str]()
        for number, _ in enumerate(self.ranges):
            with np.load(self._file(number)) as kept:
                width = max(width, kept["matrix"].shape[1])
                cut += int(kept["cut"])
                reasons |= {int(row): why for row, why in json.loads(str(kept["reasons"])).items()}
        return Whole(width, reasons, cut)

    def blocks(self, width: int) -> Iterator[Matrix]:
        """The vectors of one window after the other."""
        for number, rows in enumerate(self.ranges):
            with np.load(self._file(number)) as kept:
                matrix = kept["matrix"]
            # of a window in which nothing could be embedded
            yield matrix if matrix.shape[1] else np.full((len(rows), width), np.nan, dtype=np.float32)

    def remove(self) -> None:
        shutil.rmtree(self.folder)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06}.npz"


def require_same(path: Path, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Raises SourceError that says in what two signatures differ."""
    if words := differing(found, wanted):
        raise SourceError(
            str(path),
            expected="vectors of the same model and text",
            found="; ".join(words),
            remedy="--again embeds anew, and the old vectors are lost.",
        )


def differing(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    return differences(signature.comparable(found), signature.comparable(wanted))
