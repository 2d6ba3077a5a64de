"""How is the model loaded that scores, embeds and answers? As LLaMA-Factory loads it to be asked, not trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from converters.contract import SourceError
from converters.quality.models import shards
from converters.quality.models.encoding import Encoder
from converters.quality.models.heads import Head, head_of
from converters.quality.models.settings import ModelSettings


@dataclass(frozen=True)
class LanguageModel:
    """`model` in evaluation mode, adapters on top; `device` is where its tokens go.

    `about` is what a signature says of it beside its weights: number format and device.
    """

    model: Any
    tokenizer: Any
    template: Any
    device: Any
    pad_token_id: int
    about: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def head(self) -> Head:
        return head_of(self.model)

    @property
    def longest(self) -> int | None:
        """Positions that it was made for; None where nothing says so."""
        config = getattr(self.model.config, "text_config", self.model.config)
        return getattr(config, "max_position_embeddings", None)


def load(settings: ModelSettings, encoder: Encoder | None = None) -> LanguageModel:
    """The model of the settings, on this process's own device. Raises SourceError for one that cannot be loaded."""
    encoder = encoder or Encoder(settings)
    from converters.quality import host

    kind = device_of(settings.device)
    _require_place(settings, kind)
    dtype = dtype_of(settings.dtype, kind)
    model = host.model(encoder.text, dtype=dtype, device=place(kind))
    model.eval()
    _require_tokens(model, encoder)
    return LanguageModel(
        model,
        encoder.tokenizer,
        encoder.template,
        model.get_input_embeddings().weight.device,
        encoder.pad_token_id,
        {"dtype": dtype, "device": kind},
    )


def _require_place(settings: ModelSettings, kind: str) -> None:
    # the host lays quantised weights on the GPU of the process, whatever it is told
    if settings.quantised and kind == "cpu" and device_of("auto") == "cuda":
        raise SourceError(
            "--device cpu",
            expected="weights that are not quantised, or no GPU in sight",
            found="--quantization-bit and a GPU",
            remedy="Leave --device out, or hide the GPU: CUDA_VISIBLE_DEVICES= python -m converters …",
        )


def _require_tokens(model: Any, encoder: Encoder) -> None:
    """A template may add tokens to a tokenizer that a base model has no vectors for."""
    known, needed = model.get_input_embeddings().weight.shape[0], len(encoder.tokenizer)
    if needed > known:
        added = ", ".join(map(str, encoder.tokenizer.convert_ids_to_tokens(range(known, needed))))
        raise SourceError(
            f"template {encoder.settings.template}",
            expected=f"one of which the model knows all tokens ({known:,})",
            found=f"{needed:,} tokens: it adds {added}",
            remedy="Name the template that the model was made for, or a model that was trained with resize_vocab.",
        )


def device_of(wanted: str) -> str:
    """cpu, cuda or spread. Raises SourceError for a GPU that is not there."""
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted in ("cuda", "spread") and not torch.cuda.is_available():
        raise SourceError(
            f"--device {wanted}", expected="a GPU that torch can use", found="none", remedy="Leave --device out."
        )
    return wanted


def dtype_of(wanted: str, device: str) -> str:
    return wanted if wanted != "auto" else "float32" if device == "cpu" else "bfloat16"


def place(kind: str) -> Any:
    if kind == "spread":
        return "auto"
    if kind == "cpu":
        return "cpu"
    import torch

    place = torch.device("cuda", shards.here().local % torch.cuda.device_count())
    torch.cuda.set_device(place)
    return place
