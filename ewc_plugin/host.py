"""What do we need of LLaMA-Factory, and what do we put in its place? The only file that imports it.

Five names are replaced, each in the module that defines it: the argument dataclass, the SFT, DPO and pre-training
trainers, and the web UI's plot. A user of none of our keys gets the host's own classes and figure back.
"""

import copy
import difflib
import functools
import importlib
import inspect
import operator
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ewc_plugin import again, autoload, live_plot, mixture, occupied, without_traceback, workplace
from ewc_plugin.arguments import KEYS, EwcArguments, acts, in_use
from ewc_plugin.batch import keys as batch_keys
from ewc_plugin.batch import lengths
from ewc_plugin.batch.reckoning import Batch, Length, reckon
from ewc_plugin.conditions import Conditions, conditions
from ewc_plugin.encoding import KINDS
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.plan import Plan, plan, starts_from
from ewc_plugin.visible import say

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
        batch = _batch(raw)
        parsed, refused = _parsed(original, raw if batch is None else batch_keys.with_batch(raw, batch))
        if in_use(parsed[3]):
            _prepare(*parsed, given=_keys(raw), batch=batch, refused=refused)
        elif refused is not None:
            raise refused
        return parsed

    parser.get_train_args = get_train_args
    parser.get_infer_args = _noting_exports(parser.get_infer_args)
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


def _prepare(
    model: Any,
    data: Any,
    training: Any,
    finetuning: Any,
    generating: Any,
    *,
    given: dict[str, Any],
    batch: Batch | None,
    refused: ValueError | None = None,
) -> None:
    """Check everything that can be checked before a model is loaded, and leave the plan for the trainer."""
    _no_failures()
    from ewc_plugin.ranks import current_ranks, together

    made = together(current_ranks(), lambda: plan(model, data, training, finetuning))
    if made is not None:
        verify(finetuning.stage)
        from ewc_plugin.bridge import Context

        reads = starts_from(made, model.model_name_or_path, model.adapter_name_or_path)
        occupied.before_loading(training.output_dir, reads=reads, ranks=current_ranks())
        by_itself = "resume_from_checkpoint" not in given
        cutoff = _cutoff(data, given)
        known = conditions(model, data, training, finetuning, cutoff=cutoff)
        _settle(made, known, training, named=not by_itself, full=refused is not None)
        finetuning.ewc = Context(model, data, training, finetuning, generating, made, cutoff, by_itself, batch, known)
    elif refused is not None:
        raise refused


def _parsed(original: Callable[[Any], Any], raw: Any) -> tuple[Any, ValueError | None]:
    """The host's arguments, and its refusal of a folder that holds weights and no checkpoint.

    That one says nothing of a stage that is finished; it is raised later, when it is known whose weights these are.
    """
    try:
        return original(raw), None
    except ValueError as error:
        if "overwrite_output_dir" not in str(error):
            raise
        more = {"overwrite_output_dir": True}
        parsed = original({**raw, **more} if isinstance(raw, dict) else [*raw, "--overwrite_output_dir", "true"])
        parsed[2].overwrite_output_dir = False
        return parsed, error


def _settle(made: Plan, known: Conditions, training: Any, *, named: bool, full: bool) -> None:
    """End here when the stage is finished already; raise when it cannot be continued under these keys."""
    from ewc_plugin.ranks import current_ranks
    from ewc_plugin.resume import regime

    asked = again.Asked(
        Path(training.output_dir),
        requested=None if made.estimate else training.resume_from_checkpoint,  # an estimate is of what was loaded
        named=named and not made.estimate,
        overwrites=bool(training.overwrite_output_dir),
        full=full,
    )
    ranks = current_ranks()
    if again.settle(asked, regime(made, known), ranks=ranks, say=say if ranks.rank == 0 else lambda _: None):
        again.leave(asked.folder)


def _cutoff(data: Any, given: dict[str, Any]) -> int:
    """The recipe's own cutoff_len: the host takes one off as soon as it reads that it shall pack.

    Not so where it packs by itself (stage pt).
    """
    return int(data.cutoff_len) + bool(data.packing and (data.neat_packing or "packing" in given))


