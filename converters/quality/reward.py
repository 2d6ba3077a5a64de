"""How good does a reward model find an answer? A number for each conversation, as its own training would give it.

`RewardModel.encode` makes the tokens of a conversation, `scores` rates a batch of them: who batches, resumes and
shares out the work is `score`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from converters.mixing.leakage import Turn
from converters.quality.settings import CUTOFF


class Unrated(Exception):  # noqa: N818 - counted by its reason, never the end of a run
    """Why a conversation has no rating, in a few words."""


@dataclass(frozen=True)
class Settings:
    """`model`: a folder or name of a sequence classification model, or what LLaMA-Factory saved with stage rm.

    `base` is the model beneath a LoRA adapter, "" for the one that the adapter names. `template` is one of
    LLaMA-Factory, "" for the model's own chat template, "pair" for (question, answer) as two texts. `label` chooses
    among several labels by name or number.
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


class RewardModel:
    """`about` is what its scores depend on, for their signature."""

    about: Mapping[str, Any]

    def encode(self, turns: Sequence[Turn]) -> list[int]:
        """The tokens of a conversation that ends with the answer, cut as in training. Raises Unrated."""
        raise NotImplementedError

    def scores(self, batch: Sequence[Sequence[int]]) -> list[float]:
        """The rating of each, in the order given; NaN where the model gave no finite number."""
        raise NotImplementedError


def load(settings: Settings) -> RewardModel:
    """Raises SourceError for what is no reward model, and where its format or label has to be named."""
    raise NotImplementedError(settings.model)
