"""Whether a mixture on disk is what the registry and the files ask for now; reads JSON and files, changes nothing.

A mixture is stale unless all of these hold; another program can check them from JSON and files alone:
1. `data/<mixture>.manifest.json` exists and the file of `output` has its sha256;
2. `registry` of the manifest equals `registry_state` of dataset_info.json now: the mixture's own `mix` object, file,
   format, group and weight of every dataset with a weight above 0 in the groups of `ratio`, and the file_name of
   every entry with an `eval` key whose file exists;
3. every file of `inputs` and `evaluation_sets` has its sha256.
Paths are relative to the dataset folder. What the command line overrode for one build stands in the manifest's
top level (`total`, `ratio` …) and makes nothing stale; `registry.mixture` is what the entry said then.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from converters.files import sha256_of
from converters.mixing.manifest import manifest_path, registry_state
from converters.mixing.members import has_lines
from converters.mixing.registry import Registry, mix_of
from converters.mixing.settings import output_file


def stale_reasons(
    registry: Registry, name: str, *, dataset_dir: Path, asked: Mapping[str, Any] | None = None
) -> list[str]:
    """Why a mixture must be built again, one line a reason; empty when it is up to date.

    `asked` are settings of the command line, which must then be those of the build.
    """
    file_name = output_file(registry, name)
    path = manifest_path(dataset_dir, file_name)
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return [
            *_otherwise_built(manifest, _plain(asked or {})),
            *_differences(manifest, registry, name, file_name, dataset_dir),
        ]
    except OSError:
        return [f"{path}: no such file (the mixture was not built)"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [f"{path}: it is not a manifest of ours"]


def _otherwise_built(manifest: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    for key, value in asked.items():
        if manifest[key] != value:
            yield f"the build: {key} was {json.dumps(manifest[key])}, asked for {json.dumps(value)}"


def _differences(
    manifest: Mapping[str, Any], registry: Registry, name: str, file_name: str, dataset_dir: Path
) -> Iterator[str]:
    output, before = manifest["output"], manifest["registry"]
    if output["file"] != file_name:
        yield f"{file_name}: the manifest is of {output['file']}"
    yield from _changed_file(dataset_dir, file_name, output["sha256"], what="the mixture")
    now = registry_state(registry, name, manifest["ratio"], dataset_dir=dataset_dir)
    yield from _changed_keys("mix", before["mixture"], now["mixture"])
    for dataset in before["datasets"] | now["datasets"]:
        yield from _changed_entry(dataset, before["datasets"].get(dataset), now["datasets"].get(dataset))
    for dataset in before["evaluation_sets"] | now["evaluation_sets"]:
        was, is_ = before["evaluation_sets"].get(dataset), now["evaluation_sets"].get(dataset)
        if was != is_:
            yield f"evaluation set {dataset}: {'was not there' if was is None else was}, now {is_ or 'gone'}"
    for left_out in manifest.get("left_out", ()):
        if has_lines(registry, left_out, dataset_dir):
            yield f"dataset {left_out}: had no example then and has some now"
    for row in manifest["inputs"]:
        yield from _changed_file(dataset_dir, row["file"], row["sha256"], what=f"input {row['dataset']}")
    for row in manifest["evaluation_sets"]:
        if row["dataset"] in now["evaluation_sets"]:
            yield from _changed_file(dataset_dir, row["file"], row["sha256"], what=f"evaluation set {row['dataset']}")


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the manifest has them: a group of ratio 0 is left out."""
    ratio = {group: share for group, share in settings.get("ratio", {}).items() if share}
    return {**settings, "ratio": ratio} if ratio else dict(settings)


def _changed_file(dataset_dir: Path, file_name: str, sha256: str, *, what: str) -> Iterator[str]:
    path = dataset_dir / file_name
    if not path.is_file():
        yield f"{what}: {file_name} is gone"
    elif sha256_of(path) != sha256:
        yield f"{what}: {file_name} was changed"


def _changed_entry(dataset: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[str]:
    if was is None:
        yield f"dataset {dataset}: takes part now and did not then"
    elif now is None:
        yield f"dataset {dataset}: took part and does not now"
    else:
        yield from _changed_keys(f"dataset {dataset}", was, now)


def _changed_keys(what: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in {**was, **now}:
        if was.get(key) != now.get(key):
            yield f"{what}: {key} was {json.dumps(was.get(key))}, now {json.dumps(now.get(key))}"


def overrides(registry: Registry, name: str, dataset_dir: Path) -> list[str]:
    """What the command line decided in the build of a fresh mixture and the registry says otherwise."""
    path = manifest_path(dataset_dir, output_file(registry, name))
    manifest = json.loads(path.read_text(encoding="utf-8"))
    entry = {key: value for key, value in _plain(mix_of(registry, name)).items() if manifest.get(key) != value}
    return [
        f"built with {key} {json.dumps(manifest.get(key))}; the registry says {json.dumps(value)}"
        for key, value in entry.items()
    ]
