"""How good is a checkpoint, asked later? The evaluation of a stage without its training, on one process.

The row joins the matrix of the run that the checkpoint belongs to (its own row is measured again and replaced); a
model without a matrix begins one, base row first.
"""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ewc_plugin import evaluation, host, matrix, report
from ewc_plugin.attempts import Attempts
from ewc_plugin.base import fingerprint
from ewc_plugin.encoding import HostEncoder
from ewc_plugin.evaluation import PREDICTIONS
from ewc_plugin.evaluation import recipe as recipes
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.evaluation.settings import Base, Settings
from ewc_plugin.stage_evaluation import FOLDER
from ewc_plugin.visible import say

ADAPTER = "adapter_config.json"


def evaluate(checkpoint: Path, keys: Mapping[str, Any]) -> str:
    """Measure a checkpoint with the keys of its stage, those of the command line first; returns the table."""
    checkpoint = checkpoint.resolve()  # `checkpoint-3` typed inside a run has that run as its parent too
    recipe = recipes.changed(recipes.load(checkpoint) or Recipe(), keys)
    require(recipe, checkpoint)
    discovery = evaluation.discover(Path(recipe.dataset_dir))
    require_sets(discovery, recipe)
    folder = checkpoint / FOLDER
    model, encoder, tokeniser = _loaded(checkpoint, recipe)
    subject = _Subject(model, encoder, recipe.settings(tokeniser), discovery, recipe)
    grown = _earlier(checkpoint, subject) or _begun(checkpoint, folder, subject)
    adapter = getattr(model, "disable_adapter", None)
    result = subject.measured(base=adapter)
    stage, label = _stage(checkpoint, discovery), _label(checkpoint)
    row = evaluation.row(result, stage=stage, label=label, predictions=folder / PREDICTIONS)
    grown = matrix.extend(grown, row)  # before anything is written: a row that is refused leaves the one before whole
    tried = Attempts()
    evaluation.write(result, folder, tried)
    tried(partial(matrix.save, grown, folder / matrix.FILE))
    tried(partial(recipe.save, folder))
    page = None if tried.failures else tried(partial(report.write, checkpoint))
    table = report.terminal_table(grown)
    if page is None:
        say(table)
        raise evaluation.EvaluationError(
            str(folder),
            expected="to write what was measured",
            found="; ".join(failure.rstrip(".") for failure in tried.failures),
            remedy="The numbers are above. Mend that, then type the same command again.",
        )
    return f"{table}\nreport: {page}"


def require(recipe: Recipe, checkpoint: Path) -> None:
    lacking = [key for key in ("template", "model_name_or_path") if not getattr(recipe, key)]
    if not checkpoint.is_dir() or lacking:
        raise evaluation.EvaluationError(
            str(checkpoint),
            expected="a folder that a stage with stage_eval left, or the keys of its recipe",
            found=f"no {', '.join(lacking)}" if checkpoint.is_dir() else "no such folder",
            remedy="Add what the recipe said, as llamafactory-cli takes it: template=gemma2 "
            "model_name_or_path=google/gemma-2-9b dataset_dir=dataset_info dataset=belle (what it was trained on)",
        )


def require_sets(discovery: evaluation.Discovery, recipe: Recipe) -> None:
    if not discovery.sets:
        raise evaluation.EvaluationError(
            f"dataset_dir {recipe.dataset_dir}",
            expected="evaluation sets that are built",
            found="none",
            remedy="Convert a source (`python -m converters list`), or name another dataset_dir=…",
        )


class _Subject:
    """A loaded model and how it is measured."""

    def __init__(
        self, model: Any, encoder: HostEncoder, settings: Settings, discovery: evaluation.Discovery, recipe: Recipe
    ) -> None:
        self.model, self.encoder, self.settings = model, encoder, settings
        self.discovery, self.recipe = discovery, recipe

    def measured(self, base: Base | None) -> evaluation.Evaluation:
        with self._autocast():
            result = evaluation.evaluate(
                self.model,
                self.discovery.sets,
                encoder=self.encoder,
                settings=self.settings,
                absent=self.discovery.absent,
                base=base,
            )
        assert result is not None  # one process
        return result

    def _autocast(self) -> AbstractContextManager[object]:
        """As in training, so that the same numbers come out."""
        kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
        chosen = [kind for key, kind in kinds.items() if getattr(self.recipe, key)]
        device = self.model.get_input_embeddings().weight.device.type
        return torch.autocast(device, dtype=chosen[0]) if chosen else nullcontext()

    def base(self) -> dict[str, Any]:
        bare = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        return {
            "architecture": type(bare).__name__,
            "embedding": fingerprint(self.model.get_input_embeddings().weight),
        }


