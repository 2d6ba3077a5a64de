"""SOURCES -> dataset_info.json: what LLaMA-Factory, its web UI and the mixtures know of our datasets.

Beside it `prosody.json`, the tones and rhymes by which verse is measured (`poems.tone_table`).

Merging never undoes a user: weights, ratios, totals, seeds, shortage policies, `protected` and foreign entries stay.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from converters.contract import GROUPS, Dataset, Source, SourceError
from converters.files import staged
from converters.mixing.registry import FORMAT, REGISTRY, no_registry, read_registry
from converters.poems import tone_table
from converters.registry import SOURCES

# The parts of each stage, in the order foundation : task : domain of the plan.
MIXTURES: dict[str, dict[str, int]] = {
    "foundation": {"foundation": 1},
    "task": {"foundation": 7, "task": 3},
    "domain": {"foundation": 5, "task": 3, "domain": 2},
}
TOTAL = 80_000
SEED = 42

Entry = dict[str, Any]


def generated(*named: Source) -> dict[str, Entry]:
    """The catalogue of an empty folder: datasets and evaluation sets in registry order, then mixtures.

    `named` are sources with datasets of the user's: of another name, or not catalogued.
    """
    entries: dict[str, Entry] = {}
    for source in (source for source in SOURCES if source.catalogued):
        entries |= _source_entries(source)
    for stage in GROUPS:
        entries[f"{stage}_mix"] = _mixture_entry(stage)
    for source in named:
        entries |= {name: entry for name, entry in _source_entries(source).items() if name not in entries}
    return entries


def _source_entries(source: Source) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for dataset in source.datasets:
        if dataset.purpose == "evaluation":
            entries[dataset.name] = _eval_entry(source, dataset, dataset.name)
        elif dataset.purpose == "preference":
            entries[dataset.name] = _preference_entry(source, dataset)
        else:
            entries[dataset.name] = _train_entry(source, dataset)
            entries[f"{dataset.name}_eval"] = _eval_entry(source, dataset, f"{dataset.name}_eval")
    return entries


def _file_keys(name: str) -> Entry:
    return {"file_name": f"data/{name}.jsonl", **FORMAT}


def _train_entry(source: Source, dataset: Dataset) -> Entry:
    mix = {"group": source.group_of(dataset), "weight": dataset.weight}
    return {**_file_keys(dataset.name), "mix": mix, "licence": source.licence, "origin": source.origin}


def _preference_entry(source: Source, dataset: Dataset) -> Entry:
    # no "mix": a mixture is of conversations, and DPO reads its pairs from this file
    keys = _file_keys(dataset.name)
    columns = keys["columns"] | {"chosen": "chosen", "rejected": "rejected"}
    return {**keys, "ranking": True, "columns": columns, "licence": source.licence, "origin": source.origin}


def _eval_entry(source: Source, dataset: Dataset, name: str) -> Entry:
    # forgetting of the domain itself is no loss to guard against: it is what the last stage teaches
    stage = source.group_of(dataset)
    evaluation = {"task": dataset.eval_task, "stage": stage, "protected": stage != "domain"}
    return {
        **_file_keys(name),
        "eval": evaluation,
        "licence": source.licence,
        "origin": source.origin,
    }


def _mixture_entry(stage: str) -> Entry:
    mix = {"stage": stage, "ratio": MIXTURES[stage], "total": TOTAL, "seed": SEED, "on_shortage": "error"}
    return {**_file_keys(f"{stage}_mix"), "mix": mix}


# What the user may have changed in our entries; everything else in `generated` is ours.
_USERS = {"mix": {"weight", "ratio", "total", "seed", "on_shortage"}, "eval": {"protected"}}


def merged(existing: Mapping[str, Entry], *named: Source) -> dict[str, Entry]:
    """The generated catalogue with the user's values in it, then the user's own entries in their order."""
    ours = generated(*named)
    entries = {name: _merged_entry(name, entry, existing.get(name)) for name, entry in ours.items()}
    return entries | {name: entry for name, entry in existing.items() if name not in ours}


def _merged_entry(name: str, ours: Entry, theirs: Entry | None) -> Entry:
    if theirs is None:
        return ours
    if theirs.get("file_name") != ours["file_name"]:
        raise SourceError(
            f"{REGISTRY}, entry '{name}'",
            expected=f"our dataset of that name, in {ours['file_name']}",
            found=f"another dataset: {json.dumps(theirs, ensure_ascii=False)[:160]}",
            remedy="Rename that entry; nothing was changed.",
        )
    entry = {**ours, **{key: value for key, value in theirs.items() if key not in ours}}
    for section in ("mix", "eval"):
        if section in ours:
            entry[section] = _merged_section(section, ours[section], theirs.get(section))
    return entry


def _merged_section(section: str, ours: Entry, theirs: Any) -> Entry:
    if not isinstance(theirs, dict):
        return ours
    kept = {key: value for key, value in theirs.items() if key not in ours or key in _USERS[section]}
    return {**ours, **kept}


def render(entries: Mapping[str, Entry]) -> str:
    # ASCII: LLaMA-Factory opens the file without naming an encoding
    return json.dumps(entries, ensure_ascii=True, indent=2) + "\n"


def load(dataset_dir: Path) -> dict[str, Entry]:
    """The catalogue of a folder, or {} if there is none. Raises SourceError if it is not a JSON object of objects."""
    path = dataset_dir / REGISTRY
    entries = read_registry(dataset_dir) if path.exists() else {}
    if not all(isinstance(entry, dict) for entry in entries.values()):
        raise no_registry(path, "another JSON value")
    return entries


def updated(dataset_dir: Path, *named: Source) -> str:
    return render(merged(load(dataset_dir), *named))


def write(dataset_dir: Path) -> int:
    """Bring the catalogue and the table of tones up to date and return the number of entries."""
    text = updated(dataset_dir)
    with staged(dataset_dir) as files:
        files.open(dataset_dir / REGISTRY).write(text)
        files.open(dataset_dir / tone_table.TABLE).write(tone_table.rendered())
    return len(json.loads(text))


def difference(dataset_dir: Path) -> str:
    """What `write` would change, as a diff; "" if nothing. The order of entries is the user's and no difference."""
    path = dataset_dir / REGISTRY
    existing = load(dataset_dir)
    if existing and not path.read_bytes().isascii():
        return f"{path}: characters outside ASCII, which LLaMA-Factory may be unable to read\n"
    before, after = (
        json.dumps(entries, indent=2, sort_keys=True).splitlines(keepends=True)
        for entries in (existing, merged(existing))
    )
    return "".join(difflib.unified_diff(before, after, fromfile=str(path), tofile="generated from the registry"))


def has_stale_table(dataset_dir: Path) -> bool:
    """True where the table of tones that lies there is not ours. A folder that only datasets went to has none."""
    path = dataset_dir / tone_table.TABLE
    return path.exists() and path.read_bytes() != tone_table.rendered().encode()
