"""What does the manifest of a selection say? What its original's says, with the counts of the lines that were taken.

So `stats`, `dedupe`, `decontaminate` and `audit` read a selection as they read any dataset that was converted. Of rows
in a layout of the user's own, which those commands do not read, the manifest says only where they come from.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from converters import __version__
from converters.licences import of_record, owed
from converters.mixing.rows import answer_characters
from converters.quality.contract import Selection
from converters.quality.rows import Rows

ASKED_OF_META = ("file", "record", "document", "kind")


@dataclass
class Taken:
    """What the taken lines were counted as."""

    examples: int = 0
    characters: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    licences: Counter[tuple[str, str]] = field(default_factory=Counter)
    ours: bool = True

    def add(self, rows: Rows, number: int) -> None:
        raw, row = rows.raw(number), rows[number]
        self.examples += 1
        self.characters += answer_characters(row.turns)
        self.kinds.update([row.kind] if row.kind else [])
        self.licences[of_record(raw, rows.name)] += 1
        self.ours = self.ours and is_ours(raw)


def is_ours(raw: Mapping[str, Any]) -> bool:
    """Whether a row has the keys that every line of a converted dataset has."""
    messages, meta = raw.get("messages"), raw.get("meta")
    return (
        isinstance(raw.get("id"), str)
        and isinstance(meta, dict)
        and all(isinstance(meta.get(key), str) for key in ASKED_OF_META)
        and isinstance(messages, list)
        and all(isinstance(turn, dict) and {"role", "content"} <= turn.keys() for turn in messages)
    )


@dataclass(frozen=True)
class Made:
    """What the writer knows of the files: their digests, and the words of the command that made them."""

    name: str
    group: str
    created_by: str
    parameters: Mapping[str, Any]
    train_sha256: str
    rejects: int
    rejects_sha256: str


def manifest_of(dataset_dir: Path, rows: Rows, selection: Selection, taken: Taken, made: Made) -> dict[str, Any]:
    selected = {
        "from": rows.name,
        "file": rows.file.path.name,
        "sha256": rows.sha256,
        "method": selection.method,
        "parameters": dict(made.parameters),
    }
    licences = owed(taken.licences)
    train = {"file": f"data/{made.name}.jsonl", "sha256": made.train_sha256, "examples": taken.examples}
    if not taken.ours:
        return {"selection": made.name, "selected": selected, "licences": licences, "output": train}
    rejects = {"file": f"data/{made.name}.rejects.jsonl", "sha256": made.rejects_sha256, "examples": made.rejects}
    before = _of_the_original(dataset_dir, rows)
    return {
        **before,
        "dataset": made.name,
        "group": made.group or str(before.get("group", "")),
        "created_by": made.created_by,
        "selected": selected,
        "counts": _counts(rows, selection, taken),
        "answer_characters": taken.characters,
        "licences": licences,
        "outputs": {"train": train, "rejects": rejects},
    }


def _of_the_original(dataset_dir: Path, rows: Rows) -> dict[str, Any]:
    """Its manifest, if a converter wrote one; for a mixture one that names its file as the input.

    Without a `source`, `audit` knows that the records to read lie behind the datasets of the mixture.
    """
    path = dataset_dir / "data" / f"{rows.name}.manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if isinstance(manifest, dict) and "outputs" in manifest and "family" in manifest:
        return manifest
    file = rows.file.path
    given = {
        "path": file.name,
        "given": str(file),
        "format": "jsonl",
        "sha256": [rows.sha256],
        "bytes": rows.file.bytes,
    }
    return {
        "dataset": rows.name,
        "family": "mixture" if "mixture" in manifest else "own",
        "purpose": "train",
        "converter_version": __version__,
        "inputs": [given],
        "options": {},
    }


def _counts(rows: Rows, selection: Selection, taken: Taken) -> dict[str, Any]:
    """Rows that were merely not needed are records without an outcome; rows that are no conversation are neither."""
    dropped = dict(sorted(selection.dropped.items()))
    return {
        "records": len(rows) + rows.unusable,
        "outcomes": taken.examples + sum(dropped.values()),
        "examples": taken.examples,
        "train": taken.examples,
        "eval": 0,
        "rejected": dropped,
        "kinds": dict(sorted(taken.kinds.items())),
        "changed": {},
    }