def _loaded(checkpoint: Path, recipe: Recipe) -> tuple[Any, HostEncoder, str]:
    """The checkpoint on its base: an adapter stays an adapter, so that the base model is under it."""
    model, tokenizer, template, cut = host.loaded(host_keys(checkpoint, recipe))
    if (checkpoint / ADAPTER).is_file():
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, _from_here(checkpoint))
    return model, HostEncoder(template, tokenizer, recipe.cutoff_len, cut), _tokeniser(recipe, tokenizer)


def encoder(checkpoint: Path, recipe: Recipe) -> HostEncoder:
    """How the checkpoint's stage turned conversations into tokens; loads no weights."""
    tokenizer, template, cut = host.encoding(host_keys(checkpoint, recipe))
    return HostEncoder(template, tokenizer, recipe.cutoff_len, cut)


def host_keys(checkpoint: Path, recipe: Recipe) -> dict[str, Any]:
    adapted = (checkpoint / ADAPTER).is_file()
    arguments: dict[str, Any] = {
        **(recipe.model or {}),
        "model_name_or_path": recipe.model_name_or_path if adapted else _from_here(checkpoint),
        "finetuning_type": "lora" if adapted else recipe.finetuning_type,
        "template": recipe.template,
        "cutoff_len": recipe.cutoff_len,
    }
    if adapted and recipe.adapter_name_or_path:
        arguments["adapter_name_or_path"] = ",".join(recipe.adapter_name_or_path)
    return arguments


def _from_here(checkpoint: Path) -> str:
    """As a user types it: safetensors opens no whole path whose folders have names in other bytes than UTF-8."""
    return str(checkpoint) if str(checkpoint).isascii() else os.path.relpath(checkpoint)


def _tokeniser(recipe: Recipe, tokenizer: Any) -> str:
    from ewc_plugin.bridge import vocabulary

    return f"{recipe.template}, {vocabulary(tokenizer)}"


# -- the matrix ------------------------------------------------------------------------------------------------


def _earlier(checkpoint: Path, subject: _Subject) -> matrix.Matrix | None:
    """The matrix that the checkpoint's row belongs to; one inside a run's folder comes in place of the run's own."""
    for folder in (checkpoint, checkpoint.parent):
        path = folder / FOLDER / matrix.FILE
        if path.is_file():
            found = matrix.load(path)
            if folder != checkpoint:
                found = {**found, "rows": [row for row in found["rows"] if row["label"] != folder.name]}
            if isinstance(getattr(subject.model, "peft_config", None), dict):
                columns = [
                    {"name": s.name, "task": s.task, "stage": s.stage, "protected": s.protected}
                    for s in subject.discovery.sets
                ]
                matrix.expect(found, base=subject.base(), columns=columns, label=_label(checkpoint))
            return found
    return None


def _begun(checkpoint: Path, folder: Path, subject: _Subject) -> matrix.Matrix:
    """A new matrix: the base model measured first, under the adapter or loaded for it."""
    if hasattr(subject.model, "disable_adapter"):
        with subject.model.disable_adapter():
            result, base = subject.measured(base=nullcontext), subject.base()
    else:
        model, encoder, tokeniser = _loaded(Path(subject.recipe.model_name_or_path), subject.recipe)
        other = _Subject(model, encoder, subject.recipe.settings(tokeniser), subject.discovery, subject.recipe)
        result, base = other.measured(base=nullcontext), other.base()
    predictions = evaluation.write(result, folder / "base")
    return matrix.new(base, evaluation.row(result, stage=None, label="base", predictions=predictions))


def _label(checkpoint: Path) -> str:
    inside = (checkpoint.parent / FOLDER / matrix.FILE).is_file()
    return f"{checkpoint.parent.name}/{checkpoint.name}" if inside else checkpoint.name


def _stage(checkpoint: Path, discovery: evaluation.Discovery) -> str | None:
    """Which stage of the evaluation sets: that of the run's row, else the folder's name if it is one."""
    for folder in (checkpoint, checkpoint.parent):
        path = folder / FOLDER / matrix.FILE
        if path.is_file():
            rows = {row["label"]: row["stage"] for row in matrix.load(path)["rows"]}
            if folder.name in rows:
                stage: str | None = rows[folder.name]
                return stage
    name = checkpoint.name
    return name if name in {s.stage for s in discovery.sets} else None
