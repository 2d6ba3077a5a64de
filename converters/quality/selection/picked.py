"""A selection becomes a dataset of its own: its lines as they stand in the original, a manifest, an entry.

Not here: what is chosen (`choosing`), and the page about it (`page`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from converters.engine.prepare import reject_line
from converters.files import Staged, sha256_of, staged
from converters.mixing.registry import REGISTRY, Registry, read_registry
from converters.quality import places
from converters.quality.contract import Selection
from converters.quality.rows import Rows
from converters.quality.selection.picked_manifest import Made, Taken, manifest_of
from converters.quality.selection.registered import checked_name, entry_of, file_of, group_of
from converters.quality.selection.weighing import moved, text_of


@dataclass(frozen=True)
class Request:
    """How a selection was asked for: the name of its dataset, the words typed, every parameter.

    `inputs`: the sha256 of all that decided beside the data (scores, vectors, clusters, evaluation sets), by name.
    `details` adds to the reason of a dropped row. `instead`: the selection gets the weight of its original.
    """

    name: str
    created_by: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[int, str] = field(default_factory=dict)
    instead: bool = False


@dataclass(frozen=True)
class Written:
    path: Path
    rejects: Path
    registry: Registry


def write(
    dataset_dir: Path,
    rows: Rows,
    selection: Selection,
    request: Request,
    *,
    page: Mapping[str, Any],
    html: str,
) -> Written:
    """Data, rejects, manifest, `<name>.selection.json`, the page and the registry: all of them or none.

    The lines are those of the original byte for byte, in the order in which they were chosen, so that a beginning of
    the file is a smaller selection. `page` are the numbers that the page (`html`) shows.
    """
    name = checked_name(read_registry(dataset_dir), rows.name, request.name)
    path, rejects = file_of(dataset_dir, name), dataset_dir / "data" / f"{name}.rejects.jsonl"
    with staged(path.parent) as files:
        taken, digest = _taken(rows, selection, files, path)
        _write_rejects(rows, selection, request.details, files, rejects)
        files.alone(dataset_dir)  # another command may write the registry too
        registry = _registered(read_registry(dataset_dir), rows.name, request)
        made = Made(
            name,
            group_of(registry, rows.name),
            request.created_by,
            request.parameters,
            digest,
            len(selection.reasons),
            sha256_of(files.close(rejects)),
        )
        manifest = manifest_of(dataset_dir, rows, selection, taken, made)
        _write_json(files, path.with_suffix(".manifest.json"), manifest)
        _write_json(files, places.selection(dataset_dir, name), _told(rows, selection, request, digest, page))
        files.open(places.selection_page(dataset_dir, name)).write(html)
        files.open(dataset_dir / REGISTRY).write(text_of(registry))
    return Written(path, rejects, registry)


def _taken(rows: Rows, selection: Selection, files: Staged, path: Path) -> tuple[Taken, str]:
    taken, digest, stream = Taken(), hashlib.sha256(), files.open_binary(path)
    for choice in selection.chosen:
        line = rows.line(choice.number)
        stream.write(line)
        digest.update(line)
        taken.add(rows, choice.number)
    return taken, digest.hexdigest()


def _write_rejects(rows: Rows, selection: Selection, details: Mapping[int, str], files: Staged, path: Path) -> None:
    """One line for each row that could not be chosen, as the rejects of a conversion have it."""
    stream = files.open_binary(path)
    for number in sorted(selection.reasons):
        detail = details.get(number, "")
        stream.write(reject_line(rows.ids[number], number, rows.raw(number), selection.reasons[number], detail))


def _registered(registry: Registry, original: str, request: Request) -> Registry:
    registry = registry | {request.name: entry_of(registry, original, request.name)}
    return moved(registry, original, request.name) if request.instead else registry


def _told(rows: Rows, selection: Selection, request: Request, digest: str, page: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": request.name,
        "from": rows.name,
        "created_by": request.created_by,
        "method": selection.method,
        "parameters": dict(request.parameters),
        "sha256": {"data": rows.sha256, **request.inputs, "output": digest},
        "rows": len(rows),
        "unusable": rows.unusable,
        "dropped": dict(selection.dropped),
        "numbers": dict(selection.numbers),
        "page": dict(page),
        "chosen": [{"id": rows.ids[choice.number], "why": choice.why} for choice in selection.chosen],
    }


def _write_json(files: Staged, path: Path, value: Any) -> None:
    # orjson, for which what is not finite is null: other readers know no NaN
    files.open(path).write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
