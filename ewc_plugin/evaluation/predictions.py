"""Where are the answers and likelihoods of single items? One JSON line each in `predictions/<set>.jsonl`."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ewc_plugin.atomic import atomic_text
from ewc_plugin.errors import EwcError
from ewc_plugin.shapes import is_number

Record = dict[str, Any]
# what every record has; None is an answer that was not asked for
_TEXTS = {"id": str, "prompt": str, "reference": str, "answer": str | None}
# of an item's fields, what a record has too
_CARRIED = "source_text"
_UNFIT = re.compile("[%/\x00-\x1f\x7f\ud800-\udfff]")
_NUMBERS = ("nll", "tokens", "base_nll", "base_tokens")


class PredictionsError(EwcError):
    """A file of predictions is torn, or none of ours."""


def prediction_file(folder: Path, name: str) -> Path:
    """A set's file; a slash in its name does not lead into another folder, and every name has one."""
    return folder / f"{_UNFIT.sub(_in_hex, name)}.jsonl"


def _in_hex(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def carried(fields: Mapping[str, Any]) -> Record:
    """Of an item's fields: the text that is to be translated, without the request around it."""
    text = fields.get(_CARRIED)
    return {_CARRIED: text} if isinstance(text, str) and text else {}


def write_predictions(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    with atomic_text(path) as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def read_predictions(folder: Path, name: str) -> list[Record] | None:
    """None where the file is not there: a row outlives the folder it came from. Raises PredictionsError."""
    path = prediction_file(folder, name)
    where = str(path)
    try:
        if not path.is_file():
            return None
        records = []
        # split on "\n" alone: answers may hold U+2028, which str.splitlines would take for a line's end
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            where = f"{path}, line {number}"
            records += [_checked(json.loads(line))] if line else []
    except (OSError, ValueError, TypeError, RecursionError) as problem:
        raise PredictionsError(
            where,
            expected="one record a line, as a stage evaluation writes them",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Take the file again from where it was made, or delete it: the row then stands without its items.",
        ) from problem
    return records


def _checked(record: Any) -> Record:
    """The record; raises TypeError with the fields that a reader could not use."""
    if not isinstance(record, dict):
        raise TypeError(f"{type(record).__name__} where an object is wanted")
    scores = record.setdefault("scores", {})
    numbers = {key: record.get(key, 0) for key in _NUMBERS}
    numbers |= {f"scores.{name}": 0 if value is None else value for name, value in dict(scores).items()}
    wrong = [key for key, kind in _TEXTS.items() if key not in record or not isinstance(record[key], kind)]
    wrong += [key for key, value in numbers.items() if not is_number(value)]
    if wrong:
        raise TypeError(f"no usable {', '.join(wrong)}")
    return record
