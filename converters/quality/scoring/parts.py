"""What is done already, when a run is killed? Each process appends what it has to a file of its own.

The first line says what was to be reckoned; each other line is one example. A batch is appended in one piece, so that
a kill tears at most the last line: it is cut off, and its batch is done again.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from converters.contract import SourceError

Flags = npt.NDArray[np.bool_]


class Parts:
    """The part files of one stage of one dataset, of as many processes as there were.

    `begin` once, by the first process; then `done` by each, then `append`; `gathered` and `remove` at the end.
    """

    def __init__(self, folder: Path, stem: str, signature: Mapping[str, Any]) -> None:
        self.folder, self.stem = folder, stem
        self.signature = orjson.loads(orjson.dumps(signature))

    def begin(self, *, again: bool) -> int:
        """Cut torn lines off and return how many bytes that were. Raises SourceError for parts of another run.

        `again`: these are removed. Those of the same go on: what they hold is what would be reckoned.
        """
        torn = 0
        for path in self._files():
            torn += _mend(path)
            found = self._header(path)
            if found is None or (again and found != self.signature):
                path.unlink()
            elif found != self.signature:
                raise SourceError(
                    str(path),
                    expected="a half-done run of the same",
                    found="one of another: " + "; ".join(differences(found, self.signature)),
                    remedy="Give the same again to go on, or --again to begin anew.",
                )
        return torn

    def done(self, count: int) -> Flags:
        """True for each row, of `count`, that stands in any part."""
        found = np.zeros(count, dtype=np.bool_)
        for line in self._lines():
            found[line["row"]] = True
        return found

    def append(self, rank: int, lines: Sequence[Mapping[str, Any]]) -> None:
        path = self._path(rank)
        head = b"" if path.exists() else orjson.dumps(self.signature, option=orjson.OPT_APPEND_NEWLINE)
        data = head + b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)
        _write(path, data)

    def gathered(self) -> dict[int, Mapping[str, Any]]:
        """The line of each row."""
        return {line["row"]: line for line in self._lines()}

    def remove(self) -> None:
        for path in self._files():
            path.unlink()

    def _path(self, rank: int) -> Path:
        return self.folder / f"{self.stem}.part{rank}.jsonl"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"{glob.escape(self.stem)}.part[0-9]*.jsonl"))

    def _header(self, path: Path) -> Any:
        with path.open("rb") as stream:
            first = stream.readline()
        return orjson.loads(first) if first else None

    def _lines(self) -> Iterator[dict[str, Any]]:
        for path in self._files():
            with path.open("rb") as stream:
                stream.readline()
                yield from map(orjson.loads, stream)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """In words, what is not the same in two signatures."""
    flat, new = _flat(before), _flat(now)
    return [
        f"{key}: {_short(flat.get(key, 'nothing'))} there, {_short(new.get(key, 'nothing'))} now"
        for key in sorted({*flat, *new})
        if flat.get(key) != new.get(key)
    ]


def _short(value: Any) -> str:
    """A digest by its beginning."""
    text = str(value)
    return f"{text[:12]}…" if re.fullmatch("[0-9a-f]{64}", text) else text


def _flat(of: Any, above: str = "") -> dict[str, Any]:
    if not isinstance(of, Mapping):
        return {above: of}
    return {
        name: value
        for key, inner in of.items()
        for name, value in _flat(inner, f"{above}.{key}" if above else str(key)).items()
    }


def _mend(path: Path) -> int:
    """Cut off what stands behind the last line break; returns how many bytes that were."""
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole


def _write(path: Path, data: bytes) -> None:
    place = path.stat().st_size if path.exists() else 0
    stream = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        written = 0
        while written < len(data):  # a full disk takes a part, and raises for the rest
            written += os.write(stream, data[written:])
    except OSError as error:
        os.ftruncate(stream, place)
        raise SourceError(
            str(path),
            expected="room for what was reckoned",
            found=error.strerror or str(error),
            remedy="What is done is kept. Make room, and run the same command again.",
        ) from error
    finally:
        os.close(stream)
