"""How does a sequence classification model rate? By its one number, or by that of the label that was chosen.

Of several labels that exclude one another it is the log-probability of the chosen one, since only differences between
their numbers mean something; of independent labels and of regression it is the number itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from converters.contract import SourceError
from converters.quality.rewards.reward_folder import CLASSIFIES, Found, file_of
from converters.quality.vectors import pooling

INDEPENDENT = ("regression", "multi_label_classification")  # problem types whose numbers stand for themselves


class Classifier:
    """`between`: the token after which the second of two texts begins, for models that are told which is which."""

    def __init__(self, model: Any, label: int, *, between: int | None = None) -> None:
        self._model, self._label, self._between = model, label, between
        self._device = model.get_input_embeddings().weight.device
        # the number of padding is in its configuration: by it the last token is found
        self._pad = model.config.pad_token_id

    @property
    def longest(self) -> int | None:
        config = self._model.config
        return getattr(getattr(config, "text_config", config), "max_position_embeddings", None)

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        if self._pad is None:  # transformers cannot find the last token of padded ones
            return [self._rated([ids])[0] for ids in batch]
        return self._rated(batch)

    def _rated(self, batch: Sequence[Sequence[int]]) -> list[float]:
        import torch

        tokens, mask = pooling.padded(batch, self._pad or 0, self._device)
        segments = {} if self._between is None else {"token_type_ids": _segments(tokens, self._between) * mask}
        with torch.inference_mode():
            logits = self._model(input_ids=tokens, attention_mask=mask, **segments).logits.float()
        if exclusive(self._model.config):
            logits = logits.log_softmax(dim=-1)
        return [float(value) for value in logits[:, self._label]]


def _segments(tokens: Any, between: int) -> Any:
    """0 up to and with the first `between` of each row, 1 after it."""
    ends = (tokens == between).long()
    return ((ends.cumsum(dim=1) - ends) > 0).long()


def exclusive(config: Any) -> bool:
    return int(config.num_labels) > 1 and config.problem_type not in INDEPENDENT


def label_of(config: Any, wanted: str, path: str) -> int:
    """Which number counts. Raises SourceError where it has to be named, or is not there."""
    names: Mapping[int, str] = {int(number): str(name) for number, name in config.id2label.items()}
    if not wanted and len(names) == 1:
        return 0
    found = [number for number, name in names.items() if wanted in (name, str(number))]
    if len(found) != 1:
        raise SourceError(
            f"--reward-model {path}",
            expected="one number for each answer",
            found=f"{len(names)} labels" + (f", and none that is {wanted}" if wanted else ""),
            remedy="--reward-label chooses one: " + ", ".join(names.values()),
        )
    return found[0]


def loaded(found: Found, **how: Any) -> Any:
    """The model with all its weights. Raises SourceError where its head would be random."""
    from transformers import AutoModelForSequenceClassification

    path = found.adapter or found.base
    labels = {"num_labels": _labels(found)} if found.adapter else {}
    try:
        model, report = AutoModelForSequenceClassification.from_pretrained(
            found.base, output_loading_info=True, **labels, **how
        )
    except (OSError, ValueError, ImportError) as error:
        raise SourceError(
            f"--reward-model {path}",
            expected=f"a model that transformers loads {CLASSIFIES}",
            found=str(error).split("\n")[0].rstrip("."),
        ) from error
    lacking = sorted(report["missing_keys"])
    if found.adapter:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, found.adapter)
    elif lacking:
        raise SourceError(
            f"--reward-model {path}",
            expected="a model whose head was trained",
            found=f"no weights for {', '.join(lacking[:5])}",
            remedy="transformers would fill them in at random.",
        )
    return model.eval()


def _labels(found: Found) -> int:
    """How many an adapter was trained for: the rows of the head that it brings."""
    from safetensors import safe_open

    where = file_of(found.adapter, "adapter_model.safetensors")
    if where:
        with safe_open(where, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118 - it has no other way
                if name.rsplit(".", 2)[-2:] in (["score", "weight"], ["classifier", "weight"], ["out_proj", "weight"]):
                    return int(weights.get_slice(name).get_shape()[0])
    raise SourceError(
        f"--reward-model {found.adapter}",
        expected="adapter_model.safetensors with the head that was trained (score or classifier)",
        found="none",
    )
