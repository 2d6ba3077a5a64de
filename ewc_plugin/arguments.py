"""Which keys does a recipe gain, and which combinations mean something? Pure: no model, no host."""

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Optional

from ewc_plugin.errors import ArgumentsError

# Optional[...] rather than `| None`: these annotations are read by the host's argument parser.


@dataclass
class EwcArguments:
    """Our keys, all off by default; the help texts are those of `llamafactory-cli train -h`."""

    ewc_lambda: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: strength λ of the penalty, in predicted nats of KL(old || new) per nat of task loss."},
    )
    ewc_anchor: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: output folder whose anchor protects the old abilities (default: where we continue)."},
    )
    ewc_space: Optional[Literal["delta", "weights"]] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: distance measured in the LoRA update (delta) or all weights (default: by tuning)."},
    )
    ewc_form: Optional[Literal["factored", "dense"]] = field(  # noqa: UP045
        default=None, metadata={"help": "EWC: how F is kept in delta (default: factored; dense is for small models)."}
    )
    ewc_gamma: float = field(
        default=1.0, metadata={"help": "EWC: decay of the earlier stages' F in the anchor that this stage leaves."}
    )
    ewc_fisher: Literal["sampled", "empirical"] = field(
        default="sampled", metadata={"help": "EWC: labels drawn from the model (the Fisher) or those of the data."}
    )
    ewc_fisher_samples: int = field(
        default=1024, metadata={"help": "EWC: examples of this stage's data that F is estimated on."}
    )
    ewc_fisher_batch_size: Optional[int] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: examples per backward in the Fisher pass (default: per_device_train_batch_size)."},
    )
    ewc_save: bool = field(
        default=False,
        metadata={
            "help": "EWC: leave an anchor for the next stage in <output_dir>/ewc; it covers this stage's data and, "
            "if this stage was penalised, the stages before."
        },
    )
    stage_eval: bool = field(
        default=False, metadata={"help": "Evaluate all evaluation sets of dataset_dir after this stage."}
    )
    stage_eval_samples: Optional[int] = field(  # noqa: UP045
        default=None, metadata={"help": "Items of each evaluation set, the same in every stage (default: all)."}
    )


KEYS = tuple(f.name for f in fields(EwcArguments))
DEFAULTS = {f.name: f.default for f in fields(EwcArguments)}
CHOICES = {"ewc_space": ("delta", "weights"), "ewc_form": ("factored", "dense"), "ewc_fisher": ("sampled", "empirical")}


def in_use(arguments: Any) -> bool:
    """Whether any key of ours differs from its default."""
    return any(getattr(arguments, key, default) != default for key, default in DEFAULTS.items())


def acts(arguments: Any) -> bool:
    """Whether the run is any different from the host's own: λ = 0 alone is not."""
    try:
        penalised = strength_of(arguments.ewc_lambda) > 0
    except ArgumentsError:
        penalised = True  # left to the check that explains it
    return penalised or bool(arguments.ewc_save) or bool(arguments.stage_eval)


def strength_of(given: Any) -> float:
    """λ as a number; raises ArgumentsError for text, NaN, infinity and negative numbers."""
    if given is None:
        return 0.0
    try:
        value = math.nan if isinstance(given, bool) else float(given)
    except (ValueError, TypeError):
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ArgumentsError(
            "ewc_lambda",
            expected="a finite number, zero or above",
            found=f"{given!r}",
            remedy="λ = 1 trades one nat of task loss for one predicted nat of KL per token.",
        )
    return value


def meaningless(arguments: Any) -> list[str]:
    """Keys that another key (or its absence) makes meaningless; each sentence names both."""
    found = []
    changed = {key for key in KEYS if getattr(arguments, key) != DEFAULTS[key]}
    penalised = acts(arguments) and arguments.ewc_lambda is not None
    if "ewc_anchor" in changed and not penalised:
        found.append("ewc_anchor has no effect without ewc_lambda above 0")
    if "ewc_gamma" in changed and not (arguments.ewc_save and penalised):
        found.append("ewc_gamma decays the anchor that this stage leaves: it needs ewc_save and ewc_lambda")
    for key in ("ewc_space", "ewc_form"):
        if key in changed and not (arguments.ewc_save or penalised):
            found.append(f"{key} has no effect without ewc_lambda or ewc_save")
    for key in ("ewc_fisher", "ewc_fisher_samples", "ewc_fisher_batch_size"):
        if key in changed and not arguments.ewc_save:
            found.append(f"{key} has no effect without ewc_save")
    if "stage_eval_samples" in changed and not arguments.stage_eval:
        found.append("stage_eval_samples has no effect without stage_eval")
    return found


def unusable(arguments: Any) -> list[str]:
    """Values of the wrong kind or out of range, one sentence each: the host checks neither in YAML."""
    found = []
    for key, choices in CHOICES.items():
        value = getattr(arguments, key)
        if value not in (*choices, DEFAULTS[key]):
            found.append(f"{key}: expected {' or '.join(choices)}; found {value!r}")
    for key in ("ewc_save", "stage_eval"):
        if not isinstance(getattr(arguments, key), bool):
            found.append(f"{key}: expected true or false; found {getattr(arguments, key)!r}")
    gamma = arguments.ewc_gamma
    if isinstance(gamma, bool) or not isinstance(gamma, int | float) or not 0 <= gamma <= 1:
        found.append(f"ewc_gamma: expected a number from 0 to 1; found {gamma!r}")
    for key in ("ewc_fisher_samples", "ewc_fisher_batch_size", "stage_eval_samples"):
        value = getattr(arguments, key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            found.append(f"{key}: expected a whole number above 0; found {value!r}")
    return found
