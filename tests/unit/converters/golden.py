"""Golden cases: input files in their real on-disk layout and, line by line, what must come of them.

A case is a folder `golden/<source>/<format>[-variant]/` with `in/`, `expected.jsonl` and perhaps `options.txt` (words
for the command line). To write `expected.jsonl` anew and then check it by hand:

    python tests/unit/converters/golden.py --write SOURCE/CASE
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "golden"


def cases() -> list[Path]:
    return sorted(folder.parent for folder in CASES.glob("*/*/in"))


def outcome(case: Path, into: Path) -> list[dict[str, Any]]:
    """What a conversion of the case writes: kept lines without what is the same in all, then rejects."""
    from converters.__main__ import main

    options = case / "options.txt"
    words = shlex.split(options.read_text("utf-8")) if options.exists() else []
    assert main([case.parent.name, str(case / "in"), "--dataset-dir", str(into), "--quiet", *words]) == 0
    return [line for manifest in sorted((into / "data").glob("*.manifest.json")) for line in _lines(into, manifest)]


def _lines(into: Path, manifest: Path) -> list[dict[str, Any]]:
    outputs = json.loads(manifest.read_text("utf-8"))["outputs"]
    dataset = manifest.name.split(".")[0]
    kept = [
        {"dataset": dataset, "part": part, **line}
        for part in ("train", "eval")
        for line in _read(into, outputs.get(part))
    ]
    rejects = [
        {"dataset": dataset, "part": "rejects", **{key: line[key] for key in ("file", "record", "reason")}}
        for line in _read(into, outputs["rejects"])
    ]
    return [_without_blanks(line) for line in kept] + rejects


def _read(into: Path, entry: dict[str, Any] | None) -> list[dict[str, Any]]:
    if entry is None:
        return []
    return [json.loads(line) for line in (into / entry["file"]).read_text("utf-8").split("\n") if line]


def _without_blanks(line: dict[str, Any]) -> dict[str, Any]:
    # an empty meta value says nothing to the person who checks the file
    return {**line, "meta": {key: value for key, value in line["meta"].items() if value}}


def expected(case: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (case / "expected.jsonl").read_text("utf-8").split("\n") if line]


def write(case: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = outcome(case, Path(folder))
    (case / "expected.jsonl").write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines), "utf-8")
    print(f"{case / 'expected.jsonl'}: {len(lines)} lines. Now check them by hand.")


if __name__ == "__main__":
    sys.path.insert(0, os.fspath(Path(__file__).parents[3]))
    if sys.argv[1:2] != ["--write"]:
        sys.exit(__doc__)
    for name in sys.argv[2:]:
        write(CASES / name)
