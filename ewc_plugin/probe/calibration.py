"""Did the penalty predict what came true? Predicted, second-order and measured KL side by side, per token in nats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from ewc_plugin.fisher import Example
from ewc_plugin.probe.divergence import PerToken, measured_kl, second_order_kl, second_order_kl_of_each
from ewc_plugin.probe.drift import Drift
from ewc_plugin.ranks import Ranks


@dataclass(frozen=True)
class ModuleCalibration:
    """One layer alone: its own block of F. Blocks between layers are in none of these, so they do not add up."""

    second_order: PerToken
    predicted: float

    @property
    def value(self) -> float | None:
        return self.second_order.nats / self.predicted if self.predicted > 0 else None

    def to_json(self) -> dict[str, Any]:
        return {
            "predicted_kl_nats_per_token": self.predicted,
            "second_order_kl_nats_per_token": self.second_order.nats,
            "calibration": self.value,
        }


@dataclass(frozen=True)
class Calibration:
    """`predicted` is the form's ½ΣFδ²; `second_order` the exact ½δᵀF̃δ; both, like the measured KLs, in nats per token.

    measured: on the probe, that is on the data that F was made from; held_out: on old data that no stage trained on.
    """

    form: str
    predicted: float
    second_order: PerToken
    measured: PerToken | None
    held_out: PerToken | None = None
    modules: Mapping[str, ModuleCalibration] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """Second order ÷ predicted: what the form's unit is worth along this update; None if nothing was predicted."""
        return self.second_order.nats / self.predicted if self.predicted > 0 else None

    @property
    def reason(self) -> str | None:
        """Why there is no value."""
        if self.value is not None:
            return None
        moved = self.second_order.nats > 0
        return "the form predicts no change, but there is one" if moved else "the weights did not move"

    def to_json(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "predicted_kl_nats_per_token": self.predicted,
            **_numbers("second_order_kl", self.second_order),
            "calibration": self.value,
            "calibration_reason": self.reason,
            **(_numbers("measured_kl", self.measured) if self.measured else {}),
            **(_numbers("measured_kl_held_out", self.held_out) if self.held_out else {}),
            "modules": {name: module.to_json() for name, module in self.modules.items()},
        }


def _numbers(name: str, found: PerToken) -> dict[str, Any]:
    return {
        f"{name}_nats_per_token": found.nats,
        f"{name}_standard_error_nats_per_token": found.standard_error,
        f"{name}_positions": found.positions,
        f"{name}_examples": found.examples,
    }


def calibrate(
    model: nn.Module,
    drift: Drift,
    *,
    probe: Sequence[Example],
    held_out: Sequence[Example] = (),
    predicted: float,
    form: str,
    modules: Mapping[str, ModuleCalibration] | None = None,
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
) -> Calibration:
    """Everything of `Calibration` for the update `drift`; three or five times a forward over the probe.

    predicted: ½ΣFδ² at λ = 1, of the terms of F that were made on the data of the probe.
    """
    how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks}
    return Calibration(
        form=form,
        predicted=predicted,
        second_order=second_order_kl(model, probe, drift, **how),
        measured=measured_kl(model, probe, drift, **how),
        held_out=measured_kl(model, held_out, drift, **how) if held_out else None,
        modules=modules or {},
    )


def calibrate_modules(
    model: nn.Module,
    drift: Drift,
    *,
    probe: Sequence[Example],
    predicted: Mapping[str, float],
    batch_size: int = 1,
    pad_id: int = 0,
    ranks: Ranks | None = None,
) -> dict[str, ModuleCalibration]:
    """Each layer of `predicted` alone; one forward of dual numbers per layer, so a smaller probe is enough."""
    how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks}
    found = second_order_kl_of_each(model, probe, drift, list(predicted), **how)
    return {name: ModuleCalibration(found[name], value) for name, value in predicted.items()}
