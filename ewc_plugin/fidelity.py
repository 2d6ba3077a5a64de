"""Did the anchor's F predict what came true? The numbers of `probe` for a stage, and the sentence that is printed.

Predicted: ½δᵀFδ of the terms that were made on the probe's data. Exact to second order, and measured: on those data
and on held-out data of the protected tasks.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import Tensor, nn

from ewc_plugin import probe
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.fisher import Example
from ewc_plugin.ranks import Ranks
from ewc_plugin.spaces import Space

ITEMS = 32  # conversations of each held-out set
MODULE_POSITIONS = 128  # labels of the probe for the layers taken one at a time: one forward for each layer
# of full tuning, above which only the whole update is calibrated: against an anchor each forward reads all of θ*
MODULE_WEIGHTS = 500_000_000


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
        found = probe.calibrate(
            model,
            drift,
            probe=anchor.probe,
            held_out=probe.held_out(held_out),
            predicted=sum(predicted.values()),
            form=newest.form,
            modules=_modules(model, space, drift, anchor.probe, predicted, how),
            **how,
        )
    stages = newest.about.get("sum_of", [newest.about.get("stage")])  # added diagonals predict for all their stages
    return {"of": "the anchor", "stages": stages, "estimator": newest.about.get("estimator"), **found.to_json()}


def looking_back(
    model: nn.Module,
    space: Space,
    start: Mapping[str, Tensor],
    term: Term,
    examples: Sequence[Example],
    *,
    batch_size: int,
    pad_id: int,
    ranks: Ranks,
    autocast: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> dict[str, Any]:
    """The same for a stage that no anchor held: its own F, at its end, along the way back to where it `start`ed.

    Nothing old is measured then; the ratio is what the next stage may expect of this F.
    """
    how: dict[str, Any] = {"batch_size": batch_size, "pad_id": pad_id, "ranks": ranks}
    drift, predicted = space.looking_back(start, term)
    chosen = probe.choose_probe(examples)
    with autocast():
        found = probe.Calibration(
            form=term.form,
            predicted=sum(predicted.values()),
            second_order=probe.second_order_kl(model, chosen, drift, **how),
            measured=None,
            modules=_modules(model, space, drift, chosen, predicted, how),
        )
    about = {"of": "this stage's own F", "stages": [term.about.get("stage")], "estimator": term.about.get("estimator")}
    return {**about, **found.to_json()}


def _modules(
    model: nn.Module,
    space: Space,
    drift: Any,
    examples: Sequence[Example],
    predicted: Mapping[str, float],
    how: dict[str, Any],
) -> dict[str, probe.ModuleCalibration]:
    if space.name == "weights" and space.weights() > MODULE_WEIGHTS:
        return {}
    few = probe.choose_probe(examples, MODULE_POSITIONS)
    return probe.calibrate_modules(model, drift, probe=few, predicted=predicted, **how)


def sentence(found: dict[str, Any]) -> str:
    """One line for the terminal."""
    parts = [f"EWC: KL(old ‖ new) in nats a token: predicted {found['predicted_kl_nats_per_token']:.3g}"]
    parts.append(f"exact to second order {found['second_order_kl_nats_per_token']:.3g}")
    if "measured_kl_nats_per_token" in found:
        parts.append(f"measured {found['measured_kl_nats_per_token']:.3g} on the data of F")
    if "measured_kl_held_out_nats_per_token" in found:
        parts.append(f"{found['measured_kl_held_out_nats_per_token']:.3g} on held-out old data")
    value = found["calibration"]
    ratio = f"calibration {value:.3g}" if value is not None else f"no calibration: {found['calibration_reason']}"
    return ", ".join(parts) + f"; {ratio}"
