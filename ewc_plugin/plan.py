"""What do the keys of a recipe amount to? A plan, or every reason why not, before a model is loaded.

It reads the host's parsed arguments as plain attributes and imports nothing of the host.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ewc_plugin import anchor as anchors
from ewc_plugin import arguments, deepspeed_config, mixture, strength
from ewc_plugin.errors import AnchorError, ArgumentsError

STAGES = ("sft", "dpo", "pt")  # those whose trainers we extend
DEFAULT_FORM = "kronecker"  # forgets least at equal plasticity: benchmarks/results/which_form.md
DEFAULT_RANK = 32
# which anchors a run can be held to: a LoRA stage's update is a change of the full weights, not the other way round
ANCHORED_BY = {"delta": ("delta",), "adapter": ("adapter",), "weights": ("weights", "delta")}

FSDP = "FSDP never fires gradient hooks on its parameters; use one of recipes/deepspeed"
# What is refused with EWC, and why; the host's argument is read from the object named first.
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
    ("model", "resize_vocab", "it trains whole embeddings beside the LoRA update, of other shapes than the anchor's"),
    ("model", "mixture_of_depths", "it leaves layers out, so their gradients never arrive"),
    ("model", "use_kt", "KTransformers has a trainer of its own"),
    ("model", "use_unsloth", "Unsloth replaces the layers that the Fisher pass watches"),
    ("model", "enable_liger_kernel", "Liger's fused loss returns no logits"),
    ("training", "fp8", "its linear maps compute in another precision than they are kept in"),
    ("training", "fsdp", FSDP),
    ("data", "streaming", "the Fisher pass needs to choose its examples"),
)


@dataclass(frozen=True)
class Plan:
    """What our keys amount to, once they are known to make sense."""

    strength: float  # λ; with `automatic` the controller's, which knows it once the losses are measured
    automatic: bool
    budget: float | None
    anchors: tuple[Path, ...]
    space: str
    form: str
    rank: int
    stages: Literal["online", "separate"]
    gamma: float
    fisher: Literal["sampled", "empirical", "exact", "ones"]
    fisher_samples: int
    fisher_batch_size: int
    fisher_datasets: tuple[str, ...]
    storage: Literal["float32", "half", "8bit"]
    offload: bool
    save: bool
    estimate: bool
    evaluate: bool
    eval_samples: int | None
    eval_generated: int | None = None
    eval_embedding: str | None = None
    gate: float | None = None

    @property
    def penalised(self) -> bool:
        return self.automatic or self.strength > 0


@dataclass(frozen=True)
class ToCome:
    """What is not there yet and will be when the run begins: folders that earlier stages leave, and mixtures."""

    folders: tuple[Path, ...] = ()
    mixtures: tuple[str, ...] = ()

    def leaves(self, folder: Path) -> bool:
        folder = folder.resolve()
        return any(one.resolve() in (folder, *folder.parents) for one in self.folders)


def plan(model: Any, data: Any, training: Any, finetuning: Any, *, to_come: ToCome = ToCome()) -> Plan | None:
    """The plan of a run, None if our keys change nothing (λ = 0 alone); raises ArgumentsError with all problems."""
    problems = arguments.unusable(finetuning) + arguments.meaningless(finetuning)
    value = _collected(problems, arguments.strength_of, finetuning.ewc_lambda) or 0.0
    acts = arguments.acts(finetuning)
    if acts:
        problems += _unsupported(model, data, training, finetuning)
        problems += mixture.unconverted(data.dataset or [], Path(str(data.dataset_dir)))
        names = [name for name in data.dataset or [] if name not in to_come.mixtures]
        problems += mixture.problems(names, Path(str(data.dataset_dir)))
        fisher = arguments.several(finetuning.ewc_fisher_dataset)
        problems += mixture.unfit_for_fisher(fisher, Path(str(data.dataset_dir)))
    space, form = ("delta", DEFAULT_FORM)
    if arguments.penalises(finetuning) or arguments.leaves_anchor(finetuning):
        space, form = _collected(problems, _space_and_form, finetuning) or (space, form)
    found: tuple[Path, ...] = ()
    if arguments.penalises(finetuning):
        named = arguments.several(finetuning.ewc_anchor) or [continues_from(model)]
        there = [Path(name) for name in named if not to_come.leaves(Path(name))]
        folders = [_collected(problems, _anchor_folder, folder, space) for folder in there]
        found = tuple(folder for folder in folders if folder)
    if problems:
        error = ArgumentsError(
            "recipe",
            expected="keys that can be honoured",
            found=f"{len(problems)} problem{'s' * (len(problems) > 1)}",
            remedy="Mend, before anything is trained:\n" + "\n".join(f"  - {problem}" for problem in problems),
        )
        error.problems = tuple(problems)
        raise error
    if not acts:
        return None
    return Plan(
        strength=value,
        automatic=arguments.automatic(finetuning.ewc_lambda),
        budget=finetuning.ewc_budget,
        anchors=found,
        space=space,
        form=form,
        rank=finetuning.ewc_rank or DEFAULT_RANK,
        stages=finetuning.ewc_stages,
        gamma=finetuning.ewc_gamma,
        fisher=finetuning.ewc_fisher,
        fisher_samples=finetuning.ewc_fisher_samples,
        fisher_batch_size=finetuning.ewc_fisher_batch_size or training.per_device_train_batch_size,
        fisher_datasets=tuple(arguments.several(finetuning.ewc_fisher_dataset)),
        storage=finetuning.ewc_storage or ("half" if form == "kronecker" else "float32"),
        offload=finetuning.ewc_offload,
        save=arguments.leaves_anchor(finetuning),
        estimate=finetuning.ewc_estimate,
        evaluate=finetuning.stage_eval,
        eval_samples=finetuning.stage_eval_samples,
        eval_generated=finetuning.stage_eval_generated,
        eval_embedding=finetuning.stage_eval_embedding,
        gate=finetuning.stage_eval_gate,
    )


def _collected(problems: list[str], function: Callable[..., Any], *values: Any) -> Any:
    try:
        return function(*values)
    except (ArgumentsError, AnchorError) as error:
        problems.append(str(error))
        return None


def _unsupported(model: Any, data: Any, training: Any, finetuning: Any) -> list[str]:
    sources = {"model": model, "data": data, "training": training, "finetuning": finetuning}
    found = []
    if not training.do_train:
        found.append(
            "do_train: our keys act on training; expected true"
            + ", also with ewc_estimate, which trains nothing (false would merge and freeze the adapter)"
            * bool(finetuning.ewc_estimate)
        )
    if finetuning.stage == "pt" and data.template is None and arguments.extends(finetuning):
        found.append("stage pt needs template with our keys: evaluation sets are conversations; expected the model's")
    if finetuning.stage not in STAGES:
        found.append(f"stage {finetuning.stage} is not supported with our keys; expected {' or '.join(STAGES)}")
    if not (arguments.penalises(finetuning) or arguments.leaves_anchor(finetuning)):
        return found
    for owner, key, reason in REFUSED:
        if getattr(sources[owner], key, None):
            found.append(f"{key} cannot be used with EWC: {reason}")
    if os.environ.get("ACCELERATE_USE_FSDP", "").lower() in ("1", "true", "yes", "y", "t", "on"):
        found.append(f"accelerate launch with FSDP cannot be used with EWC: {FSDP}")
    if "lomo" in str(training.optim):
        found.append("optim lomo cannot be used with EWC: it steps inside the backward pass")
    if model.quantization_bit is not None and str(model.quantization_method).rsplit(".")[-1].lower() != "bnb":
        found.append(
            f"quantization_method {model.quantization_method} cannot be used with EWC: only bnb was tested; "
            "expected quantization_method: bnb"
        )
    if arguments.automatic(finetuning.ewc_lambda):
        entries = mixture.registry(Path(str(data.dataset_dir)))
        found += strength.problems(data, training, finetuning, entries)
    return found + deepspeed_config.problems(training.deepspeed)


def _space_and_form(finetuning: Any) -> tuple[str, str]:
    spaces = {"lora": ("delta", "adapter"), "full": ("weights",), "freeze": ("weights",)}
    tuning = finetuning.finetuning_type
    if tuning not in spaces:
        raise ArgumentsError(
            "finetuning_type",
            expected="lora, full or freeze with EWC",
            found=tuning,
            remedy="Choose one of these, or remove the EWC keys.",
        )
    space = finetuning.ewc_space or spaces[tuning][0]
    if space not in spaces[tuning]:
        raise ArgumentsError(
            "ewc_space",
            expected=f"{' or '.join(spaces[tuning])} with finetuning_type: {tuning}",
            found=space,
            remedy="Remove ewc_space: the right one is chosen.",
        )
    _only_in(space, "delta", finetuning.ewc_form not in (None, "dense"), f"ewc_form: {finetuning.ewc_form}")
    _only_in(space, "weights", finetuning.ewc_offload, "ewc_offload: true")
    _only_in(space, "weights", finetuning.ewc_storage == "8bit", "ewc_storage: 8bit")
    form = finetuning.ewc_form or (DEFAULT_FORM if space == "delta" else "dense")
    return space, form


def _only_in(space: str, needed: str, asked: bool, what: str) -> None:
    if asked and space != needed:
        raise ArgumentsError(
            what,
            expected=f"ewc_space {needed}",
            found=f"ewc_space {space}",
            remedy=f"Remove it: it means nothing in ewc_space {space}.",
        )


def _anchor_folder(where: Path, space: str) -> Path:
    folder = where if (where / anchors.ABOUT).is_file() else where / anchors.FOLDER
    about = anchors.examine(folder)
    if about["space"] not in ANCHORED_BY[space]:
        raise AnchorError(
            str(folder),
            expected=f"an anchor of ewc_space {' or '.join(ANCHORED_BY[space])}",
            found=about["space"],
            remedy=REMEDIES.get((space, about["space"]), "Name another anchor with ewc_anchor."),
        )
    return folder


REMEDIES = {
    ("delta", "weights"): "An anchor of full tuning weighs every weight, not the LoRA update: make one for this base "
    "with ewc_estimate (recipes/anchor.yaml).",
    ("delta", "adapter"): "It was made with ewc_space: adapter; use that again, or make another with ewc_estimate.",
    ("adapter", "delta"): "Remove ewc_space: adapter.",
}


def continues_from(model: Any) -> str:
    """The folder that a stage continues from: its last adapter, else its model."""
    adapters = model.adapter_name_or_path
    return str(adapters[-1] if adapters else model.model_name_or_path)


def starts_from(made: Plan, model_name: str, adapters: Sequence[str] | None) -> list[Path]:
    """Every folder that a stage reads before it trains; an anchor lies inside that of the stage which left it."""
    named = [Path(str(name)) for name in (model_name, *(adapters or ()))]
    return list(dict.fromkeys([*named, *(anchor.parent for anchor in made.anchors)]))
