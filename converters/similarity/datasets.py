"""The converted datasets of a folder as numbered lines, and how lines leave them: recorded, all or none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from converters.contract import GROUPS, SourceError
from converters.files import Staged, sha256_of, staged
from converters.mixing.leakage import normalised
from converters.mixing.registry import Registry, mix_of
from converters.prepare import reject_line


@dataclass(frozen=True)
class Converted:
    """A dataset that a converter of ours wrote: its training file, and the manifest that says so."""

    name: str
    folder: Path
    manifest: Mapping[str, Any]

    @property
    def train(self) -> Path:
        return self.folder / str(self.manifest["outputs"]["train"]["file"])

    @property
    def rejects(self) -> Path:
        return self.folder / str(self.manifest["outputs"]["rejects"]["file"])

    @property
    def manifest_path(self) -> Path:
        return self.folder / "data" / f"{self.name}.manifest.json"


class Removal(NamedTuple):
    """`line` counts from 0 in the training file."""

    line: int
    reason: str
    detail: str


def converted(dataset_dir: Path, registry: Registry, named: Sequence[str]) -> list[Converted]:
    """The named datasets in that order; or all that take part in mixtures, the rarer groups first.

    Of two near-duplicates the first stays: a poem stays in the domain's dataset and leaves the 50,000 instructions.
    Raises SourceError for a name that no converter wrote, or whose file was changed since.
    """
    names = list(named) or sorted(
        (name for name in registry if _group(registry, name) and _manifest_path(dataset_dir, name).exists()),
        key=lambda name: -GROUPS.index(_group(registry, name)),
    )
    if not names:
        raise SourceError(
            str(dataset_dir), expected="datasets that were converted", found="none", remedy="python -m converters list"
        )
    return [_converted(dataset_dir, name) for name in names]


def _group(registry: Registry, name: str) -> Any:
    group = mix_of(registry, name).get("group")
    return group if group in GROUPS else ""


def _manifest_path(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.manifest.json"


def _converted(dataset_dir: Path, name: str) -> Converted:
    path = _manifest_path(dataset_dir, name)
    manifest = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if "train" not in manifest.get("outputs", {}):
        raise SourceError(
            name,
            expected="a dataset that a converter wrote into this folder",
            found=f"no {path.name}" if not path.exists() else "a mixture",
            remedy="python -m converters list shows every source; mixtures are made of cleaned datasets afterwards.",
        )
    dataset = Converted(name, dataset_dir, manifest)
    if sha256_of(dataset.train) != manifest["outputs"]["train"]["sha256"]:
        raise SourceError(
            str(dataset.train),
            expected="the file as its converter wrote it",
            found="another content",
            remedy=f"Convert it again: python -m {manifest['created_by']}",
        )
    return dataset


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            yield orjson.loads(line)


def conversation(line: Mapping[str, Any]) -> tuple[str, str]:
    """(all turns, the answers) as normalised text; a system prompt is shared by thousands and takes no part."""
    spoken = [message for message in line["messages"] if message["role"] != "system"]
    answers = [message for message in spoken if message["role"] == "assistant"]
    return _joined(spoken), _joined(answers)


def _joined(messages: Iterable[Mapping[str, str]]) -> str:
    return "\x1f".join(normalised(message["content"]) for message in messages)


class Offsets:
    """Where each line of a file begins, so that single ones can be read again; 8 bytes a line."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        sizes = [len(line) for line in self._stream]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.uint64)]).astype(np.uint64)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def line(self, number: int) -> dict[str, Any]:
        self._stream.seek(int(self._starts[number]))
        line: dict[str, Any] = orjson.loads(self._stream.readline())
        return line

    def close(self) -> None:
        self._stream.close()


def remove(removals: Mapping[str, Sequence[Removal]], datasets: Sequence[Converted], *, step: str, how: Any) -> None:
    """Take lines out of training files into the rejects beside them, and say so in the manifests: all or nothing.

    `step` is the command's name; `how` (its settings) is recorded under `cleaned` in each manifest it looked at.
    """
    folder = datasets[0].folder
    with staged(folder / "data") as files:
        for dataset in datasets:
            _rewrite(dataset, removals.get(dataset.name, ()), files, step, how)


def _rewrite(dataset: Converted, removals: Sequence[Removal], files: Staged, step: str, how: Any) -> None:
    manifest = json.loads(json.dumps(dataset.manifest))
    manifest["cleaned"] = {**manifest.get("cleaned", {}), step: how}
    if removals:
        _move(dataset, removals, files)
        _recount(manifest, removals, dataset, files)
    files.open(dataset.manifest_path).write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n")


def _move(dataset: Converted, removals: Sequence[Removal], files: Staged) -> None:
    gone = {removal.line: removal for removal in removals}
    train, rejects = files.open_binary(dataset.train), files.open_binary(dataset.rejects)
    rejects.write(dataset.rejects.read_bytes())
    with dataset.train.open("rb") as stream:
        for number, line in enumerate(stream):
            removal = gone.get(number)
            if removal is None:
                train.write(line)
                continue
            example = orjson.loads(line)
            meta = example["meta"]
            rejects.write(
                reject_line(meta["file"], meta["record"], example["messages"], removal.reason, removal.detail)
            )


def _recount(manifest: dict[str, Any], removals: Sequence[Removal], dataset: Converted, files: Staged) -> None:
    counts, outputs = manifest["counts"], manifest["outputs"]
    counts["examples"] -= len(removals)
    counts["train"] -= len(removals)
    reasons = Counter(counts["rejected"]) + Counter(removal.reason for removal in removals)
    counts["rejected"] = dict(sorted(reasons.items()))
    lost = {removal.line for removal in removals}
    texts = (line for number, line in enumerate(lines_of(dataset.train)) if number in lost)
    manifest["answer_characters"] -= sum(
        len(message["content"]) for line in texts for message in line["messages"] if message["role"] == "assistant"
    )
    for part, path, change in (("train", dataset.train, -1), ("rejects", dataset.rejects, 1)):
        outputs[part]["examples"] += change * len(removals)
        outputs[part]["sha256"] = sha256_of(files.close(path))
