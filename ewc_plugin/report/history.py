"""What happened in one stage? Its matrix, its curves, its data and its penalty, as the advice reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ewc_plugin.matrix import Matrix
from ewc_plugin.report.changes import Change, Changes, last_stage_columns, loss_of
from ewc_plugin.report.trends import Points
from ewc_plugin.shapes import is_number, table_of


@dataclass(frozen=True)
class History:
    """One stage: its matrix, its training curve, the losses of its sets on the way, its data and its penalty.

    curves: scalars by step as trainer_state.json has them; ewc: the stage's ewc.json; trained_on: its trained_on.json.
    """

    matrix: Matrix
    curves: Mapping[str, Points]
    changes: Changes
    trained_on: Mapping[str, Any] | None = None
    ewc: Mapping[str, Any] | None = None
    recorded: Mapping[str, Any] = field(default_factory=dict)  # its entry in stages.json

    @property
    def last(self) -> int:
        return len(self.matrix["rows"]) - 1

    @property
    def stage(self) -> str:
        return str(self.matrix["rows"][-1]["label"])

    def learned(self) -> list[Change]:
        """The stage's own sets, their losses against the row before."""
        return self.changes.learned()

    def forgotten(self) -> list[Change]:
        """Older and protected sets whose loss rose beyond noise over their best earlier row, the worst first."""
        return sorted((c for c in self.changes.older() if c.beyond_noise and c.delta > 0), key=lambda c: -c.delta)

    def shares(self, unit: str) -> dict[str, float]:
        """Of each group in what was trained on, by `examples` or `supervised_tokens`; empty where it is not known."""
        counts = self.counts(unit)
        whole = sum(counts.values())
        return {group: count / whole for group, count in counts.items()} if whole else {}

    def counts(self, unit: str) -> dict[str, float]:
        """Of each group in what was trained on; empty where it is not known."""
        trained = (self.trained_on or {}).get("trained") or {}
        return {group: _number(entry.get(unit)) for group, entry in trained.items()}

    def own_texts(self) -> list[str]:
        """The stage's own sets whose answers are texts such as it trains on: no options, no minimal pairs."""
        own = last_stage_columns(self.matrix)
        return [c["name"] for c in self.matrix["columns"] if c["name"] in own and loss_of(c) == "loss"]

    def on_the_way(self, name: str) -> Points:
        """The losses of a set as they were measured while training, by step."""
        return self.curves.get(f"eval_{name}/loss", ())

    def in_the_first_epoch(self, name: str) -> Points:
        """The part of the way before the data came round again; the last point of a run of one epoch belongs to it."""
        epochs = dict(self.curves.get("epoch", ()))
        return [point for point in self.on_the_way(name) if epochs.get(point[0], 0.0) <= 1.0 and epochs]

    def noise(self, name: str) -> float | None:
        """Half the 95 % interval of the loss: wider than a paired difference's, so that advice errs to silence."""
        cell = self.matrix["rows"][-1]["cells"][name].get("loss")
        return (cell["high"] - cell["low"]) / 2 if cell else None

    @property
    def learning_rate(self) -> float | None:
        return self._key("learning_rate")

    @property
    def rank(self) -> float | None:
        """None where it is not LoRA that was trained, or not known."""
        return self._key("lora_rank") if table_of(self.recorded.get("keys")).get("finetuning_type") == "lora" else None

    @property
    def alpha(self) -> float | None:
        return self._key("lora_alpha")

    @property
    def alpha_by_rank(self) -> float | None:
        return None if self.rank is None or self.alpha is None else self.alpha / self.rank

    @property
    def continued(self) -> bool:
        """Whether the stage went on with an adapter, whose rank it could not choose."""
        return bool(table_of(self.recorded.get("began_from")).get("adapters"))

    def _key(self, name: str) -> float | None:
        return _number(table_of(self.recorded.get("keys")).get(name)) or None

    @property
    def strength(self) -> float:
        """λ at the end; 0 without a penalty."""
        return _number((self.ewc or {}).get("lambda"))

    @property
    def penalty_ratio(self) -> float | None:
        """Penalty by task loss, the mean of the last quarter of what was logged."""
        points: Sequence[tuple[float, float]] = self.curves.get("ewc/penalty_ratio", ())
        values = [value for _, value in points[-max(1, len(points) // 4) :]] if points else []
        return sum(values) / len(values) if values else None


def _number(found: object) -> float:
    """Of a file that anybody may have edited: what is no number counts as absent."""
    return float(found) if is_number(found) else 0.0
