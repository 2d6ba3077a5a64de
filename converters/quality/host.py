"""What do we need of LLaMA-Factory, to read and to load as its training does? The only file here that imports it."""

from __future__ import annotations

import copy
import importlib
import inspect
import operator
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from converters.contract import SourceError

SEEN_IN = ("0.9.5",)
MESSAGES = Sequence[dict[str, str]]
UNCUT = 2**31
# module, name, and the parameters that we pass or the attributes that we read
NAMES = (
    ("llamafactory.extras.logging", "get_logger", ("name",)),
    ("llamafactory.hparams.parser", "get_infer_args", ("args",)),
    ("llamafactory.hparams.parser", "ModelArguments", ("model_name_or_path", "adapter_name_or_path", "infer_dtype")),
    ("llamafactory.hparams.parser", "DataArguments", ("template", "cutoff_len", "train_on_prompt", "mask_history")),
    ("llamafactory.model.loader", "load_tokenizer", ("model_args",)),
    ("llamafactory.model.loader", "load_config", ("model_args",)),
    ("llamafactory.model.loader", "load_model", ("tokenizer", "model_args", "finetuning_args", "is_trainable")),
    ("llamafactory.model.loader", "load_model", ("add_valuehead",)),
    ("llamafactory.data.template", "get_template_and_fix_tokenizer", ("tokenizer", "data_args")),
    ("llamafactory.data.template", "TEMPLATES.get", ()),
    ("llamafactory.data.template", "Template", ("format_prefix", "efficient_eos")),
    ("llamafactory.data.template", "Template.encode_oneturn", ("tokenizer", "messages", "system")),
    ("llamafactory.data.template", "Template.encode_multiturn", ("tokenizer", "messages", "system", "tools")),
    ("llamafactory.data.template", "Template.get_stop_token_ids", ("tokenizer",)),
    ("llamafactory.data.template", "Template._convert_elements_to_ids", ("tokenizer", "elements")),
    ("llamafactory.data.processor", "SupervisedDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    (
        "llamafactory.data.processor",
        "SupervisedDatasetProcessor._encode_data_example",
        ("prompt", "response", "system", "tools", "images", "videos", "audios"),
    ),
    ("llamafactory.data.processor", "PairwiseDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    (
        "llamafactory.data.processor",
        "PairwiseDatasetProcessor._encode_data_example",
        ("prompt", "response", "system", "tools", "images", "videos", "audios"),
    ),
)


def version() -> str:
    return str(_imported("llamafactory").__version__)


def check() -> None:
    """Raise SourceError for a name or parameter of NAMES that this LLaMA-Factory does not have."""
    _quiet()
    for owner, name, parameters in NAMES:
        module = _imported(owner)
        try:
            found = operator.attrgetter(name)(module)
        except AttributeError as error:
            raise _gone(f"no {owner}.{name}") from error
        if lacking := [each for each in parameters if each not in inspect.signature(found).parameters]:
            raise _gone(f"{owner}.{name} without {', '.join(lacking)}")


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(str(error.name)):  # one of its own dependencies
            raise
        raise _gone(f"no module {error.name}") from error


def _gone(found: str) -> SourceError:
    return SourceError(
        "LLaMA-Factory",
        expected=f"one that is known here (seen in {', '.join(SEEN_IN)})",
        found=found,
        remedy="Install a tested version: pip install -c constraints.txt llamafactory",
    )


def _quiet() -> None:
    # the host announces each of its steps; what matters here is in our own output. It reads the level when its first
    # logger is made, and a training that this process starts later shall speak as ever
    if "LLAMAFACTORY_VERBOSITY" in os.environ:
        return
    os.environ["LLAMAFACTORY_VERBOSITY"] = "ERROR"
    try:
        _imported("llamafactory.extras.logging").get_logger("llamafactory")
    finally:
        del os.environ["LLAMAFACTORY_VERBOSITY"]


