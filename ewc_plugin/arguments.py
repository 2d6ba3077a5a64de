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
        metadata={
            "help": "EWC: strength λ of the penalty, in predicted nats of KL(old || new) per nat of task loss; or auto."
        },
    )
    ewc_budget: Optional[float] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: with ewc_lambda auto, the rise of protected losses that is allowed, in nats a token."},
    )
    ewc_anchor: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "EWC: output folder whose anchor protects the old abilities, or several with commas between "
            "(default: where we continue)."
        },
    )
    ewc_space: Optional[Literal["delta", "weights", "adapter"]] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "EWC: distance measured in the LoRA update (delta), all weights, or A and B (default: by tuning)."
        },
    )
    ewc_form: Optional[Literal["factored", "kronecker", "dense"]] = field(  # noqa: UP045
        default=None, metadata={"help": "EWC: how F is kept in delta (default: kronecker; dense: small models)."}
    )
    ewc_rank: Optional[int] = field(  # noqa: UP045
        default=None, metadata={"help": "EWC: rank of the sketches of the kronecker form (default: 32)."}
    )
    ewc_stages: Literal["online", "separate"] = field(
        default="online",
        metadata={"help": "EWC: earlier stages' F all around the newest weights (online), or each around its own."},
    )
    ewc_gamma: float = field(
        default=1.0, metadata={"help": "EWC: decay of the earlier stages' F in the anchor that this stage leaves."}
    )
    ewc_fisher: Literal["sampled", "empirical", "exact", "ones"] = field(
        default="sampled",
        metadata={
            "help": "EWC: labels drawn from the model (the Fisher), those of the data, the sum over all labels "
            "(small vocabularies), or F = 1 (L2-SP)."
        },
    )
    ewc_fisher_samples: int = field(
        default=1024, metadata={"help": "EWC: examples of this stage's data that F is estimated on."}
    )
    ewc_fisher_batch_size: Optional[int] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: examples per backward in the Fisher pass (default: per_device_train_batch_size)."},
    )
    ewc_fisher_dataset: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: datasets, with commas between, that F is estimated on (default: this stage's own)."},
    )
    ewc_estimate: bool = field(
        default=False,
        metadata={"help": "EWC: train nothing, only leave an anchor for the model or adapter as it was loaded."},
    )
    ewc_storage: Optional[Literal["float32", "half", "8bit"]] = field(  # noqa: UP045
        default=None,
        metadata={"help": "EWC: how F (and θ* of full tuning) is kept (default: half for kronecker, else float32)."},
    )
    ewc_offload: bool = field(
        default=False, metadata={"help": "EWC: keep F and θ* of full tuning in the CPU's memory."}
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
    stage_eval_generated: int = field(
        default=50,
        metadata={"help": "Items of each evaluation set that the model answers, the same in every stage; 0: none."},
    )
    stage_eval_embedding: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Embedding model for relevance and style distance (default: BM25 and character n-grams, no model)."
        },
    )
    stage_eval_gate: Optional[float] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "The run ends with an error, everything saved, when a protected task lost more than this: nats a "
            "token of its loss, or this share of the range of its first score."
        },
    )
    batch_tokens: Optional[int] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "Tokens of an optimiser step, over all GPUs: sets gradient_accumulation_steps (which must then be "
            "absent) from cutoff_len, packing, per_device_train_batch_size (at most) and the number of GPUs. Every "
            "token but padding counts, not only supervised ones."
        },
    )


KEYS = tuple(f.name for f in fields(EwcArguments))
DEFAULTS = {f.name: f.default for f in fields(EwcArguments)}
CHOICES = {
    "ewc_space": ("delta", "weights", "adapter"),
    "ewc_form": ("factored", "kronecker", "dense"),
    "ewc_stages": ("online", "separate"),
    "ewc_fisher": ("sampled", "empirical", "exact", "ones"),
    "ewc_storage": ("float32", "half", "8bit"),
}
SWITCHES = ("ewc_save", "ewc_estimate", "ewc_offload", "stage_eval")
COUNTS = ("ewc_fisher_samples", "ewc_fisher_batch_size", "ewc_rank", "stage_eval_samples", "batch_tokens")
# keys that only say how an anchor is made
OF_THE_ANCHOR = ("ewc_form", "ewc_fisher", "ewc_fisher_samples", "ewc_fisher_batch_size", "ewc_fisher_dataset")
OF_THE_FISHER_PASS = ("ewc_fisher_samples", "ewc_fisher_batch_size", "ewc_fisher_dataset")
OF_THE_EVALUATION = ("stage_eval_samples", "stage_eval_generated", "stage_eval_embedding", "stage_eval_gate")
AUTO = "auto"


def in_use(arguments: Any) -> bool:
    """Whether any key of ours differs from its default."""
    return any(getattr(arguments, key, default) != default for key, default in DEFAULTS.items())


def acts(arguments: Any) -> bool:
    """Whether the run is any different from the host's own: λ = 0 alone is not."""
    return extends(arguments) or arguments.batch_tokens is not None


