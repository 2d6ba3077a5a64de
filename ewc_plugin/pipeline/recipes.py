"""Which stages were asked for, with which keys? Words of the command line -> recipes as LLaMA-Factory reads them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin.errors import ArgumentsError, EwcError

KEY = re.compile(r"(?:(?P<stage>[^=]+)\.)?(?P<key>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
ENDINGS = (".yaml", ".yml", ".json")  # what the host takes for a recipe
# keys that every stage has its own of, and why
OF_ONE_STAGE = {
    "output_dir": "every stage has its own",
    "export_dir": "it is of the export alone",
    "dataset": "every stage has its own mixture",
    "adapter_name_or_path": "each stage continues from the one before",
    "ewc_anchor": "each stage is held to the one before",
    "ewc_fisher_dataset": "every stage has its own data",
    "resume_from_checkpoint": "a checkpoint is of one stage",
    "tokenized_path": "every stage has its own data",
}


@dataclass(frozen=True)
class Stage:
    """A recipe and the keys that it is started with; `name` stands before the dot of STAGE.key=value."""

    name: str
    recipe: Path
    words: tuple[str, ...]  # key=value, for the command line
    keys: dict[str, Any]  # the recipe's with the words'

    @property
    def verb(self) -> str:
        return "export" if self.keys.get("export_dir") else "train"

    @property
    def output(self) -> Path:
        return Path(str(self.keys.get("export_dir") or self.keys.get("output_dir") or ""))

    @property
    def continues_from(self) -> list[str]:
        """The folders that it takes weights or anchors from, if they are folders: model, adapters, anchors."""
        named = [self.keys.get(key) for key in ("model_name_or_path", "adapter_name_or_path", "ewc_anchor")]
        return [one for value in named for one in several(value)]

    @property
    def datasets(self) -> list[str]:
        return several(self.keys.get("dataset")) if self.verb == "train" else []

    @property
    def dataset_dir(self) -> Path:
        return Path(str(self.keys.get("dataset_dir", "data")))

    @property
    def forced(self) -> bool:
        """Asked for on the command line: train it anew, whatever there is."""
        return "overwrite_output_dir=true" in map(str.lower, self.words)


def several(given: Any) -> list[str]:
    parts = given if isinstance(given, list | tuple) else str(given or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def read(words: Sequence[str]) -> tuple[list[Stage], list[str]]:
    """The stages in the order of the command line, and what is wrong with the words; raises if there is no stage."""
    recipes = [_from_here(Path(word)) for word in words if word.endswith(ENDINGS) and not KEY.fullmatch(word)]
    pairs = [word for word in words if KEY.fullmatch(word)]
    names = _names(recipes)
    problems = [f"{word}: expected a recipe (.yaml) or key=value" for word in words if not _known(word)]
    problems += [f"{name} was named twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    wrong = {pair: said for pair in pairs if (said := _misplaced(pair, names))}
    problems += wrong.values()
    stages = []
    for name, recipe in zip(names, recipes, strict=True):
        try:
            stored = keys_of(recipe, ())
            own = tuple(_own([pair for pair in pairs if pair not in wrong], name, stored))
            stages.append(Stage(name, recipe, own, keys_of(recipe, own)))
        except (OSError, ValueError, EwcError) as problem:
            problems.append(f"{recipe}: {problem}")
    if not stages:
        refuse(problems or ["no recipe: name at least one, for instance recipes/foundation.yaml"])
    return stages, problems


def refuse(problems: Sequence[str]) -> None:
    if problems:
        raise ArgumentsError(
            "run",
            expected="stages that can be run one after the other",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}",
            remedy="Mend, before anything is started:\n" + "\n".join(f"  - {problem}" for problem in problems),
        )


def keys_of(recipe: Path, words: Sequence[str]) -> dict[str, Any]:
    """As the host reads them: its reader of YAML takes 1e-4 for a number, PyYAML for text."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        if recipe.suffix == ".json":
            stored = OmegaConf.create(json.loads(recipe.read_text(encoding="utf-8")))
        else:
            stored = OmegaConf.load(recipe)
        found = OmegaConf.to_container(OmegaConf.merge(stored, OmegaConf.from_cli(list(words))))
    except FileNotFoundError:
        from ewc_plugin import workplace

        raise workplace.no_recipe(str(recipe)) or ValueError(f"no such file in {Path.cwd()}") from None
    except (OmegaConfBaseException, YAMLError) as problem:
        raise ValueError(f"it cannot be read as YAML ({problem})") from problem
    if not isinstance(found, dict):
        raise ValueError("expected keys and values")
    return {str(key): value for key, value in found.items() if value is not None}


def _from_here(recipe: Path) -> Path:
    """Relative where it can be: the host's torchrun splits its command line at spaces, which folders above may have."""
    return recipe.relative_to(Path.cwd()) if recipe.is_relative_to(Path.cwd()) else recipe


def _known(word: str) -> bool:
    return word.endswith(ENDINGS) or KEY.fullmatch(word) is not None


def _names(recipes: Sequence[Path]) -> list[str]:
    """The file's name without its ending, with its folders where another has the same."""
    stems = [recipe.stem for recipe in recipes]
    return [r.with_suffix("").as_posix() if stems.count(r.stem) > 1 else r.stem for r in recipes]


def _misplaced(pair: str, names: Sequence[str]) -> str:
    """What is wrong with one key=value; empty when nothing is."""
    found = KEY.fullmatch(pair)
    assert found is not None
    stage, key = found["stage"], found["key"]
    if stage is not None and stage not in names:
        return f"{pair}: no stage {stage}; there are {', '.join(names)}"
    if stage is None and len(names) > 1 and key in OF_ONE_STAGE:
        example = " or ".join(f"{name}.{key}=…" for name in names[-2:])
        return f"{pair} would go to every stage, but {OF_ONE_STAGE[key]}: write {example}, or change the recipe"
    return ""


def _own(pairs: Sequence[str], name: str, stored: Mapping[str, Any]) -> Iterator[str]:
    """Those for all, then those for this stage alone, which win; an export takes of the former what it has itself."""
    found = [match for pair in pairs if (match := KEY.fullmatch(pair))]
    for match in sorted(found, key=lambda one: one["stage"] is not None):
        if match["stage"] == name or (
            match["stage"] is None and ("export_dir" not in stored or match["key"] in stored)
        ):
            yield f"{match['key']}={match['value']}"
