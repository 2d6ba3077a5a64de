"""What is known of a dataset's vectors on disk? One row of float32 for each example, and what they are of.

`<name>.vectors.npy` has a row for each usable row of the dataset, in its order; `<name>.vectors.json` says of which
model, of which text and of which bytes of data. A row that has no vector is NaN, and `about["unusable"]` says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converters.contract import SourceError
from converters.files import sha256_of, staged
from converters.mixing.registry import command
from converters.quality import places
from converters.quality.contract import Matrix, Vectors
from converters.quality.rows import Rows

BLOCK = 8192  # rows that are looked at together: a million rows are more than memory should hold
NOT_FINITE = "the model gave numbers that are not finite"
ZERO = "the model gave a vector of zeros, which has no direction"


def save(
    dataset_dir: Path,
    rows: Rows,
    blocks: Sequence[Matrix] | Iterator[Matrix],
    *,
    about: Mapping[str, Any],
    reasons: Mapping[int, str] | None = None,
) -> Vectors:
    """Write what `blocks` hold, one under the other: together a row for each of `rows`.

    `reasons` says by number why a row has no vector; rows of NaN, infinity or zeros are found here. They are NaN in
    the file and listed in `about["unusable"]`. Raises SourceError when there are more or fewer rows.
    """
    path, where = places.vectors(dataset_dir, rows.name), places.vectors_about(dataset_dir, rows.name)
    unusable = dict(reasons or {})
    with staged(path.parent) as files:
        stream, written, width = files.open_binary(path), 0, 0
        for block in blocks:
            clean = _without_unusable(np.array(block, dtype=np.float32), written, unusable)
            if not written:
                width = clean.shape[1]
                np.lib.format.write_array_header_1_0(stream, _header(len(rows), width))
            stream.write(clean.tobytes())
            written += len(clean)
        if written != len(rows):
            raise SourceError(str(path), expected=f"{len(rows):,} vectors", found=f"{written:,}")
        full = {
            **about,
            "dataset": rows.name,
            "data": {"sha256": rows.sha256, "examples": len(rows)},
            "rows": written,
            "width": width,
            "sha256": sha256_of(files.close(path)),
            "unusable": [
                {"number": number, "id": rows.ids[number], "reason": reason}
                for number, reason in sorted(unusable.items())
            ],
        }
        json.dump(full, files.open(where), ensure_ascii=False, indent=1)
    return load(dataset_dir, rows)


def _header(rows: int, width: int) -> dict[str, Any]:
    return {"descr": np.lib.format.dtype_to_descr(np.dtype("<f4")), "fortran_order": False, "shape": (rows, width)}


def _without_unusable(block: Matrix, start: int, unusable: dict[int, str]) -> Matrix:
    """The block with NaN in each row without a direction; the reasons of new ones are noted."""
    finite = np.isfinite(block).all(axis=1)
    for row in np.flatnonzero(~finite):
        unusable.setdefault(start + int(row), NOT_FINITE)
    for row in np.flatnonzero(finite & ~block.any(axis=1)):
        unusable.setdefault(start + int(row), ZERO)
    for number in unusable:
        if start <= number < start + len(block):
            block[number - start] = np.nan
    return block


def load(dataset_dir: Path, rows: Rows) -> Vectors:
    """The vectors of a dataset, its matrix mapped from disk and read-only.

    Raises SourceError, with the command to type, when there are none or they are of other data.
    """
    path, where = places.vectors(dataset_dir, rows.name), places.vectors_about(dataset_dir, rows.name)
    again = f"Embed it: {command(f'embed {rows.name} --model PATH', dataset_dir)}"
    try:
        about = json.loads(where.read_text(encoding="utf-8"))
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        found = f"{error.strerror or error} ({Path(error.filename or path).name})"
        raise SourceError(str(path), expected=f"vectors of {rows.name}", found=found, remedy=again) from error
    except ValueError as error:
        raise SourceError(str(path), expected="vectors that `embed` wrote", found=str(error), remedy=again) from error
    _require_of(rows, about, matrix, path)
    return Vectors(tuple(rows.ids), matrix, about)


def _require_of(rows: Rows, about: Any, matrix: Matrix, path: Path) -> None:
    known = about if isinstance(about, dict) else {}
    data = known.get("data", {})
    embedded = str(known.get("command") or f"embed {rows.name} --model PATH")
    again = f"Embed it again: {command(embedded, path.parent.parent)}"
    if data.get("sha256") != rows.sha256:
        raise SourceError(
            str(path),
            expected=f"vectors of {rows.file.path.name} as it is now (sha256 {rows.sha256[:12]}…)",
            found=f"vectors of another text of it (sha256 {str(data.get('sha256'))[:12]}…)",
            remedy=again,
        )
    expected = (len(rows), known.get("width"))
    if matrix.shape != expected or matrix.dtype != np.float32:
        found = f"{matrix.shape} of {matrix.dtype}"
        raise SourceError(str(path), expected=f"{expected} of float32, as its .json says", found=found, remedy=again)


def usable(vectors: Vectors) -> npt.NDArray[np.bool_]:
    """True for each row that has a vector."""
    has = np.ones(len(vectors.ids), dtype=np.bool_)
    has[list(reasons(vectors))] = False
    return has


def reasons(vectors: Vectors) -> dict[int, str]:
    """Why a row has no vector, by its number."""
    return {int(entry["number"]): str(entry["reason"]) for entry in vectors.about.get("unusable", ())}