@dataclass(frozen=True)
class Text:
    """Tokenizer, template and the encoder of supervised training, as a recipe with these keys has them."""

    tokenizer: Any
    template: Any
    _processor: Any
    _arguments: tuple[Any, Any]

    @property
    def prefix(self) -> tuple[int, ...]:
        own = self.template._convert_elements_to_ids(self.tokenizer, self.template.format_prefix.apply())
        begin = self.tokenizer.bos_token_id
        return tuple(own) or (() if begin is None else (int(begin),))

    def conversation(self, messages: MESSAGES, system: str) -> Conversation:
        return Conversation(self._processor, list(messages), system)

    def prompt(self, messages: MESSAGES, system: str) -> list[int]:
        asked = messages if messages[-1]["role"] == "assistant" else [*messages, {"role": "assistant", "content": ""}]
        return list(self.template.encode_oneturn(self.tokenizer, list(asked), system)[0])

    def rated(self, messages: MESSAGES, system: str) -> list[int]:
        """The tokens that stage rm rates: the conversation after the cutoff, which its last answer survives longest."""
        from llamafactory.data.processor import PairwiseDatasetProcessor

        pairs = PairwiseDatasetProcessor(
            template=self.template, tokenizer=self.tokenizer, processor=None, data_args=self._processor.data_args
        )
        # an answer that is compared with itself is cut as if it were alone
        ids, _, _, _ = pairs._encode_data_example(
            prompt=list(messages[:-1]),
            response=[messages[-1], messages[-1]],
            system=system,
            tools="",
            images=[],
            videos=[],
            audios=[],
        )
        return list(ids)

    def stop_token_ids(self) -> tuple[int, ...]:
        return tuple(self.template.get_stop_token_ids(self.tokenizer))


class Conversation:
    """One conversation, tokenised once and cut and labelled as often as it is asked for."""

    def __init__(self, processor: Any, messages: list[dict[str, str]], system: str) -> None:
        self._processor, self._messages, self._system = processor, messages, system
        self._template = _Once(processor.template)

    def labels(self, *, on_prompt: bool) -> tuple[list[int], list[int]]:
        """(tokens, labels) after the cutoff, with or without a loss on the prompt, whatever the recipe says."""
        return self._encoded(train_on_prompt=on_prompt)

    def whole(self) -> int:
        """How many tokens there are before the cutoff."""
        return len(self._encoded(cutoff_len=UNCUT)[0])

    def _encoded(self, **changed: Any) -> tuple[list[int], list[int]]:
        processor = copy.copy(self._processor)
        processor.template, processor.data_args = self._template, copy.copy(processor.data_args)
        for name, value in changed.items():
            setattr(processor.data_args, name, value)
        ids, labels = processor._encode_data_example(
            prompt=self._messages[:-1],
            response=self._messages[-1:],
            system=self._system,
            tools="",
            images=[],
            videos=[],
            audios=[],
        )
        return ids, labels


class _Once:
    """A template that tokenises a conversation the first time only: nearly all the time goes there."""

    def __init__(self, template: Any) -> None:
        self._template = template
        self._pairs: list[tuple[list[int], list[int]]] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    def encode_multiturn(self, *given: Any) -> list[tuple[list[int], list[int]]]:
        if self._pairs is None:
            self._pairs = self._template.encode_multiturn(*given)
        return [(list(prompt), list(answer)) for prompt, answer in self._pairs]


