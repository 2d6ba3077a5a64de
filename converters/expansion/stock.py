"""Whether passages that lie on disk are what would be collected now: their manifest, and what it is compared with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converters import __version__
from converters.contract import Settings, Source
from converters.files import Staged, sha256_of
from converters.passage import Lengths
from converters.reading.inputs import Found


def manifest_path(target: Path) -> Path:
    """wiki.passages.jsonl -> wiki.passages.manifest.json"""
    return target.with_name(f"{target.stem}.manifest.json")


def asked(source: Source, found: Found, settings: Settings, lengths: Lengths, per_document: int) -> dict[str, Any]:
    """All that decides which passages there are, but for the content of the files."""
    return {
        "source": source.name,
        "converter_version": __version__,
        "script": settings.script,
        "options": dict(settings.options),
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "per_document": per_document,
        "inputs": [_input(item) for item in found.inputs],
    }


def _input(item: Any) -> dict[str, Any]:
    files = {str(path): path.stat() for path in item.files}
    return {
        "path": item.label,
        "format": item.format.name,
        "encoding": item.encoding,
        "files": [{"path": name, "bytes": each.st_size, "modified": each.st_mtime_ns} for name, each in files.items()],
    }


def manifest(
    asked: Mapping[str, Any], number: int | None, counts: Mapping[str, Any], found: Found, target: Path, files: Staged
) -> str:
    sums = {str(path): sha256_of(path) for item in found.inputs for path in item.files}
    for item in asked["inputs"]:
        for each in item["files"]:
            each["sha256"] = sums[each["path"]]
    output = {"file": target.name, "sha256": sha256_of(files.close(target)), "passages": counts["chosen"]}
    value = {**asked, "number": number, "counts": counts, "output": output}
    # the name of a file that the locale cannot read has lone surrogates, which orjson neither writes nor reads
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def counts_of_same(target: Path, asked: Mapping[str, Any], number: int | None) -> dict[str, Any] | None:
    """The counts of an earlier collection that holds what is asked for, or None."""
    try:
        value = json.loads(manifest_path(target).read_bytes())
        is_same = all(value[name] == asked[name] for name in asked if name != "inputs")
        if is_same and _holds(value, number) and _are_same(value["inputs"], asked["inputs"]):
            counts: dict[str, Any] = value["counts"]
            return counts if sha256_of(target) == value["output"]["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _holds(value: Mapping[str, Any], number: int | None) -> bool:
    held, chosen = value["number"], value["counts"]["chosen"]
    return held is None or bool(chosen < held) or (number is not None and number <= held)


def _are_same(before: list[Any], now: list[Any]) -> bool:
    return len(before) == len(now) and all(map(_is_same, before, now))


def _is_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    about = ("path", "format", "encoding")
    if any(before[name] != now[name] for name in about) or len(before["files"]) != len(now["files"]):
        return False
    return all(map(_is_same_file, before["files"], now["files"]))


def _is_same_file(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """By its size and time; where only the time differs (a copy, a checkout) by its sum."""
    if before["bytes"] != now["bytes"]:
        return False
    return before["modified"] == now["modified"] or str(before["sha256"]) == sha256_of(Path(now["path"]))
