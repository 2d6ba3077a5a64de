"""Is what was read a matrix, so that everything that reads it may rely on its shape? What is not, in words."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from ewc_plugin.metrics.score import Better
from ewc_plugin.shapes import are_texts, is_number

_COLUMN = {"name": str, "task": str, "stage": str, "protected": bool}


def faults(found: Mapping[str, Any]) -> list[str]:
    """Empty for a matrix; whether its rows are complete and its values finite is `matrix.check`'s affair."""
    wrong = [key for key in ("columns", "rows") if not _objects(found.get(key))]
    wrong += [key for key in ("not_built", "notes") if not are_texts(found.get(key))]
    wrong += [] if isinstance(found.get("base"), dict) else ["base"]
    if wrong:
        return [f"no usable {', '.join(wrong)}"]
    names = [column.get("name") for column in found["columns"]]
    twice = [f"two columns {name}" for name in dict.fromkeys(map(str, names)) if names.count(name) > 1]
    columns = [fault for column in found["columns"] for fault in _of_column(column)]
    return [*twice, *columns, *(fault for row in found["rows"] for fault in _of_row(row))]


def _objects(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _of_column(column: Mapping[str, Any]) -> list[str]:
    wrong = [key for key, kind in _COLUMN.items() if not isinstance(column.get(key), kind)]
    return [f"column {column.get('name')}: no usable {', '.join(wrong)}"] if wrong else []


def _of_row(row: Mapping[str, Any]) -> Iterator[str]:
    kinds = {"label": str, "stage": str | None, "predictions": str | None, "cells": dict}
    wrong = [key for key, kind in kinds.items() if key not in row or not isinstance(row[key], kind)]
    if wrong:
        yield f"row {row.get('label')}: no usable {', '.join(wrong)}"
        return
    for name, cell in row["cells"].items():
        for fault in _of_cell(cell):
            yield f"row {row['label']}, {name}: {fault}"


def _of_cell(cell: Any) -> Iterator[str]:
    if not isinstance(cell, dict):
        yield "not an object"
    elif "failed" in cell:
        if len(cell) > 1 or not isinstance(cell["failed"], str):
            yield "failed, but not with its reason alone"
    else:
        for metric, score in cell.items():
            wrong = _of_score(score)
            if wrong:
                yield f"{metric} has no usable {', '.join(wrong)}"


def _of_score(score: Any) -> list[str]:
    if not isinstance(score, dict):
        return ["object"]
    # of the value `check` says what it is
    wrong = [key for key in ("low", "high", "n") if not is_number(score.get(key))]
    wrong += [] if isinstance(score.get("value"), float) or is_number(score.get("value")) else ["value"]
    wrong += [] if isinstance(score.get("signature"), dict) else ["signature"]
    wrong += [] if score.get("better", "larger") in get_args(Better) else ["better"]
    return wrong + ([] if are_texts(score.get("not_measured", [])) else ["not_measured"])