def _no_failures() -> None:
    if autoload.failures:
        name, error = next(iter(autoload.failures.items()))
        raise HostError(f"llamafactory-ewc could not extend {name}: {error}") from error


# -- the batch -------------------------------------------------------------------------------------------------


def unprepared(raw: Any) -> tuple[Any, Any, Any, Any, Any]:
    """The host's five groups of arguments with their defaults, as they are before a device or a process group is made.

    Unknown keys are left to the host. What it checks or alters after parsing is neither checked nor altered here.
    """
    from transformers import HfArgumentParser

    module = _imported(PARSER)

    class TrainingArguments(module.TrainingArguments):
        local_process_index = property(lambda _: int(os.environ.get("LOCAL_RANK", "0")))

        def __post_init__(self) -> None:  # would choose a device, start DeepSpeed, refuse bf16 without a GPU
            return

    groups = [TrainingArguments if group is module.TrainingArguments else group for group in module._TRAIN_ARGS]
    parser = HfArgumentParser(groups)
    if isinstance(raw, dict):
        return parser.parse_dict(raw, allow_extra_keys=True)
    return parser.parse_args_into_dataclasses(args=raw, return_remaining_strings=True)[:5]


def _batch(raw: Any) -> Batch | None:
    """What `batch_tokens` amounts to; None without it, and where what is wrong is said after parsing."""
    given = _keys(raw)
    if batch_keys.OURS not in given:
        return None
    groups = unprepared(raw)
    _, data, training, finetuning, _ = groups
    batch_keys.check(finetuning.batch_tokens, training, finetuning, given)
    unknown = finetuning.stage not in KINDS or not data.dataset or not training.do_train or finetuning.ewc_estimate
    if unknown or mixture.problems(data.dataset, Path(str(data.dataset_dir))):
        return None
    at_most = training.per_device_train_batch_size
    world = batch_keys.world_size()
    batch = reckon(finetuning.batch_tokens, length(groups, given), world=world, at_most=at_most)
    if os.environ.get("RANK", "0") == "0":
        say(batch.sentence())
        if batch_keys.ACCUMULATION in given:  # only the web UI's form may have both
            say(f"batch_tokens: the accumulation of LlamaBoard's form gives way to {batch.accumulation}")
    return batch


def length(groups: tuple[Any, Any, Any, Any, Any], given: dict[str, Any]) -> Length:
    """How long the sequences (or pairs) are that the host will make of the recipe's data."""
    _, data, _, finetuning, _ = groups
    kind = KINDS[finetuning.stage]
    if data.tokenized_path is not None and os.path.isdir(data.tokenized_path) and os.listdir(data.tokenized_path):
        from datasets import load_from_disk

        stored = load_from_disk(data.tokenized_path)
        return lengths.tokenised(stored["train"] if isinstance(stored, dict) else stored, kind)
    if kind == "pt" and data.packing is not False:
        return lengths.packed(data.cutoff_len)  # its blocks are as long as the host says after parsing
    if kind == "sft" and data.packing:
        return lengths.packed(_cutoff(data, given))
    return lengths.sampled(*aligned(groups))


def aligned(groups: tuple[Any, Any, Any, Any, Any]) -> tuple[Any, str, Any]:
    """(the host's encoder, the kind of data, the rows to train on in the host's form, before they are encoded)."""
    from llamafactory.data.data_utils import split_dataset
    from llamafactory.data.loader import _get_dataset_processor, _get_merged_dataset
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.model.loader import load_tokenizer
    from transformers import set_seed

    model, data, training, finetuning, _ = groups
    kind = KINDS[finetuning.stage]
    data = copy.copy(data)
    data.packing = (kind == "pt") if data.packing is None else data.packing
    set_seed(training.seed)  # the host may choose a dataset's rows at random: every rank must choose the same
    merged = _get_merged_dataset(data.dataset, model, data, training, kind)
    rows = split_dataset(merged, None, data, seed=training.seed)[0]["train"]
    loaded = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data)
    return _get_dataset_processor(data, kind, template, loaded["tokenizer"], loaded["processor"]), kind, rows


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
    from ewc_plugin.ranks import current_ranks
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

        def train(self, *positional: Any, **named: Any) -> Any:
            model, where = context.model, self.args.output_dir
            reads = starts_from(context.plan, model.model_name_or_path, model.adapter_name_or_path)
            with occupied.while_training(where, reads=reads, ranks=current_ranks()):
                return super().train(*positional, **named)

        def save_model(self, output_dir: str | None = None, *positional: Any, **named: Any) -> None:
            occupied.require(self.args.output_dir)
            super().save_model(output_dir, *positional, **named)

    return EwcTrainer


