"""The converted datasets of a folder as numbered lines, and how lines leave them: recorded, all or none."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from converters.contract import GROUPS, SourceError
from converters.engine.prepare import reject_line
from converters.files import Staged, sha256_of, staged
from converters.mixing.leakage import normalised
from converters.mixing.registry import Registry, mix_of


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


def converted(
    dataset_dir: Path, registry: Registry, named: Sequence[str], purposes: Sequence[str] = ("train",)
) -> list[Converted]:
    """The named datasets in that order; or all of these purposes that are registered, the rarer groups first.

    Of two near-duplicates the first stays: a poem stays in the domain's dataset and leaves the 50,000 instructions.
    Raises SourceError for a name that no converter wrote or that has another purpose, and for a file that was changed.
    """
    if named:
        found = [_converted(dataset_dir, name) for name in dict.fromkeys(named)]
    else:
        names = sorted(
            (name for name in registry if _is_trained_on(registry, name)), key=lambda name: _rank(registry, name)
        )
        found = [_converted(dataset_dir, name) for name in names if _manifest_path(dataset_dir, name).exists()]
        found = [dataset for dataset in found if dataset.manifest["purpose"] in purposes]
        found = without_twins(found, registry)
    if not found:
        raise SourceError(
            str(dataset_dir), expected="datasets that were converted", found="none", remedy="python -m converters list"
        )
    for dataset in found:
        _require_purpose(dataset, purposes)
    return found


def without_twins(found: Sequence[Converted], registry: Registry) -> list[Converted]:
    """Of a dataset and its selections, which are the same lines twice, only those that have a weight; else the dataset.

    Without this `dedupe` would empty every selection.
    """
    weighing = {name for name in registry if mix_of(registry, name).get("weight")}
    made_from = {dataset.name: str(dataset.manifest.get("selected", {}).get("from", "")) for dataset in found}
    replaced: set[str] = set()
    for name in (name for name in made_from if name in weighing):
        while name := made_from.get(name, ""):
            replaced.add(name)
    idle = {name for name, original in made_from.items() if original} | replaced
    return [dataset for dataset in found if dataset.name in weighing or dataset.name not in idle]


def _is_trained_on(registry: Registry, name: str) -> bool:
    entry = registry[name]
    return mix_of(registry, name).get("group") in GROUPS or (isinstance(entry, dict) and bool(entry.get("ranking")))


def _rank(registry: Registry, name: str) -> int:
    group = mix_of(registry, name).get("group")
    return -GROUPS.index(group) if group in GROUPS else 1


def _require_purpose(dataset: Converted, purposes: Sequence[str]) -> None:
    purpose = dataset.manifest["purpose"]
    if purpose in purposes:
        return
    found = {"evaluation": "an evaluation set", "preference": "pairs to choose from"}.get(purpose, purpose)
    raise SourceError(
        dataset.name,
        expected="a dataset to train on",
        found=found,
        remedy="An evaluation set is measured with as it is; training data are cleaned of it by decontaminate.",
    )


def _manifest_path(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.manifest.json"


def _converted(dataset_dir: Path, name: str) -> Converted:
    path = _manifest_path(dataset_dir, name)
    manifest = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if "train" not in manifest.get("outputs", {}):
        raise SourceError(
            name,
            expected="a dataset that a converter wrote into this folder",
            found=_what_it_is(path, manifest),
            remedy="python -m converters list shows every source; mixtures are made of cleaned datasets afterwards.",
        )
    require_present(path, manifest)
    dataset = Converted(name, dataset_dir, manifest)
    found = "another content" if dataset.train.is_file() else "no such file"
    if found == "no such file" or sha256_of(dataset.train) != manifest["outputs"]["train"]["sha256"]:
        raise SourceError(
            str(dataset.train),
            expected="the file as its converter wrote it",
            found=found,
            remedy=f"Convert it again: python -m {manifest['created_by']}",
        )
    return dataset


def _what_it_is(path: Path, manifest: Mapping[str, Any]) -> str:
    if not path.exists():
        return f"no {path.name}"
    return "a selection of rows in a layout of your own" if "selection" in manifest else "a mixture"


def require_present(path: Path, manifest: Mapping[str, Any]) -> None:
    """Raises SourceError for a manifest that lacks what the present version writes."""
    missing = [key for key in ("family", "purpose", "group", "counts", "outputs") if key not in manifest]
    if missing or not all("given" in entry for entry in manifest["inputs"]):
        raise SourceError(
            str(path),
            expected="a manifest of the present version",
            found="one of an older version",
            remedy=f"Convert it again: python -m {manifest.get('created_by', 'converters list')}",
        )


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as stream:
        for line in stream:
            yield orjson.loads(line)


def turns_of(line: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """All that is said; of pairs to choose from, both answers."""
    return [*line["messages"], *(line[name] for name in ("chosen", "rejected") if name in line)]


def conversation(line: Mapping[str, Any]) -> tuple[str, str]:
    """(all turns, the answers) as normalised text; a system prompt is shared by thousands and takes no part."""
    spoken = [turn for turn in turns_of(line) if turn["role"] != "system"]
    return _joined(spoken), _joined(turn for turn in spoken if turn["role"] == "assistant")


def _joined(messages: Iterable[Mapping[str, str]]) -> str:
    return "\x1f".join(normalised(message["content"]) for message in messages)


class Offsets:
    """Where each line of a file begins, so that single ones can be read again; 8 bytes a line."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        sizes = np.fromiter(map(len, self._stream), dtype=np.uint64)
        self._starts = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(sizes, dtype=np.uint64)])

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
        lost = _move(dataset, removals, files)
        _recount(manifest, removals, lost)
        for part, path, change in (("train", dataset.train, -1), ("rejects", dataset.rejects, 1)):
            manifest["outputs"][part]["examples"] += change * len(removals)
            manifest["outputs"][part]["sha256"] = sha256_of(files.close(path))
    files.open(dataset.manifest_path).write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n")


@dataclass
class Lost:
    """What the lines that go were counted as."""

    characters: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


def _move(dataset: Converted, removals: Sequence[Removal], files: Staged) -> Lost:
    gone, lost = {removal.line: removal for removal in removals}, Lost()
    train, rejects = files.open_binary(dataset.train), files.open_binary(dataset.rejects)
    with dataset.rejects.open("rb") as before:
        shutil.copyfileobj(before, rejects)
    with dataset.train.open("rb") as stream:
        for number, line in enumerate(stream):
            removal = gone.get(number)
            if removal is None:
                train.write(line)
                continue
            example = orjson.loads(line)
            meta = example["meta"]
            rejects.write(reject_line(meta["file"], meta["record"], turns_of(example), removal.reason, removal.detail))
            lost.kinds.update([meta["kind"]] if meta["kind"] else [])
            lost.characters += sum(len(turn["content"]) for turn in example["messages"] if turn["role"] == "assistant")
    return lost


def _recount(manifest: dict[str, Any], removals: Sequence[Removal], lost: Lost) -> None:
    counts = manifest["counts"]
    counts["examples"] -= len(removals)
    counts["train"] -= len(removals)
    reasons = Counter(counts["rejected"]) + Counter(removal.reason for removal in removals)
    counts["rejected"] = dict(sorted(reasons.items()))
    counts["kinds"] = dict(sorted((Counter(counts["kinds"]) - lost.kinds).items()))
    manifest["answer_characters"] -= lost.characters
