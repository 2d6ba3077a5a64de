"""How good does a reward model find an answer? A number for each conversation, as its own training would give it.

`RewardModel.encode` makes the tokens of a conversation, `scores` rates a batch of them: who batches, resumes and
shares out the work is `score`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converters.mixing.leakage import Turn


@dataclass(frozen=True)
class Settings:
    """`model`: a folder or name of a sequence classification model, or what LLaMA-Factory saved with stage rm.

    `base` is the model beneath a LoRA adapter, "" for the one that the adapter names. `template` is one of
    LLaMA-Factory, "" for the model's own chat template. `label` chooses among several labels by name or number.
    """

    model: str
    base: str = ""
    template: str = ""
    label: str = ""
    cutoff_len: int = 2048
    dtype: str = ""
    device: str = ""
    quantization_bit: int = 0
    trust_remote_code: bool = False


class RewardModel:
    """`about` is what its scores depend on, for their signature; `pad` fills a batch on the right."""

    about: Mapping[str, Any]
    pad: int

    def encode(self, turns: Sequence[Turn]) -> list[int]:
        """The tokens of a conversation that ends with the answer, cut as in training; [] where nothing can be rated."""
        raise NotImplementedError

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        """The rating of each, in the order given; NaN where the model gave no finite number."""
        raise NotImplementedError


def load(settings: Settings) -> RewardModel:
    raise NotImplementedError(Path(settings.model))