def text(keys: Mapping[str, Any]) -> Text:
    """How these keys of a recipe turn conversations into tokens. Raises SourceError for a template that is none."""
    check()
    from llamafactory.data.processor import SupervisedDatasetProcessor
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.model.loader import load_tokenizer

    model_arguments, data_arguments, finetuning_arguments = _arguments(keys)
    try:
        tokenizer = load_tokenizer(model_arguments)["tokenizer"]
    except (OSError, ValueError) as error:
        raise _no_model(keys, error) from error
    try:
        with _as_registered(data_arguments.template):
            template = get_template_and_fix_tokenizer(tokenizer, data_arguments)
    except ValueError as error:
        raise SourceError(
            f"template {keys.get('template')}",
            expected="a template of LLaMA-Factory",
            found=str(error),
            remedy="The recipe that trains this model names it; gemma2, qwen, llama3 … are some.",
        ) from error
    processor = SupervisedDatasetProcessor(
        template=template, tokenizer=tokenizer, processor=None, data_args=data_arguments
    )
    return Text(tokenizer, template, processor, (model_arguments, finetuning_arguments))


@contextmanager
def _as_registered(name: str) -> Iterator[None]:
    """The host writes a recipe's keys into the one template of that name; the next recipe shall find it as it was."""
    from llamafactory.data.template import TEMPLATES

    before = copy.copy(TEMPLATES.get(name))
    try:
        yield
    finally:
        if before is not None:
            TEMPLATES[name] = before


def model(of: Text, *, dtype: str, device: Any) -> Any:
    """The weights, adapters on top, nothing trainable. `dtype` as torch names it; `device` "auto" spreads."""
    return _weights(of, dtype, device)


def rating_model(of: Text, *, dtype: str, device: Any) -> Any:
    """The same with a value head, which is loaded from the last adapter or the model; random where there is none."""
    return _weights(of, dtype, device, add_valuehead=True)


def _weights(of: Text, dtype: str, device: Any, **more: Any) -> Any:
    from llamafactory.model.loader import load_model

    model_arguments, finetuning_arguments = (copy.copy(each) for each in of._arguments)
    model_arguments.infer_dtype = dtype
    model_arguments.device_map = device if device == "auto" else {"": device}
    try:
        with _read_as(dtype):
            return load_model(of.tokenizer, model_arguments, finetuning_arguments, is_trainable=False, **more)
    except ImportError as error:
        raise SourceError(
            "the model",
            expected="the packages that it needs",
            found=str(error).split("\n")[0],
            remedy="For --quantization-bit: pip install 'llamafactory-ewc[qlora]'",
        ) from error
    except (OSError, ValueError) as error:
        raise _no_model({"model_name_or_path": model_arguments.model_name_or_path}, error) from error


@contextmanager
def _read_as(dtype: str) -> Iterator[None]:
    """The host reads weights in the format that the checkpoint's config names, whatever `infer_dtype` says.

    They are not converted afterwards, because an adapter is merged into them while they are read.
    """
    import torch
    from llamafactory.model import loader

    as_stored = loader.load_config

    def load_config(model_args: Any) -> Any:
        config = as_stored(model_args)
        for part in (config, getattr(config, "text_config", None)):
            if part is not None:
                part.dtype = getattr(torch, dtype)
        return config

    loader.load_config = load_config
    try:
        yield
    finally:
        loader.load_config = as_stored


def _no_model(keys: Mapping[str, Any], error: Exception) -> SourceError:
    cause = error.__cause__ or error
    return SourceError(
        f"model {keys.get('model_name_or_path')}",
        expected="a folder or a name that transformers loads",
        found=str(cause).split("\n")[0].rstrip(".") or type(cause).__name__,
    )


def _arguments(keys: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    from llamafactory.hparams.parser import get_infer_args

    given = {"finetuning_type": "lora", **keys}
    try:
        model_arguments, data_arguments, finetuning_arguments, _ = get_infer_args(given)
    except (ValueError, TypeError) as error:
        raise SourceError(
            "the keys of the model", expected="keys that LLaMA-Factory accepts together", found=str(error)
        ) from error
    _hush()
    return model_arguments, data_arguments, finetuning_arguments


def _hush() -> None:
    from transformers.utils import logging

    # the host turns transformers' own announcements on
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    if not sys.stderr.isatty():
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
