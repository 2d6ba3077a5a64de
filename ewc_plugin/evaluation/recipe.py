"""How was a stage evaluated? `run.json` beside its matrix: enough to evaluate the same model in the same way later."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ewc_plugin.atomic import write_json
from ewc_plugin.evaluation import aids
from ewc_plugin.evaluation.sets import EvaluationError
from ewc_plugin.evaluation.settings import Settings

FILE = "run.json"
SEVERAL = ("adapter_name_or_path", "dataset")  # lists, which the host takes with commas between


@dataclass(frozen=True)
class Recipe:
    """The keys of the stage's recipe that decide what its evaluation measures, under the host's names.

    adapter_name_or_path: adapters below the checkpoint's own, merged before it. model: other keys of the host about
    how the model is loaded (quantization_bit, trust_remote_code, …).
    """

    model_name_or_path: str = ""
    adapter_name_or_path: tuple[str, ...] = ()
    finetuning_type: str = "lora"
    template: str = ""
    dataset_dir: str = "dataset_info"
    dataset: tuple[str, ...] = ()
    cutoff_len: int = 2048
    max_new_tokens: int = 256
    stage_eval_samples: int | None = None
    stage_eval_generated: int | None = 50
    stage_eval_embedding: str | None = None
    per_device_eval_batch_size: int = 8
    seed: int = 42
    bf16: bool = False
    fp16: bool = False
    model: Mapping[str, Any] | None = None

    def save(self, folder: Path) -> None:
        write_json(folder / FILE, asdict(self))

    def settings(self, tokeniser: str = "") -> Settings:
        return Settings(
            batch_size=self.per_device_eval_batch_size,
            samples=self.stage_eval_samples,
            generated=self.stage_eval_generated,
            seed=self.seed,
            max_new_tokens=self.max_new_tokens,
            cutoff=self.cutoff_len,
            tokeniser=tokeniser,
            aids=aids.found(Path(self.dataset_dir), self.dataset, self.stage_eval_embedding),
        )


def load(folder: Path) -> Recipe | None:
    """Of a checkpoint, its own or that of the run that it belongs to; None where there is none."""
    for path in (folder / "stage_eval" / FILE, folder / FILE, folder.parent / "stage_eval" / FILE):
        if path.is_file():
            return _read(path)
    return None


def _read(path: Path) -> Recipe:
    names = {f.name for f in fields(Recipe)}
    try:
        found = {k: v for k, v in json.loads(path.read_text(encoding="utf-8")).items() if k in names}
        several = {key: tuple(found[key]) for key in SEVERAL if key in found}
        return Recipe(**found | several)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise EvaluationError(
            str(path),
            expected="the keys of a stage's evaluation",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Delete it and give the keys on the command line: template=… model_name_or_path=…",
        ) from problem


def changed(recipe: Recipe, keys: Mapping[str, Any]) -> Recipe:
    """With keys of the command line in place of its own; other keys of the host go to the loading of the model."""
    names = {f.name for f in fields(Recipe)} - {"model"}
    ours = {k: v for k, v in keys.items() if k in names}
    for key in SEVERAL:
        if isinstance(ours.get(key), str):
            ours[key] = tuple(ours[key].split(","))
    others = {k: v for k, v in keys.items() if k not in names}
    return replace(recipe, **ours, model={**(recipe.model or {}), **others})
