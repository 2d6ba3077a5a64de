"""What do we need of LLaMA-Factory, to read and to load as its training does? The only file here that imports it."""

from __future__ import annotations

import copy
import importlib
import inspect
import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converters.contract import SourceError

SEEN_IN = ("0.9.5",)
MESSAGES = Sequence[dict[str, str]]
UNCUT = 2**31
# module, name, and the parameters that we pass or the attributes that we read
NAMES = (
    ("llamafactory.hparams.parser", "get_infer_args", ("args",)),
    ("llamafactory.hparams.parser", "ModelArguments", ("model_name_or_path", "adapter_name_or_path", "infer_dtype")),
    ("llamafactory.hparams.parser", "DataArguments", ("template", "cutoff_len", "train_on_prompt", "mask_history")),
    ("llamafactory.model.loader", "load_tokenizer", ("model_args",)),
    ("llamafactory.model.loader", "load_model", ("tokenizer", "model_args", "finetuning_args", "is_trainable")),
    ("llamafactory.data.template", "get_template_and_fix_tokenizer", ("tokenizer", "data_args")),
    ("llamafactory.data.template", "Template", ("format_prefix", "efficient_eos")),
    ("llamafactory.data.template", "Template.encode_oneturn", ("tokenizer", "messages", "system")),
    ("llamafactory.data.template", "Template._convert_elements_to_ids", ("tokenizer", "elements")),
    ("llamafactory.data.processor", "SupervisedDatasetProcessor", ("template", "tokenizer", "processor", "data_args")),
    (
        "llamafactory.data.processor",
        "SupervisedDatasetProcessor._encode_data_example",
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
    # the host announces each of its steps, once a process; what matters here is in our own output
    os.environ.setdefault("LLAMAFACTORY_VERBOSITY", "ERROR")


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

    def labels(self, messages: MESSAGES, system: str, *, on_prompt: bool) -> tuple[list[int], list[int]]:
        """(tokens, labels) after the cutoff, with or without a loss on the prompt, whatever the recipe says."""
        return self._encoded(messages, system, train_on_prompt=on_prompt)

    def whole(self, messages: MESSAGES, system: str) -> int:
        """How many tokens there are before the cutoff."""
        return len(self._encoded(messages, system, cutoff_len=UNCUT)[0])

    def prompt(self, messages: MESSAGES, system: str) -> list[int]:
        asked = messages if messages[-1]["role"] == "assistant" else [*messages, {"role": "assistant", "content": ""}]
        return list(self.template.encode_oneturn(self.tokenizer, list(asked), system)[0])

    def stop_token_ids(self) -> tuple[int, ...]:
        return tuple(self.template.get_stop_token_ids(self.tokenizer))

    def _encoded(self, messages: MESSAGES, system: str, **changed: Any) -> tuple[list[int], list[int]]:
        processor = copy.copy(self._processor)
        processor.data_args = copy.copy(processor.data_args)
        for name, value in changed.items():
            setattr(processor.data_args, name, value)
        ids, labels = processor._encode_data_example(
            prompt=list(messages[:-1]),
            response=list(messages[-1:]),
            system=system,
            tools="",
            images=[],
            videos=[],
            audios=[],
        )
        return ids, labels


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


def model(of: Text, *, dtype: str, device: Any) -> Any:
    """The weights, adapters on top, nothing trainable. `dtype` as torch names it; `device` "auto" spreads."""
    from llamafactory.model.loader import load_model

    model_arguments, finetuning_arguments = (copy.copy(each) for each in of._arguments)
    model_arguments.infer_dtype = dtype
    model_arguments.device_map = device if device == "auto" else {"": device}
    try:
        return load_model(of.tokenizer, model_arguments, finetuning_arguments, is_trainable=False)
    except ImportError as error:
        raise SourceError(
            "the model",
            expected="the packages that it needs",
            found=str(error).split("\n")[0],
            remedy="For --quantization-bit: pip install 'llamafactory-ewc[qlora]'",
        ) from error
    except (OSError, ValueError) as error:
        raise _no_model({"model_name_or_path": model_arguments.model_name_or_path}, error) from error


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
