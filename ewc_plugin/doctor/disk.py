"""Is there room for what the recipes will write? Free space beside models to fetch, checkpoints, results and anchors.

The sizes are estimates from the model's configuration, or from the number in its name, and are said to be.
"""

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.doctor import hub
from ewc_plugin.doctor.case import Case, installed
from ewc_plugin.doctor.finding import Finding, note, ok, problem, size
from ewc_plugin.doctor.recipes import MODEL, Recipe, cached, is_hub_name, read

# bytes a parameter
SAVED, TRAINING = 2, 12  # weights in half precision; float32 weights or masters and Adam's two moments
ADAPTER, ANCHOR = 4, 8  # an adapter is saved in float32; F and θ* beside what is saved
MANY = 10  # checkpoints of a recipe that sets no save_total_limit
ROOM = 2 * 10**9  # what a run needs besides: logs, tokenised data, predictions


@dataclass(frozen=True)
class Model:
    """Parameters as a model's files or its name tell them, and its sizes where its configuration is at hand."""

    name: str
    parameters: float
    config: Mapping[str, Any] | None
    to_fetch: bool


def findings(case: Case) -> list[Finding]:
    places, unknown = _wanted(case)
    found = []
    for folders in _by_device(places):
        free = shutil.disk_usage(_existing(folders[0])).free
        shown = dict.fromkeys("this folder" if not folder.is_absolute() else str(folder) for folder in folders)
        found.append(_compared(" and ".join(shown), free, sum(places[folder] for folder in folders)))
    if unknown:
        found.append(note(f"not reckoned, since the size of the model is unknown: {', '.join(unknown)}"))
    return found


def _compared(named: str, free: int, needed: float) -> Finding:
    text = f"{size(free)} free for {named}"
    if not needed:
        return ok(text) if free > ROOM else problem(f"only {text}", "df -h .   # and free some")
    text += f"; the recipes write about {size(needed)} (estimated)"
    if free > needed + ROOM:
        return ok(text)
    return problem(
        text,
        "# on another disk: output_dir=/data/saves/… behind llamafactory-cli train RECIPE, export HF_HOME=/data/hf",
        "# or less: save_total_limit: 1, save_only_model: true",
    )


def _by_device(folders: Iterable[Path]) -> list[list[Path]]:
    found: dict[int, list[Path]] = {}
    for folder in folders:
        found.setdefault(_existing(folder).stat().st_dev, []).append(folder)
    return list(found.values())


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    whole = folder.absolute()
    return next(p for p in (whole, *whole.parents) if p.is_dir())


def _wanted(case: Case) -> tuple[dict[Path, float], list[str]]:
    """Bytes that will be written in each folder, and the recipes that cannot be reckoned.

    Of the variants of a stage only those are counted that are named, or lie nearest: nobody trains all of them.
    """
    places: dict[Path, float] = {Path(): 0.0, hub.cache(case): 0.0}
    recipes = _nearest(case) if installed("yaml") else []
    made = {Path(str(r.keys["output_dir"])).as_posix() for r in recipes if r.keys.get("output_dir")}
    unknown, fetched = [], set()
    for recipe in recipes:
        model = _model(case, str(recipe.keys.get(MODEL, "")), made)
        if model is None:
            unknown.append(recipe.path.as_posix())
            continue
        folder = Path(str(recipe.keys.get("output_dir") or recipe.keys.get("export_dir") or "."))
        places[folder] = places.get(folder, 0.0) + written(recipe.keys, model)
        if model.to_fetch and model.name not in fetched:
            fetched.add(model.name)
            places[hub.cache(case)] += SAVED * model.parameters
    return places, unknown


def _nearest(case: Case) -> list[Recipe]:
    nearest = min((len(path.parts) for path in case.recipes), default=0)
    return read([path for path in case.recipes if len(path.parts) == nearest])[0]


def written(keys: Mapping[str, Any], model: Model) -> float:
    """Bytes that a recipe leaves at most: its checkpoints, one more while it is written, its result and its anchor."""
    if keys.get("export_dir"):
        return SAVED * model.parameters
    if not keys.get("do_train") or _is_there(keys):
        return 0.0
    lora = keys.get("finetuning_type", "lora") == "lora"
    trained = adapter(keys, model) if lora else model.parameters
    result = trained * (ADAPTER if lora else SAVED)
    checkpoint = result if keys.get("save_only_model") else result + TRAINING * trained
    kept = 0 if str(keys.get("save_strategy", "steps")) in ("no", "False") else 1 + _limit(keys)
    anchor = ANCHOR * trained if keys.get("ewc_save") or keys.get("ewc_estimate") else 0
    return kept * checkpoint + result + anchor


def _limit(keys: Mapping[str, Any]) -> int:
    return int(keys.get("save_total_limit") or MANY)


def _is_there(keys: Mapping[str, Any]) -> bool:
    """A stage that has ended takes no more room than it has."""
    folder = Path(str(keys.get("output_dir", "")))
    return (folder / "train_results.json").is_file()


def adapter(keys: Mapping[str, Any], model: Model) -> float:
    """Weights of a LoRA adapter on all linear layers: r·(inputs + outputs) of each."""
    rank, config = int(keys.get("lora_rank", 8)), model.config
    try:
        return rank * _widths(config) if config else model.parameters * rank / 1600
    except KeyError:
        return model.parameters * rank / 1600  # a hundredth at rank 16: more than any width above 2,000 gives


def _widths(config: Mapping[str, Any]) -> float:
    hidden, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head = config.get("head_dim") or hidden // heads
    queries, keys = heads * head, config.get("num_key_value_heads", heads) * head
    attention = 2 * (hidden + queries) + 2 * (hidden + keys)
    return float(config["num_hidden_layers"] * (attention + 3 * (hidden + inner)))


# -- the model -------------------------------------------------------------------------------------------------


def _model(case: Case, name: str, made: set[str]) -> Model | None:
    folder: Path | None = Path(name).expanduser()
    if folder is None or not folder.is_dir():
        folder = cached(case, name)
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors")) if folder else 0
    if folder is not None and weights:
        config = _config(folder)
        width = 4 if (config or {}).get("torch_dtype", (config or {}).get("dtype")) == "float32" else 2
        return Model(name, weights / width, config, to_fetch=False)
    billions = re.search(r"(?<![\d.])(\d+(?:\.\d+)?)b\b", name.lower())
    if billions is None or not is_hub_name(name, made):
        return None
    return Model(name, float(billions[1]) * 1e9, None, to_fetch=True)


def _config(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
