"""How good does a reward model find an answer? A number for each conversation, as its own training would give it.

`RewardModel.encode` makes the tokens of a conversation, `scores` rates a batch of them: who batches, resumes and
shares out the work is `score`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from converters.contract import SourceError
from converters.mixing.leakage import Turn
from converters.quality.models import model as loading
from converters.quality.models import signature
from converters.quality.models.settings import CUTOFF
from converters.quality.rewards import classifier, rated_text
from converters.quality.rewards.rated_text import PAIR, Encode, Unrated
from converters.quality.rewards.reward_folder import Found, recognised
from converters.quality.rewards.value_head import ValueHead

__all__ = ["RewardModel", "Settings", "Unrated", "load", "signature_of"]

TOO_LONG = "longer_than_the_model"
CUT_OFF = "longer_than_the_cutoff"


@dataclass(frozen=True)
class Settings:
    """`model`: a folder or name of a sequence classification model, or what LLaMA-Factory saved with stage rm.

    `base` is the model beneath a LoRA adapter, "" for the one that the adapter names. `template` is one of
    LLaMA-Factory, "" for the model's own chat template, "pair" for (question, answer) as two texts. `label` chooses
    among several labels by name or number. `cutoff_len` is that of stage rm; other models are not cut.
    """

    model: str
    base: str = ""
    template: str = ""
    label: str = ""
    cutoff_len: int = CUTOFF
    dtype: str = "auto"
    device: str = "auto"
    quantization_bit: int | None = None
    trust_remote_code: bool = False


class Rater(Protocol):
    @property
    def longest(self) -> int | None: ...

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]: ...


@dataclass(frozen=True)
class RewardModel:
    """`about` is what its scores depend on, for their signature."""

    text: Encode
    rater: Rater
    about: Mapping[str, Any]
    longest: int | None = None
    reason: str = TOO_LONG

    def encode(self, turns: Sequence[Turn]) -> list[int]:
        """The tokens of a conversation that ends with the answer, cut as in training. Raises Unrated."""
        ids = self.text(turns)
        if self.longest is not None and len(ids) > self.longest:
            raise Unrated(self.reason)
        return ids

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        """The rating of each, in the order given; NaN where the model gave no finite number."""
        return [value if math.isfinite(value) else math.nan for value in self.rater.scores(batch)]


def load(settings: Settings) -> RewardModel:
    """Raises SourceError for what is no reward model, and where its form or label has to be named."""
    found = recognised(settings.model, base=settings.base)
    if found.kind == "value_head" and settings.template == PAIR:
        raise SourceError(
            "--reward-template pair",
            expected="a template of LLaMA-Factory, as the reward model was trained with",
            found="the form of encoders",
        )
    about = signature_of(settings)
    return _value_head(settings, found, about) if found.kind == "value_head" else _classifier(settings, found, about)


def signature_of(settings: Settings) -> dict[str, Any]:
    """What its scores depend on, told without loading a weight."""
    found = recognised(settings.model, base=settings.base)
    patterns = (*signature.WEIGHTS, *signature.TOKENIZER)
    template = settings.template or "chat template of the model"
    return {
        "model": settings.model,
        "kind": found.kind,
        "weights": signature.digest(found.adapter or found.base, patterns),
        **({"base_weights": signature.digest(found.base, signature.WEIGHTS)} if found.adapter else {}),
        "template": template,
        **({"label": settings.label} if settings.label else {}),
        **({"cutoff_len": settings.cutoff_len} if found.kind == "value_head" else {}),
        **({"quantization_bit": settings.quantization_bit} if settings.quantization_bit else {}),
        "dtype": loading.dtype_of(settings.dtype, loading.device_of(settings.device)),
        "versions": signature.versions((*signature.MODEL_VERSIONS, *(("peft",) if found.adapter else ()))),
    }


def _value_head(settings: Settings, found: Found, about: Mapping[str, Any]) -> RewardModel:
    from converters.quality import host

    keys = {
        "model_name_or_path": found.base,
        "adapter_name_or_path": found.adapter or None,
        "template": settings.template or "empty",
        "cutoff_len": settings.cutoff_len,
        "quantization_bit": settings.quantization_bit,
        "trust_remote_code": settings.trust_remote_code or None,
    }
    text = host.text({key: value for key, value in keys.items() if value is not None})
    own = None if settings.template else _tokenizer(settings.model, settings)
    encode = rated_text.chat(own, settings.model, end=True) if own else rated_text.trained(text)
    kind = loading.device_of(settings.device)
    model = host.rating_model(text, dtype=loading.dtype_of(settings.dtype, kind), device=loading.place(kind))
    rater = ValueHead(model.eval(), pad=int(text.tokenizer.pad_token_id), head=found.head)
    # of a text that is not made by the template nobody can say where its answer begins, and so what to cut
    longest = _least(rater.longest, settings.cutoff_len if own else None)
    return RewardModel(encode, rater, about, longest, CUT_OFF if longest == settings.cutoff_len else TOO_LONG)


def _classifier(settings: Settings, found: Found, about: Mapping[str, Any]) -> RewardModel:
    tokenizer = _tokenizer(settings.model, settings)
    encode = _form(settings, found, tokenizer)
    kind = loading.device_of(settings.device)
    place = loading.place(kind)
    model = classifier.loaded(found, device_map=place if place == "auto" else {"": place}, **_how(settings, kind))
    label = classifier.label_of(model.config, settings.label, settings.model)
    rater = classifier.Classifier(model, label, between=_between(settings, tokenizer, model.config))
    return RewardModel(encode, rater, about, _least(rater.longest, int(tokenizer.model_max_length)))


def _between(settings: Settings, tokenizer: Any, config: Any) -> int | None:
    told = settings.template == PAIR and "token_type_ids" in tokenizer.model_input_names
    return int(tokenizer.sep_token_id) if told and getattr(config, "type_vocab_size", 0) > 1 else None


def _form(settings: Settings, found: Found, tokenizer: Any) -> Encode:
    if settings.template == PAIR:
        return rated_text.pair(tokenizer)
    if not settings.template:
        return rated_text.chat(tokenizer, settings.model, end=False)
    from converters.quality import host

    keys = {"model_name_or_path": found.base, "template": settings.template, "cutoff_len": host.UNCUT}
    return rated_text.trained(host.text(keys))


def _how(settings: Settings, kind: str) -> dict[str, Any]:
    import torch

    how: dict[str, Any] = {
        "dtype": getattr(torch, loading.dtype_of(settings.dtype, kind)),
        "trust_remote_code": settings.trust_remote_code,
    }
    if settings.quantization_bit:
        from transformers import BitsAndBytesConfig

        four = settings.quantization_bit == 4
        how["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=four, load_in_8bit=not four, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=how["dtype"]
        )
    return how


def _tokenizer(path: str, settings: Settings) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(path, trust_remote_code=settings.trust_remote_code)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"--reward-model {path}",
            expected="a tokenizer beside the model",
            found=str(error).split("\n")[0].rstrip("."),
            remedy="--reward-template NAME makes the text with the tokenizer of the model beneath.",
        ) from error


def _least(*lengths: int | None) -> int | None:
    known = [length for length in lengths if length is not None]
    return min(known) if known else None
