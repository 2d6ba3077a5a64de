"""What a conversion writes down of itself: what was read, what came of it, by what, and how to do it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from converters import __version__
from converters.contract import Source
from converters.engine.shelf import Shelf
from converters.files import Staged, sha256_of
from converters.options import Options
from converters.reading.inputs import Found, Input


def digests_of_files(found: Found, shelves: Sequence[Shelf], files: Staged, workers: int) -> dict[Path, str]:
    """The SHA-256 of all inputs and outputs, each once: an archive is the file of all its members."""
    lies_at = {path: path for item in found.inputs for path in item.files}
    lies_at |= {path: files.close(path) for shelf in shelves for path, _ in shelf.outputs.values()}
    pool = ThreadPoolExecutor(workers)
    try:
        return dict(zip(lies_at, pool.map(sha256_of, lies_at.values()), strict=True))
    finally:
        pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for files that nobody hashes yet


def manifest_of(
    source: Source, shelf: Shelf, options: Options, found: Found, digests: Mapping[Path, str]
) -> dict[str, Any]:
    """What was read, what came of it, and by what; no time of day, so that the same input gives the same bytes."""
    dataset = shelf.dataset
    return {
        "dataset": shelf.name,
        "source": source.name,
        "group": source.group_of(dataset),
        "family": source.family_of(dataset),
        "purpose": dataset.purpose,
        "task": dataset.task,
        "licence": source.licence,
        "origin": source.origin,
        "converter_version": __version__,
        "created_by": _command(source, found, options),
        "inputs": [_input_entry(item, digests) for item in found.inputs],
        "ignored": dict(sorted(found.ignored.items())),
        "options": options.recorded,
        "counts": shelf.tally.counts,
        "answer_characters": shelf.tally.answer_characters,
        "outputs": {
            name: {"file": f"data/{path.name}", "sha256": digests[path], "examples": count}
            for name, (path, count) in shelf.outputs.items()
        },
    }


def _input_entry(item: Input, digests: Mapping[Path, str]) -> dict[str, Any]:
    """`path` is the place in the folder that the user named, `given` what was typed: there `audit` finds the record."""
    return {
        "path": item.label,
        "given": item.given,
        "format": item.format.name,
        "sha256": [digests[path] for path in item.files],
        "bytes": item.size,
    }


def _command(source: Source, found: Found, options: Options) -> str:
    """What to type for the same again."""
    plain = ("format", "limit", "eval_share", "max_eval", "script", "encoding", "name")
    values = {name: getattr(options, name) for name in plain if getattr(options, name) != getattr(Options(), name)}
    words = [f"--{name.replace('_', '-')} {value}" for name, value in values.items()]
    words += [f"--cap {kind}={share}" for kind, share in options.caps.items()]
    words += [f"--{name} {shlex.quote(value)}" for name, value in options.options.items()]
    given = list(dict.fromkeys(item.given for item in found.inputs))
    files = [shlex.quote(name) for name in given[:3]] + (["…"] if len(given) > 3 else [])
    return " ".join(["converters", source.name, *files, *words])
