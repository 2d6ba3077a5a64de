"""Can the recipes be read, and are the models, adapters, anchors and datasets there that they name?"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.arguments import KEYS, several
from ewc_plugin.doctor import hub
from ewc_plugin.doctor.case import Case, installed
from ewc_plugin.doctor.finding import Finding, note, ok, pip, problem

INIT = "python -m ewc_plugin init"
MODEL, MADE = "model_name_or_path", ("output_dir", "export_dir")
FOLDERS = (MODEL, "adapter_name_or_path", "ewc_anchor")
FILES = ("deepspeed",)
DATASETS = ("dataset", "eval_dataset", "ewc_fisher_dataset")
HUB_NAME = re.compile(r"^[\w.-]+/[\w.-]+$")
SHOWN = 3


@dataclass(frozen=True)
class Recipe:
    """A YAML of LLaMA-Factory; `comments` say what it needs."""

    path: Path
    keys: Mapping[str, Any]
    comments: str


def findings(case: Case) -> list[Finding]:
    if not case.recipes:
        return [note("no recipes here", INIT)]
    if not installed("yaml"):
        return [problem("pyyaml is not installed, so recipes cannot be read", pip("pyyaml"))]
    recipes, found = read(case.recipes)
    found += [finding for recipe in recipes for finding in _keys(recipe)]
    found += [finding for recipe in recipes for finding in _datasets(recipe)]
    found += _places(case, recipes)
    return [*([ok(f"{len(recipes)} recipes can be read")] if recipes else []), *found]


def read(paths: Sequence[Path]) -> tuple[list[Recipe], list[Finding]]:
    """The recipes, and a problem for each file that is none."""
    import yaml

    recipes, found = [], []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
            keys = yaml.safe_load(text)
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            said = " ".join(str(error).split())
            found.append(problem(f"{path} cannot be read: {said}", f"# mend {path}, saved as UTF-8"))
            continue
        if not isinstance(keys, dict):
            found.append(problem(f"{path} is no recipe: expected lines of `key: value`", f"# mend {path}"))
            continue
        comments = "\n".join(line for line in text.splitlines() if line.lstrip().startswith("#"))
        recipes.append(Recipe(path, keys, comments))
    return recipes, found


# -- keys and datasets -----------------------------------------------------------------------------------------


def _keys(recipe: Recipe) -> list[Finding]:
    """Keys that look like ours and are not; of others only the host knows whether they exist."""
    found = []
    for key in recipe.keys:
        close = difflib.get_close_matches(str(key), KEYS, n=1, cutoff=0.8)
        if key not in KEYS and str(key).startswith(("ewc_", "stage_eval")):
            meant = f"# did you mean {close[0]}?" if close else "llamafactory-cli train -h"
            found.append(problem(f"{recipe.path}: unknown key {key}", meant))
    return found


def _datasets(recipe: Recipe) -> list[Finding]:
    """Names that the registry lacks; whether its files are built is said with the registry."""
    folder = Path(str(recipe.keys.get("dataset_dir", "data")))
    entries = mixture.registry(folder)
    names = [name for key in DATASETS for name in several(recipe.keys.get(key))] if entries else []
    found = []
    # what the recipe itself says how to make (`python -m converters custom …`) is not misspelt
    for name in dict.fromkeys(
        n for n in names if n not in entries and not re.search(rf"\b{re.escape(n)}\b", recipe.comments)
    ):
        close = difflib.get_close_matches(name, entries, n=1)
        meant = f"# did you mean {close[0]}?" if close else "python -m converters catalog"
        found.append(problem(f"{recipe.path}: dataset {name} is not in {folder / mixture.REGISTRY}", meant))
    return found


# -- models, adapters, anchors ---------------------------------------------------------------------------------


def _places(case: Case, recipes: Sequence[Recipe]) -> list[Finding]:
    made = {_normal(recipe.keys[key]) for recipe in recipes for key in MADE if recipe.keys.get(key)}
    comments = "\n".join(recipe.comments for recipe in recipes)
    waiting, found = [], []
    from_hub: dict[str, Recipe] = {}
    for recipe in recipes:
        for key, name in _named(recipe):
            if Path(name).expanduser().exists():
                continue
            if key == MODEL and is_hub_name(name, made):
                from_hub.setdefault(name, recipe)
            elif _normal(name) in made or name in comments:
                waiting.append((recipe, name))
            else:
                found.append(problem(f"{recipe.path}: {key}: {name} does not exist", f"# mend {key} in {recipe.path}"))
    return [*found, *_waiting(waiting), *_from_hub(case, from_hub)]


def _named(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for key in (*FOLDERS, *FILES):
        given = recipe.keys.get(key)
        for name in several(given) if not isinstance(given, dict) else []:
            yield key, name


def is_hub_name(name: str, made: set[str]) -> bool:
    """`google/gemma-2-9b`, but not `saves/foundation`: there is, or will be, a folder of that name."""
    above = name.split("/")[0]
    own = Path(above).is_dir() or any(folder.split("/")[0] == above for folder in made)
    return bool(HUB_NAME.match(name)) and not own


def _normal(name: Any) -> str:
    return Path(str(name)).as_posix()


def _waiting(pairs: Sequence[tuple[Recipe, str]]) -> list[Finding]:
    """Neither an error nor ready: their own comments, or another recipe, say where it comes from."""
    if not pairs:
        return []
    by_place: dict[str, list[str]] = {}
    for recipe, name in pairs:
        by_place.setdefault(name, []).append(recipe.path.as_posix())
    shown = [f"{paths[0]} for {name}" for name, paths in list(by_place.items())[:SHOWN]]
    more = len({recipe.path for recipe, _ in pairs}) - len(shown)
    return [note("waiting for an earlier step: " + ", ".join(shown) + (f" and {more} more" if more > 0 else ""))]


def _from_hub(case: Case, names: Mapping[str, Recipe]) -> list[Finding]:
    absent = [name for name in names if cached(case, name) is None]
    there = [name for name in names if name not in absent]
    found = [ok(f"models in the cache: {', '.join(there)}")] if there else []
    if not absent:
        return found
    if hub.offline(case):
        text = f"models that are neither here nor in the cache, while HF_HUB_OFFLINE is set: {', '.join(absent)}"
        return [*found, problem(text, "unset HF_HUB_OFFLINE")]
    return [*found, note(f"fetched when first used: {', '.join(absent)}")]


def cached(case: Case, name: str) -> Path | None:
    """The folder of a hub's model in the cache, if it was downloaded."""
    folder = hub.cache(case)
    if hub.modelscope(case):
        places = [folder / middle / name for middle in ("models", "hub/models", "hub", "")]
        return next((p for p in places if (p / "config.json").is_file()), None)
    snapshots = folder / f"models--{name.replace('/', '--')}" / "snapshots"
    return next((p.parent for p in sorted(snapshots.glob("*/config.json"))), None)