# -- the web UI's live plot ------------------------------------------------------------------------------------


def install_plot(module: ModuleType) -> None:
    check_names(PLOT)
    module.gen_loss_plot = live_plot.extended_plot(module.gen_loss_plot)


# -- a recipe that is not run yet ------------------------------------------------------------------------------


def unknown(raw: dict[str, Any]) -> dict[str, str]:
    """Each key of a recipe that neither the host nor we have, with a sentence; none where the host takes them all."""
    module = _imported(PARSER)
    if module.is_env_enabled("ALLOW_EXTRA_ARGS"):
        return {}
    names = [f.name for group in module._TRAIN_ARGS for f in fields(group)]
    found = {key: difflib.get_close_matches(key, names, n=1) for key in _keys(raw) if key not in names}
    return {key: f"unknown key {key}" + (f"; did you mean {near[0]}?" if near else "") for key, near in found.items()}


def examined(raw: dict[str, Any]) -> tuple[tuple[Any, ...], int]:
    """(a recipe's arguments as the host parses and checks them, its cutoff_len), without starting anything.

    DeepSpeed would change how this process loads models, and it and a ddp_backend want torchrun; a batch in tokens is
    reckoned later.
    """
    module, given = _imported(PARSER), _keys(raw)
    kept = {key: value for key, value in raw.items() if key not in ("deepspeed", "ddp_backend")}
    parsed = module.get_train_args.__wrapped__({**kept, "overwrite_output_dir": True})
    if batch_keys.OURS in given:
        batch_keys.check(parsed[3].batch_tokens, parsed[2], parsed[3], given)
    return parsed, _cutoff(parsed[1], given)


def examined_export(raw: dict[str, Any]) -> None:
    """Raise what the host has against the keys of an export; nothing is exported or noted."""
    _imported(PARSER).get_infer_args.__wrapped__(raw)


# -- an exported model -----------------------------------------------------------------------------------------


def _noting_exports(original: Callable[..., Any]) -> Callable[..., Any]:
    """The host's own; an export with a history to keep is noted where the host looks for its template next."""

    @functools.wraps(original)
    def get_infer_args(args: Any = None) -> Any:
        parsed = original(args)
        if parsed[0].export_dir is not None:
            from ewc_plugin import export

            noted = export.plan(parsed[0], parsed[1])
            if noted is not None:
                _no_failures()
                parsed[1].ewc_export = noted
        return parsed

    return get_infer_args


def install_template(module: ModuleType) -> None:
    """The last thing that an export asks is its template's Modelfile for Ollama: by then the weights are on disk."""
    check_names(TEMPLATE)
    original = module.get_template_and_fix_tokenizer

    @functools.wraps(original)
    def get_template_and_fix_tokenizer(tokenizer: Any, data_args: Any) -> Any:
        found = original(tokenizer, data_args)
        noted = getattr(data_args, "ewc_export", None)
        return found if noted is None else _finishing(found, noted)

    module.get_template_and_fix_tokenizer = get_template_and_fix_tokenizer


def _finishing(template: Any, noted: Any) -> Any:
    """A copy of the template, since the host keeps one for all that comes after in this process (the web UI)."""
    from ewc_plugin import export

    finishing = copy.copy(template)

    def get_ollama_modelfile(tokenizer: Any) -> str:
        text = str(template.get_ollama_modelfile(tokenizer))
        try:
            export.finish(noted, template, tokenizer)
        except Exception:  # the host has opened the file and would leave it empty
            (noted.target / "Modelfile").write_text(text, encoding="utf-8")
            raise
        return text

    finishing.get_ollama_modelfile = get_ollama_modelfile
    return finishing


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