def extends(arguments: Any) -> bool:
    """Whether the run does more than the host's own: `batch_tokens` alone only sets its batch and counts."""
    return penalises(arguments) or leaves_anchor(arguments) or bool(arguments.stage_eval)


def penalises(arguments: Any) -> bool:
    """Whether λ is above zero, or anything that a check has still to explain."""
    try:
        return automatic(arguments.ewc_lambda) or strength_of(arguments.ewc_lambda) > 0
    except ArgumentsError:
        return True


def leaves_anchor(arguments: Any) -> bool:
    return bool(arguments.ewc_save) or bool(arguments.ewc_estimate)


def automatic(given: Any) -> bool:
    """Whether λ is to be found from what is forgotten."""
    return isinstance(given, str) and given.strip().lower() == AUTO


def strength_of(given: Any) -> float:
    """λ as a number, 0 for `auto`; raises ArgumentsError for other text, NaN, infinity and negative numbers."""
    if given is None or automatic(given):
        return 0.0
    try:
        value = math.nan if isinstance(given, bool) else float(given)
    except (ValueError, TypeError):
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ArgumentsError(
            "ewc_lambda",
            expected="a finite number, zero or above, or auto",
            found=f"{given!r}",
            remedy="λ = 1 trades one nat of task loss for one predicted nat of KL per token.",
        )
    return value


def several(given: Any) -> list[str]:
    """A list of names as YAML or the command line gives it: a list, or text with commas between."""
    parts = given if isinstance(given, list | tuple) else str(given or "").split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def meaningless(arguments: Any) -> list[str]:
    """Keys that another key (or its absence) makes meaningless; each sentence names both."""
    changed = {key for key in KEYS if getattr(arguments, key) != DEFAULTS[key]}
    penalised = arguments.ewc_lambda is not None and penalises(arguments)
    saved = leaves_anchor(arguments)
    rules = (
        (("ewc_anchor",), penalised, "has no effect without ewc_lambda above 0"),
        (
            ("ewc_gamma",),
            saved and penalised,
            "decays the anchor that this stage leaves: it needs ewc_save and ewc_lambda",
        ),
        (("ewc_gamma",), arguments.ewc_stages == "online", "has no effect with ewc_stages: separate"),
        (
            ("ewc_stages",),
            saved and penalised,
            "arranges the anchor that this stage leaves: it needs ewc_save and ewc_lambda",
        ),
        (("ewc_space", "ewc_storage"), saved or penalised, "has no effect without ewc_lambda or ewc_save"),
        (("ewc_offload",), penalised, "is for the memory of the penalty: it needs ewc_lambda"),
        (OF_THE_ANCHOR, saved, "has no effect without ewc_save"),
        (OF_THE_FISHER_PASS, arguments.ewc_fisher != "ones", "has no effect with ewc_fisher: ones"),
        (
            ("ewc_rank",),
            saved and arguments.ewc_form in (None, "kronecker"),
            "is that of ewc_form: kronecker, which it needs",
        ),
        (("ewc_estimate",), not penalised, "trains nothing, so it has no use for ewc_lambda; remove one of them"),
        (("batch_tokens",), not arguments.ewc_estimate, "has no effect with ewc_estimate, which trains nothing"),
        (("ewc_budget",), automatic(arguments.ewc_lambda), "is that of ewc_lambda: auto, which it needs"),
        (OF_THE_EVALUATION, arguments.stage_eval, "has no effect without stage_eval"),
    )
    return [f"{key} {what}" for keys, holds, what in rules for key in keys if key in changed and not holds]


def unusable(arguments: Any) -> list[str]:
    """Values of the wrong kind or out of range, one sentence each: the host checks neither in YAML."""
    found = []
    for key, choices in CHOICES.items():
        value = getattr(arguments, key)
        if value not in (*choices, DEFAULTS[key]):
            found.append(f"{key}: expected {' or '.join(choices)}; found {value!r}")
    for key in SWITCHES:
        if not isinstance(getattr(arguments, key), bool):
            found.append(f"{key}: expected true or false; found {getattr(arguments, key)!r}")
    if not _number(arguments.ewc_gamma) or not 0 <= arguments.ewc_gamma <= 1:
        found.append(f"ewc_gamma: expected a number from 0 to 1; found {arguments.ewc_gamma!r}")
    budget = arguments.ewc_budget
    if budget is not None and (not _number(budget) or not 0 < budget < math.inf):
        found.append(f"ewc_budget: expected a number above 0; found {budget!r}")
    if automatic(arguments.ewc_lambda) and budget is None:
        found.append("ewc_lambda: auto needs ewc_budget, the rise of protected losses that is allowed in nats a token")
    gate = arguments.stage_eval_gate
    if gate is not None and (not _number(gate) or not 0 < gate < math.inf):
        found.append(f"stage_eval_gate: expected a number above 0; found {gate!r}")
    generated = arguments.stage_eval_generated
    if not isinstance(generated, int) or isinstance(generated, bool) or generated < 0:
        found.append(f"stage_eval_generated: expected a whole number, 0 or above; found {generated!r}")
    for key in COUNTS:
        value = getattr(arguments, key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            found.append(f"{key}: expected a whole number above 0; found {value!r}")
    return found


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
