"""Did the anchor's F predict what came true? The numbers of `probe` for a stage, and the sentence that is printed.

Predicted: ½δᵀFδ of the terms that were made on the probe's data. Exact to second order, and measured: on those data
and on held-out data of the protected tasks.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from collections.abc import Callable
from typing import Any

from torch import nn

from ewc_plugin import probe
from ewc_plugin.anchor import Anchor
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces import Space

ITEMS = 32  # conversations of each held-out set
MODULE_POSITIONS = 128  # labels of the probe for the layers taken one at a time: one forward for each layer


def measured(
    model: nn.Module,
    space: Space,
    anchor: Anchor,
    *,
    held_out: Sequence[Any],
    batch_size: int,
    pad_id: int,
    ranks: Ranks,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, Any] | None:
    """`probe.Calibration.to_json` of the update since the newest θ*; None where the anchor has no probe."""
    newest = anchor.terms[-1]
    if not anchor.probe:
        return None
    how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks}
    drift, predicted = space.drift(), space.predicted()
    with autocast():
        layers = probe.calibrate_modules(
            model,
            drift,
            probe=probe.choose_probe(anchor.probe, MODULE_POSITIONS),
            predicted=predicted,
            **how,
        )
        found = probe.calibrate(
            model,
            drift,
            probe=anchor.probe,
            held_out=probe.held_out(held_out),
            predicted=sum(predicted.values()),
            form=newest.form,
            modules=layers,
            **how,
        )
    return {"estimator": newest.about.get("estimator"), **found.to_json()}


def sentence(found: dict[str, Any]) -> str:
    """One line for the terminal."""
    parts = [f"EWC: KL(old ‖ new) in nats a token: predicted {found['predicted_kl_nats_per_token']:.3g}"]
    parts.append(f"exact to second order {found['second_order_kl_nats_per_token']:.3g}")
    parts.append(f"measured {found['measured_kl_nats_per_token']:.3g} on the data of F")
    if "measured_kl_held_out_nats_per_token" in found:
        parts.append(f"{found['measured_kl_held_out_nats_per_token']:.3g} on held-out old data")
    value = found["calibration"]
    ratio = f"calibration {value:.3g}" if value is not None else f"no calibration: {found['calibration_reason']}"
    return ", ".join(parts) + f"; {ratio}"
