"""What do the keys of a recipe amount to? A plan, or every reason why not, before a model is loaded.

It reads the host's parsed arguments as plain attributes and imports nothing of the host.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ewc_plugin import anchor as anchors
from ewc_plugin import arguments, mixture
from ewc_plugin.errors import AnchorError, ArgumentsError

STAGES = ("sft", "dpo")  # those whose trainers we extend

# What this version refuses with EWC, and why; the host's argument is read from the object named first.
REFUSED = (
    ("finetuning", "use_galore", "GaLore projects gradients before the optimiser sees them"),
    ("finetuning", "use_apollo", "APOLLO rescales gradients by their history"),
    ("finetuning", "use_badam", "BAdam trains one block at a time, so most gradients never arrive"),
    ("finetuning", "use_mca", "Megatron has a trainer of its own"),
    ("finetuning", "use_hyper_parallel", "HyperParallel has a trainer of its own"),
    ("finetuning", "use_megatron_bridge", "Megatron has a trainer of its own"),
    ("finetuning", "use_asft_loss", "the host's ASFT loss ignores gradient accumulation"),
    ("finetuning", "use_dora", "DoRA's update is not s·BA"),
    ("finetuning", "pissa_init", "PiSSA changes the frozen weights at the start"),
    ("finetuning", "additional_target", "modules_to_save are outside the LoRA update"),
    ("finetuning", "pure_bf16", "a small penalty is lost in bfloat16 weights"),
    ("model", "use_kt", "KTransformers has a trainer of its own"),
    ("model", "use_unsloth", "Unsloth replaces the layers that the Fisher pass watches"),
    ("model", "enable_liger_kernel", "Liger's fused loss returns no logits"),
    ("model", "quantization_bit", "4-bit training with EWC comes in a later version"),
    ("training", "deepspeed", "EWC under DeepSpeed comes in a later version"),
    ("training", "fsdp", "FSDP never fires gradient hooks on its parameters"),
    ("data", "streaming", "the Fisher pass needs to choose its examples"),
)


@dataclass(frozen=True)
class Plan:
    """What our keys amount to, once they are known to make sense."""

    strength: float
    anchor: Path | None
    space: str
    form: str
    gamma: float
    fisher: Literal["sampled", "empirical"]
    fisher_samples: int
    fisher_batch_size: int
    save: bool
    evaluate: bool
    eval_samples: int | None

    @property
    def penalised(self) -> bool:
        return self.strength > 0


def plan(model: Any, data: Any, training: Any, finetuning: Any) -> Plan | None:
    """The plan of a run, None if our keys change nothing (λ = 0 alone); raises ArgumentsError with all problems."""
    problems = arguments.unusable(finetuning) + arguments.meaningless(finetuning)
    strength = _collected(problems, arguments.strength_of, finetuning.ewc_lambda) or 0.0
    acts = arguments.acts(finetuning)
    if acts:
        problems += _unsupported(model, data, training, finetuning, penalised=strength > 0)
        problems += mixture.problems(data.dataset or [], Path(str(data.dataset_dir)))
    space, form = ("delta", "factored")
    if strength > 0 or finetuning.ewc_save:
        space, form = _collected(problems, _space_and_form, finetuning) or (space, form)
    where = Path(finetuning.ewc_anchor or continues_from(model))
    anchor = _collected(problems, _anchor_folder, where, space, form) if strength > 0 else None
    if problems:
        raise ArgumentsError(
            "recipe",
            expected="keys that can be honoured",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}",
            remedy="Mend, before anything is trained:\n" + "\n".join(f"  - {problem}" for problem in problems),
        )
    if not acts:
        return None
    return Plan(
        strength=strength,
        anchor=anchor,
        space=space,
        form=form,
        gamma=finetuning.ewc_gamma,
        fisher=finetuning.ewc_fisher,
        fisher_samples=finetuning.ewc_fisher_samples,
        fisher_batch_size=finetuning.ewc_fisher_batch_size or training.per_device_train_batch_size,
        save=finetuning.ewc_save,
        evaluate=finetuning.stage_eval,
        eval_samples=finetuning.stage_eval_samples,
    )


def _collected(problems: list[str], function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except (ArgumentsError, AnchorError) as error:
        problems.append(str(error))
        return None


def _unsupported(model: Any, data: Any, training: Any, finetuning: Any, *, penalised: bool) -> list[str]:
    sources = {"model": model, "data": data, "training": training, "finetuning": finetuning}
    found = []
    if not training.do_train:
        found.append("do_train: our keys act on training; expected true")
    if finetuning.stage not in STAGES:
        found.append(f"stage {finetuning.stage} is not supported with our keys; expected {' or '.join(STAGES)}")
    if finetuning.stage == "dpo" and finetuning.ewc_save:
        found.append("ewc_save with stage dpo: an anchor of preference data comes in a later version")
    if not (penalised or finetuning.ewc_save):
        return found
    for owner, key, reason in REFUSED:
        if getattr(sources[owner], key, None):
            found.append(f"{key} cannot be used with EWC: {reason}")
    if "lomo" in str(training.optim):
        found.append("optim lomo cannot be used with EWC: it steps inside the backward pass")
    if penalised and finetuning.create_new_adapter:
        found.append(
            "create_new_adapter merges the adapter that the anchor describes; set it to false to continue that adapter"
        )
    return found


def _space_and_form(finetuning: Any) -> tuple[str, str]:
    natural = {"lora": "delta", "full": "weights", "freeze": "weights"}
    if finetuning.finetuning_type not in natural:
        raise ArgumentsError(
            "finetuning_type",
            expected="lora, full or freeze with EWC",
            found=finetuning.finetuning_type,
            remedy="Choose one of these, or remove the EWC keys.",
        )
    space = natural[finetuning.finetuning_type]
    if finetuning.ewc_space not in (None, space):
        raise ArgumentsError(
            "ewc_space",
            expected=f"{space} with finetuning_type: {finetuning.finetuning_type}",
            found=finetuning.ewc_space,
            remedy="Remove ewc_space: the right one is chosen.",
        )
    if space == "weights" and finetuning.ewc_form == "factored":
        raise ArgumentsError(
            "ewc_form",
            expected="dense (or nothing) in ewc_space weights, where every weight has its own number",
            found="factored",
            remedy="Remove ewc_form.",
        )
    return space, "dense" if space == "weights" else finetuning.ewc_form or "factored"


def _anchor_folder(where: Path, space: str, form: str) -> Path:
    folder = where if (where / anchors.ABOUT).is_file() else where / anchors.FOLDER
    found = anchors.load(folder)
    if (found.space, found.form) != (space, form):
        raise AnchorError(
            str(folder),
            expected=f"an anchor of ewc_space {space}, ewc_form {form}",
            found=f"{found.space}, {found.form}",
            remedy=f"Set ewc_form: {found.form} if the space agrees, or name another anchor with ewc_anchor.",
        )
    return folder


def continues_from(model: Any) -> str:
    """The folder that a stage continues from: its last adapter, else its model."""
    adapters = model.adapter_name_or_path
    return str(adapters[-1] if adapters else model.model_name_or_path)
