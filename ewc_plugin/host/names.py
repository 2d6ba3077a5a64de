"""Which names of LLaMA-Factory are leaned on, in which versions were they seen, and are they there?"""

import functools
import importlib
import inspect
import operator
import warnings
from types import ModuleType

from ewc_plugin import autoload

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
    (
        "llamafactory.data.loader",
        "_get_dataset_processor",
        ("data_args", "stage", "template", "tokenizer", "processor"),
    ),
    ("llamafactory.data.data_utils", "split_dataset", ("dataset", "eval_dataset", "data_args", "seed")),
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
    ("llamafactory.data.template", "Template.get_ollama_modelfile", ("tokenizer",)),
    ("llamafactory.data.processor.processor_utils", "infer_seqlen", ("source_len", "target_len", "cutoff_len")),
)
PARSER, PLOT = "llamafactory.hparams.parser", "llamafactory.extras.ploting"
TEMPLATE = "llamafactory.data.template"
SFT, DPO, PT = (f"llamafactory.train.{stage}.trainer" for stage in ("sft", "dpo", "pt"))
TRAINERS = {"sft": SFT, "dpo": DPO, "pt": PT}


class HostError(RuntimeError):
    """This LLaMA-Factory is not one that we know how to extend."""


def check_names(module_name: str) -> None:
    """Raise HostError for a name or parameter of `NAMES` that this version of the host lacks."""
    module = imported(module_name)
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


def imported(module_name: str) -> ModuleType:
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
            imported(module_name)
        # replaced names keep the host's signature, so the check holds after the replacement too
        if module_name in (PARSER, *TRAINERS.values()):
            continue
        check_names(module_name)
    no_failures()
    if version() not in SEEN_IN:
        warnings.warn(
            f"LLaMA-Factory {version()} was not tested with llamafactory-ewc (tested: {', '.join(SEEN_IN)}); all names "
            "that it needs are there and the self-check passed.",
            stacklevel=2,
        )


def no_failures() -> None:
    if autoload.failures:
        name, error = next(iter(autoload.failures.items()))
        raise HostError(f"llamafactory-ewc could not extend {name}: {error}") from error
