"""What do we need of LLaMA-Factory, and what do we put in its place? The only file that imports it.

Five names are replaced, each in the module that defines it: the argument dataclass, the SFT, DPO and pre-training
trainers, and the web UI's plot. A user of none of our keys gets the host's own classes and figure back.
"""

import difflib
import functools
import importlib
import inspect
import operator
import warnings
from dataclasses import dataclass, fields
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ewc_plugin import autoload, live_plot, without_traceback, workplace
from ewc_plugin.arguments import KEYS, EwcArguments, acts, in_use
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.plan import plan

if TYPE_CHECKING:
    from ewc_plugin.bridge import Context

SEEN_IN = ("0.9.5",)

MODEL_KEYS = ("model_name_or_path", "adapter_name_or_path", "quantization_bit", "quantization_method")
DATA_KEYS = ("dataset", "dataset_dir", "template", "cutoff_len", "packing", "neat_packing", "preprocessing_num_workers")
TRAINING_KEYS = ("do_train", "optim", "output_dir", "seed", "deepspeed", "num_train_epochs", "max_steps")
# Everything of the host that is leaned on: module, name, and the parameters that we pass or the attributes we read.
NAMES = (
    ("llamafactory.hparams.parser", "_TRAIN_ARGS", ()),
    ("llamafactory.hparams.parser", "ModelArguments", MODEL_KEYS),
    ("llamafactory.hparams.parser", "DataArguments", DATA_KEYS),
    ("llamafactory.hparams.parser", "TrainingArguments", TRAINING_KEYS),
    ("llamafactory.hparams.parser", "FinetuningArguments", ("stage", "finetuning_type", "create_new_adapter")),
    ("llamafactory.hparams.parser", "GeneratingArguments", ("max_new_tokens",)),
    ("llamafactory.hparams.parser", "read_args", ("args",)),
    ("llamafactory.hparams.parser", "get_train_args", ("args",)),
    ("llamafactory.hparams.parser", "get_infer_args", ("args",)),
    ("llamafactory.model.loader", "load_tokenizer", ("model_args",)),
    ("llamafactory.model.loader", "load_model", ("tokenizer", "model_args", "finetuning_args", "is_trainable")),
    ("llamafactory.train.sft.trainer", "CustomSeq2SeqTrainer", ("finetuning_args",)),
    ("llamafactory.train.dpo.trainer", "CustomDPOTrainer", ("finetuning_args",)),
    ("llamafactory.train.pt.trainer", "CustomTrainer", ("finetuning_args",)),
    ("llamafactory.train.callbacks", "LogCallback.on_log", ("args", "state", "control")),
    ("llamafactory.train.callbacks", "LogCallback._write_log", ("output_dir", "logs")),
    ("llamafactory.train.callbacks", "LogCallback._create_thread_pool", ("output_dir",)),
    ("llamafactory.train.callbacks", "LogCallback._close_thread_pool", ()),
    ("llamafactory.extras.ploting", "gen_loss_plot", ("trainer_log",)),
    ("llamafactory.data.collator", "SFTDataCollatorWith4DAttentionMask", ("template",)),
    ("llamafactory.data.collator", "PairwiseDataCollatorWithPadding", ("template",)),
    (
        "llamafactory.data.loader",
        "_get_merged_dataset",
        ("dataset_names", "model_args", "data_args", "training_args", "stage"),
    ),
    ("llamafactory.data.processor", "SupervisedDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    ("llamafactory.data.processor", "SupervisedDatasetProcessor._encode_data_example", ("prompt", "response")),
    ("llamafactory.data.processor", "PairwiseDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    ("llamafactory.data.processor", "PairwiseDatasetProcessor._encode_data_example", ("prompt", "response")),
    ("llamafactory.data.processor", "PretrainDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    ("llamafactory.data.processor", "PretrainDatasetProcessor.preprocess_dataset", ("examples",)),
    ("llamafactory.data.template", "get_template_and_fix_tokenizer", ("tokenizer", "data_args")),
    ("llamafactory.data.template", "Template", ("efficient_eos",)),
    ("llamafactory.data.template", "Template.encode_oneturn", ("tokenizer", "messages", "system")),
    ("llamafactory.data.template", "Template.get_stop_token_ids", ("tokenizer",)),
    ("llamafactory.data.processor.processor_utils", "infer_seqlen", ("source_len", "target_len", "cutoff_len")),
)
PARSER, PLOT = "llamafactory.hparams.parser", "llamafactory.extras.ploting"
SFT, DPO, PT = (f"llamafactory.train.{stage}.trainer" for stage in ("sft", "dpo", "pt"))
TRAINERS = {"sft": SFT, "dpo": DPO, "pt": PT}


class HostError(RuntimeError):
    """This LLaMA-Factory is not one that we know how to extend."""


# -- arguments -------------------------------------------------------------------------------------------------


def install_arguments(parser: ModuleType) -> None:
    """Give the host's parser our keys, and check them as soon as it has parsed."""
    check_names(PARSER)
    index = parser._TRAIN_ARGS.index(parser.FinetuningArguments)
    parser._TRAIN_ARGS[index] = _extended(parser.FinetuningArguments)
    original = parser.get_train_args

    @functools.wraps(original)
    def get_train_args(args: Any = None) -> Any:
        raw = parser.read_args(args)
        _suggest(raw, [f.name for group in parser._TRAIN_ARGS for f in fields(group)])
        parsed = original(raw)
        if in_use(parsed[3]):
            _prepare(*parsed, given=_keys(raw))
        return parsed

    parser.get_train_args = get_train_args
    parser.read_args = workplace.helpful(parser.read_args)
    without_traceback.install()


def _extended(base: type) -> type:
    @dataclass
    class FinetuningArguments(base, EwcArguments):
        pass

    FinetuningArguments.__doc__ = base.__doc__
    return FinetuningArguments


def _keys(raw: Any) -> dict[str, Any]:
    """The keys of a recipe or a command line, the latter's without their values."""
    if isinstance(raw, dict):
        return {str(key): value for key, value in raw.items() if value is not None}
    # the host's command line knows each key with hyphens too
    return {word[2:].split("=")[0].replace("-", "_"): word for word in raw if word.startswith("--")}


def _suggest(raw: Any, known: list[str]) -> None:
    """A misspelt key of ours gets its right name; any other unknown key is left to the host."""
    for key in _keys(raw):
        close = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.75)
        if key not in known and (close or key.startswith(("ewc_", "stage_eval"))):
            meant = f"Did you mean {close[0]}?" if close else f"Our keys are {', '.join(KEYS)}."
            raise ArgumentsError(f"key {key}", expected="a known key", found="an unknown one", remedy=meant)


def _prepare(model: Any, data: Any, training: Any, finetuning: Any, generating: Any, *, given: dict[str, Any]) -> None:
    """Check everything that can be checked before a model is loaded, and leave the plan for the trainer."""
    _no_failures()
    made = plan(model, data, training, finetuning)
    if made is not None:
        verify(finetuning.stage)
        from ewc_plugin.bridge import Context

        cutoff = _cutoff(data, given)
        by_itself = "resume_from_checkpoint" not in given
        finetuning.ewc = Context(model, data, training, finetuning, generating, made, cutoff, by_itself)


def _cutoff(data: Any, given: dict[str, Any]) -> int:
    """The recipe's own cutoff_len: the host takes one off as soon as it reads that it shall pack.

    Not so where it packs by itself (stage pt).
    """
    return int(data.cutoff_len) + bool(data.packing and (data.neat_packing or "packing" in given))


def _no_failures() -> None:
    if autoload.failures:
        name, error = next(iter(autoload.failures.items()))
        raise HostError(f"llamafactory-ewc could not extend {name}: {error}") from error


# -- trainers --------------------------------------------------------------------------------------------------


def install_sft_trainer(module: ModuleType) -> None:
    check_names(SFT)
    module.CustomSeq2SeqTrainer = _entrance(module.CustomSeq2SeqTrainer)


def install_dpo_trainer(module: ModuleType) -> None:
    check_names(DPO)
    module.CustomDPOTrainer = _entrance(module.CustomDPOTrainer)


def install_pt_trainer(module: ModuleType) -> None:
    check_names(PT)
    module.CustomTrainer = _entrance(module.CustomTrainer)


def _entrance(base: type) -> type:
    """A class that, when called, gives the host's own trainer, or ours when a key of ours acts."""

    class Entrance(base):
        def __new__(cls, *positional: Any, **named: Any) -> Any:
            given = inspect.signature(base).bind_partial(*positional, **named).arguments
            finetuning = given.get("finetuning_args")
            context = getattr(finetuning, "ewc", None)
            if context is None and in_use(finetuning) and acts(finetuning):
                raise HostError("EWC keys are set, but these arguments did not come from the host's get_train_args")
            if cls is not Entrance:  # somebody derived from it; their class must not lose EWC in silence
                if context is not None:
                    raise HostError(f"{cls.__name__} derives from {base.__name__}: EWC cannot enter it")
                return super().__new__(cls)
            chosen = base if context is None else _with_ewc(base, context)
            return chosen(*positional, **named)

    Entrance.__name__ = Entrance.__qualname__ = base.__name__
    Entrance.__module__, Entrance.__doc__ = base.__module__, base.__doc__
    return Entrance


def _with_ewc(base: type, context: "Context") -> type:
    # here and not above: this module is imported while the host's argument parser is
    from llamafactory.data.loader import _get_merged_dataset
    from llamafactory.data.processor import (
        PairwiseDatasetProcessor,
        PretrainDatasetProcessor,
        SupervisedDatasetProcessor,
    )
    from llamafactory.data.processor.processor_utils import infer_seqlen
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.train.callbacks import LogCallback

    from ewc_plugin.bridge import Bridge, HostParts
    from ewc_plugin.trainer import EwcMixin

    live_plot.extend_log(LogCallback)
    processors = {
        "sft": SupervisedDatasetProcessor,
        "rm": PairwiseDatasetProcessor,
        "pt": PretrainDatasetProcessor,
    }
    parts = HostParts(infer_seqlen, _get_merged_dataset, processors, get_template_and_fix_tokenizer)

    class EwcTrainer(EwcMixin, base):
        def _ewc_bridge(self) -> Bridge:
            return Bridge(self, context, parts)

    return EwcTrainer


# -- the web UI's live plot ------------------------------------------------------------------------------------


def install_plot(module: ModuleType) -> None:
    check_names(PLOT)
    module.gen_loss_plot = live_plot.extended_plot(module.gen_loss_plot)


# -- a model that is not trained -------------------------------------------------------------------------------


def loaded(arguments: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """(model, tokenizer, template, cutoff rule) as the host loads them for inference from the keys of a recipe."""
    (model_args, finetuning_args), encoding = _read(arguments)
    from llamafactory.model.loader import load_model

    return load_model(encoding[0], model_args, finetuning_args), *encoding


def encoding(arguments: dict[str, Any]) -> tuple[Any, Any, Any]:
    """(tokenizer, template, cutoff rule), the same as `loaded` gives, without the weights."""
    return _read(arguments)[1]


def _read(arguments: dict[str, Any]) -> tuple[tuple[Any, Any], tuple[Any, Any, Any]]:
    verify("sft")
    from llamafactory.data.processor.processor_utils import infer_seqlen
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.hparams.parser import get_infer_args
    from llamafactory.model.loader import load_tokenizer

    model_args, data_args, finetuning_args, _ = get_infer_args(arguments)
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    return (model_args, finetuning_args), (tokenizer, template, infer_seqlen)


# -- is this a host that we know? ------------------------------------------------------------------------------


def check_names(module_name: str) -> None:
    """Raise HostError for a name or parameter of `NAMES` that this version of the host lacks."""
    module = _imported(module_name)
    for owner, name, parameters in NAMES:
        if owner != module_name:
            continue
        try:
            found = operator.attrgetter(name)(module)
        except AttributeError as error:
            raise HostError(_gone(f"{owner}.{name}")) from error
        lacking = [p for p in parameters if p not in inspect.signature(found).parameters]
        if lacking:
            raise HostError(_gone(f"parameter {', '.join(lacking)} of {owner}.{name}"))


def _imported(module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not module_name.startswith(str(error.name)):  # one of the host's own dependencies
            raise
        raise HostError(_gone(str(error.name))) from error


def _gone(what: str) -> str:
    return (
        f"{what} is not in LLaMA-Factory {version()}; this version of llamafactory-ewc was tested with "
        f"{', '.join(SEEN_IN)}. Install a tested version, or a newer llamafactory-ewc."
    )


def version() -> str:
    return str(importlib.import_module("llamafactory").__version__)


@functools.cache
def verify(stage: str) -> None:
    """Start-up self-check of everything in `NAMES`; warns once about a version that was never tested."""
    for module_name in dict.fromkeys(owner for owner, _, _ in NAMES):
        if module_name not in TRAINERS.values() or module_name == TRAINERS[stage]:
            _imported(module_name)
        # replaced names keep the host's signature, so the check holds after the replacement too
        if module_name in (PARSER, *TRAINERS.values()):
            continue
        check_names(module_name)
    _no_failures()
    if version() not in SEEN_IN:
        warnings.warn(
            f"LLaMA-Factory {version()} was not tested with llamafactory-ewc (tested: {', '.join(SEEN_IN)}); all names "
            "that it needs are there and the self-check passed.",
            stacklevel=2,
        )
