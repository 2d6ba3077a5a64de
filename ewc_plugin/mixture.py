"""What does a recipe train on? The registry entry and manifest of a mixture, read as JSON; nothing is imported.

A mixture that was not built, or whose inputs changed since, stops the run with the command to type.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import workplace
from ewc_plugin.errors import EwcError

REGISTRY = "dataset_info.json"
HOW = "python -m converters list (rows of your own: python -m converters custom FILE)"


@dataclass(frozen=True)
class Mixture:
    """A dataset of the registry that `python -m converters mix` writes."""

    name: str
    stage: str | None
    path: Path
    manifest: Mapping[str, Any]

    @property
    def groups(self) -> dict[str, str]:
        """Dataset → group, for every dataset in the mixture."""
        return {entry["dataset"]: entry["group"] for entry in self.manifest["inputs"]}


def registry(dataset_dir: Path) -> dict[str, Any]:
    """`dataset_info.json`, or nothing if it cannot be read: the host explains that by itself."""
    try:
        found = json.loads((dataset_dir / REGISTRY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_mixture(entry: Any) -> bool:
    return isinstance(entry, dict) and "ratio" in entry.get("mix", {})


def group_of(names: Sequence[str], entries: Mapping[str, Any]) -> str | None:
    """The group that every one of these datasets belongs to; None where they differ or one has none."""
    mixes = [entry.get("mix", {}) if isinstance(entry := entries.get(name), dict) else {} for name in names]
    groups = {mix.get("group") for mix in mixes if isinstance(mix, dict)}
    return str(groups.pop()) if len(groups) == 1 and None not in groups else None


def manifest_path(entry: Mapping[str, Any], dataset_dir: Path) -> Path:
    return (dataset_dir / str(entry["file_name"])).with_suffix(".manifest.json")


def problems(names: Sequence[str], dataset_dir: Path) -> list[str]:
    """One sentence for each mixture among `names` that cannot be trained on as it is."""
    entries = registry(dataset_dir)
    found = [_problem(name, entries, dataset_dir) for name in names if is_mixture(entries.get(name))]
    return [sentence for sentence in found if sentence]


def unconverted(names: Sequence[str], dataset_dir: Path) -> list[str]:
    """One sentence for each of `names` that this folder does not have, or a single one where it has no registry."""
    if sentence := workplace.no_registry(dataset_dir):
        return [sentence]
    entries = registry(dataset_dir)
    found = [_absence(name, entries, dataset_dir) for name in names] if entries else []
    return [f"{sentence}; convert its source first: {HOW}" for sentence in found if sentence]


def _absence(name: str, entries: Mapping[str, Any], dataset_dir: Path) -> str:
    entry = entries.get(name)
    if not isinstance(entry, dict):
        return f"dataset {name} is not in {dataset_dir / REGISTRY}"
    file = dataset_dir / str(entry.get("file_name", ""))  # without one it is of a hub, and the host looks there
    return "" if is_mixture(entry) or file.exists() else f"dataset {name} has not been converted ({file} is absent)"


def unfit_for_fisher(names: Sequence[str], dataset_dir: Path) -> list[str]:
    """One sentence for each of `names` (ewc_fisher_dataset) that F cannot be estimated on."""
    entries = registry(dataset_dir)
    if not entries:  # a hub instead of a folder: the host looks there
        return []
    found = [_unfit(name, entries, dataset_dir) for name in names]
    return [sentence for sentence in found if sentence] + problems(names, dataset_dir)


def _unfit(name: str, entries: Mapping[str, Any], dataset_dir: Path) -> str:
    entry = entries.get(name)
    if not isinstance(entry, dict):
        close = difflib.get_close_matches(name, entries, n=1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        chats = [n for n, e in entries.items() if isinstance(e, dict) and not e.get("ranking")]
        return f"ewc_fisher_dataset: {name} is not in {dataset_dir / REGISTRY}{meant}; it has {', '.join(chats)}"
    if entry.get("ranking"):
        return f"ewc_fisher_dataset: {name} holds preferences (ranking: true); expected conversations with one answer"
    file = entry.get("file_name")
    if file and not is_mixture(entry) and not (dataset_dir / str(file)).exists():
        return f"ewc_fisher_dataset: {name} has not been built ({dataset_dir / str(file)} is absent)"
    return ""


def _problem(name: str, entries: Mapping[str, Any], dataset_dir: Path) -> str:
    entry = entries[name]
    command = f"python -m converters mix {name}"
    if dataset_dir != Path("dataset_info"):
        command += f" --dataset-dir {dataset_dir}"
    data, manifest = dataset_dir / str(entry["file_name"]), manifest_path(entry, dataset_dir)
    if not data.is_file() or not manifest.is_file():
        absent = data if not data.is_file() else manifest
        return f"mixture {name} has not been built ({absent} is absent): {command}"
    try:
        made = json.loads(manifest.read_text(encoding="utf-8"))
        changed = _changes(made, name, entries, dataset_dir)
    except (ValueError, KeyError, TypeError) as error:
        return f"mixture {name}: {manifest} cannot be read ({error}): {command}"
    return f"mixture {name} is stale ({'; '.join(changed)}): {command}" if changed else ""


def _changes(made: Mapping[str, Any], name: str, entries: Mapping[str, Any], dataset_dir: Path) -> list[str]:
    """Differences between a mixture and what it would be now; the rule stands in `converters.mixing.staleness`."""
    data = dataset_dir / str(entries[name]["file_name"])
    changed = [
        f"{source['file']} changed since"
        for source in [*made["inputs"], *made["evaluation_sets"]]
        if sha256(dataset_dir / source["file"]) != source["sha256"]
    ]
    if sha256(data) != made["output"]["sha256"]:
        changed.append(f"{data.name} is not what its manifest describes")
    was = made["registry"]
    if was["mixture"] != entries[name]["mix"]:
        changed.append("its own entry in the registry changed")
    for dataset, before in was["datasets"].items():
        now = entries.get(dataset, {})
        state = {**now.get("mix", {}), **now}
        changed += [f"{dataset}: {key} changed" for key, value in before.items() if state.get(key) != value]
    new = [n for n, e in entries.items() if _takes_part(e, made["ratio"]) and n not in was["datasets"]]
    changed += [f"{dataset} takes part now" for dataset in new]
    built = {n: e["file_name"] for n, e in entries.items() if _is_built_set(e, dataset_dir)}
    changed += [f"evaluation set {n} is new" for n in built if n not in was["evaluation_sets"]]
    return changed


def _takes_part(entry: Any, ratio: Mapping[str, float]) -> bool:
    own = entry.get("mix", {}) if isinstance(entry, dict) else {}
    return own.get("group") in ratio and own.get("weight") != 0


def _is_built_set(entry: Any, dataset_dir: Path) -> bool:
    return isinstance(entry, dict) and "eval" in entry and (dataset_dir / str(entry.get("file_name"))).is_file()


def sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find(names: Sequence[str], dataset_dir: Path) -> Mixture | None:
    """The mixture that is trained on, if there is one and nothing else."""
    entry = registry(dataset_dir).get(names[0]) if len(names) == 1 else None
    if not is_mixture(entry):
        return None
    assert entry is not None
    manifest = json.loads(manifest_path(entry, dataset_dir).read_text(encoding="utf-8"))
    stage = manifest.get("stage") or entry["mix"].get("stage")
    return Mixture(names[0], stage, dataset_dir / str(entry["file_name"]), manifest)


def row_groups(mixture: Mixture, rows: int) -> list[str]:
    """The group of each of the first `rows` examples. Raises EwcError."""
    groups = mixture.groups
    try:
        with mixture.path.open(encoding="utf-8") as lines:
            found = [groups[_dataset(json.loads(line))] for line, _ in zip(lines, range(rows), strict=False)]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise EwcError(
            f"mixture {mixture.name}, {mixture.path}",
            expected="the file that was trained on",
            found=f"{type(problem).__name__}: {problem}",
            remedy="trained_on.json is left out; weights, anchor and evaluation are there. Leave the file as it is "
            "while a stage runs.",
        ) from problem
    return found


def _dataset(line: Mapping[str, Any]) -> str:
    """Which dataset a line was taken from; mixtures of earlier versions tell it by the beginning of an id alone."""
    return str(line.get("dataset") or line["id"].rpartition(":")[0])
