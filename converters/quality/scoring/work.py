"""What does one command of `score` have to work with? Its rows, its models once they are needed, their signatures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from converters.quality import places
from converters.quality.models import signature
from converters.quality.models.encoding import Encoder
from converters.quality.models.model import LanguageModel, device_of, dtype_of, load
from converters.quality.models.settings import ModelSettings
from converters.quality.models.shards import Shard
from converters.quality.rewards import reward
from converters.quality.rows import Rows
from converters.quality.scoring.passes import Budget, Stage, first_of_each, free_memory
from converters.quality.scoring.stages import Alone, Conditional, Lengths, Reward


@dataclass
class Work:
    """One command: `wanted` metrics of `rows`, in the order of METRICS.

    `settings` are those of the language model, `rater` those of the reward model; None where no metric asks for it.
    """

    dataset_dir: Path
    rows: Rows
    wanted: Sequence[str]
    settings: ModelSettings | None
    rater: reward.Settings | None
    shard: Shard
    batch_tokens: int
    again: bool = False

    def __post_init__(self) -> None:
        self.numbers, self.repeated = first_of_each(self.rows.ids)
        self.budget, self.torn = Budget(self.batch_tokens), 0
        self._encoder: Encoder | None = None
        self._model: LanguageModel | None = None

    @property
    def folder(self) -> Path:
        return places.scores(self.dataset_dir, self.rows.name).parent

    # ---- what is asked of whom

    def encoder(self) -> Encoder:
        assert self.settings is not None  # `score` asked for one
        self._encoder = self._encoder or Encoder(self.settings)
        return self._encoder

    def model(self) -> LanguageModel:
        assert self.settings is not None
        self._model = self._model or load(self.settings, self.encoder())
        return self._model

    def stage(self, name: str) -> Stage:
        if name == "length":
            return Lengths(self.encoder())
        if name == "reward":
            assert self.rater is not None
            self._model = None  # its weights make room for those of the other
            free_memory()
            return Reward(reward.load(self.rater))
        made = Conditional if name == "conditional" else Alone
        return made(self.encoder(), self.model())

    def signatures(self) -> dict[str, dict[str, Any]]:
        """Of each wanted metric, told without loading a weight."""
        return {metric: {**self._signature(metric), "data": self.rows.sha256} for metric in self.wanted}

    def _signature(self, metric: str) -> dict[str, Any]:
        if metric == "reward":
            assert self.rater is not None
            return reward.signature_of(self.rater)
        assert self.settings is not None
        return signature.of_text(self.settings) if metric == "length" else self._of_model

    @cached_property
    def _of_model(self) -> dict[str, Any]:
        assert self.settings is not None
        kind = device_of(self.settings.device)
        return signature.of_model(self.settings, {"dtype": dtype_of(self.settings.dtype, kind), "device": kind})
