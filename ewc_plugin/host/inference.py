"""How does the host load a model that is not trained, and how does it encode for it?"""

from typing import Any

from ewc_plugin.host.names import verify


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
