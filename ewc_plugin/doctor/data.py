"""Is there something to train on and to measure with? The registry, its mixtures and its evaluation sets."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.doctor.case import Case
from ewc_plugin.doctor.finding import Finding, note, ok, problem

GENERAL = "general"
INIT = "python -m ewc_plugin init"
ELSEWHERE = "# or, where it is elsewhere: python -m ewc_plugin doctor --dataset-dir FOLDER"
SHOWN = 4


def findings(case: Case) -> list[Finding]:
    folder = case.dataset_dir
    path = folder / mixture.REGISTRY
    if not path.is_file():
        return [problem(f"{path} is absent", INIT, ELSEWHERE)]
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [problem(f"{path} cannot be read: {error}", "python -m converters catalog")]
    if not isinstance(entries, dict):
        return [problem(f"{path} is no registry: a JSON object is expected", "python -m converters catalog")]
    built = {n for n, e in entries.items() if isinstance(e, dict) and _is_built(e, folder)}
    return [*_datasets(entries, built), *_mixtures(entries, built, folder), *_sets(entries, built)]


def _is_built(entry: Mapping[str, Any], folder: Path) -> bool:
    file = entry.get("file_name")
    return bool(file) and (folder / str(file)).exists()


def _datasets(entries: Mapping[str, Any], built: set[str]) -> list[Finding]:
    """What was converted for training."""
    names = [n for n, e in entries.items() if isinstance(e, dict) and _group(e)]
    have = [n for n in names if n in built]
    if not have:
        return [note("nothing is converted yet", "python -m converters list", "python -m converters SOURCE FILE")]
    return [ok(f"{len(have)} of {len(names)} training datasets are converted")]


def _group(entry: Mapping[str, Any]) -> str:
    mix = entry.get("mix")
    return str(mix.get("group", "")) if isinstance(mix, dict) else ""


def _mixtures(entries: Mapping[str, Any], built: set[str], folder: Path) -> list[Finding]:
    names = [name for name, entry in entries.items() if mixture.is_mixture(entry)]
    have_data = {_group(e) for n, e in entries.items() if n in built} - {""}
    ready = [name for name in names if name in built]
    found, well = [], []
    for name in names:
        asked = {group for group, share in entries[name]["mix"]["ratio"].items() if share}
        if name not in built and not asked <= have_data:
            continue  # the command would lack a whole group: what is to be converted first stands above
        sentences = mixture.problems([name], folder)
        if not sentences:
            well.append(name)
        for sentence in sentences:
            what, _, command = sentence.rpartition(": python -m ")
            found.append(problem(what, f"python -m {command}" + " --on-missing skip" * (name not in ready)))
    return ([ok(f"mixtures up to date: {', '.join(well)}")] if well else []) + found


def _sets(entries: Mapping[str, Any], built: set[str]) -> list[Finding]:
    sets = {n: e["eval"] for n, e in entries.items() if isinstance(e, dict) and isinstance(e.get("eval"), dict)}
    have = [n for n in sets if n in built]
    if not have:
        return [note("no evaluation set is built: stage_eval will stop", "python -m converters list")]
    by_stage: dict[str, int] = {}
    for name in have:
        stage = str(sets[name].get("stage"))
        by_stage[stage] = by_stage.get(stage, 0) + 1
    found = [ok(f"evaluation sets: {', '.join(f'{count} {stage}' for stage, count in by_stage.items())}")]
    if GENERAL not in by_stage:
        text = "no general set (English, arithmetic, refusals): what no stage trains would be lost unseen"
        found.append(note(text, "python -m converters general   # its small set comes with the package"))
    return found
