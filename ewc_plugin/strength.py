"""How strong is `ewc_lambda: auto`? λ follows the evaluations, so that no protected loss rises above its budget.

Pure: losses come in, λ goes out. Who measures the losses and who uses λ is the trainer's affair.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.errors import EwcError

GAIN = 0.7  # change of log λ per evaluation and unit of v; stable for losses that fall like λ^-p, p < 2 / GAIN ≈ 2.9
CLIP = 1.0  # of |v|: one evaluation moves λ by a factor of 2 at most (e^0.7)
HOLD = -0.5  # λ may fall only once v has been above this: half of the budget was used up
RANGE = 100.0  # λ stays within λ₀ / RANGE … λ₀ · RANGE
AUTO = "auto"
MEASURED_BY = ("sft", "pt")  # stages whose evaluation loss is nats per token


class StrengthError(EwcError):
    """λ cannot follow losses that are absent or not numbers; training stops."""


@dataclass(frozen=True)
class Strength:
    """λ and all that its next value depends on; a value, so that a checkpoint can hold it."""

    value: float
    initial: float
    budget: float
    anchor_losses: Mapping[str, float] | None = None
    challenged: bool = False  # v has once been above HOLD
    evaluations: int = 0

    def anchored(self, losses: Mapping[str, float]) -> "Strength":
        """L_anchor: the protected losses before the first step, in nats per token; there must be one."""
        if not losses:
            raise StrengthError(
                "ewc_lambda: auto",
                expected="the loss of at least one protected evaluation set",
                found="none",
                remedy="Name evaluation sets of earlier stages in eval_dataset.",
            )
        return replace(self, anchor_losses={name: _finite(name, loss) for name, loss in losses.items()})

    def violation(self, losses: Mapping[str, float]) -> float:
        """v = max over protected tasks of (L − L_anchor) / budget − 1: −1 nothing lost, 0 all of the budget used."""
        assert self.anchor_losses is not None  # measured before the first step, or read from the checkpoint
        return max(
            (_finite(name, losses.get(name, math.nan)) - before) / self.budget - 1
            for name, before in self.anchor_losses.items()
        )

    def update(self, losses: Mapping[str, float]) -> "Strength":
        """log λ += GAIN · clip(v, −CLIP, CLIP), within λ₀ / RANGE … λ₀ · RANGE.

        λ does not fall before v has once exceeded HOLD: early in a stage nothing is forgotten yet, whatever λ is, and
        a λ that had fallen meanwhile would be too small when it is needed. Raises StrengthError for a protected loss
        that is absent or not finite.
        """
        v = self.violation(losses)
        challenged = self.challenged or v > HOLD
        step = max(-CLIP, min(CLIP, v))
        if step < 0 and not challenged:
            step = 0.0
        value = min(max(self.value * math.exp(GAIN * step), self.initial / RANGE), self.initial * RANGE)
        return replace(self, value=value, challenged=challenged, evaluations=self.evaluations + 1)

    def state(self) -> dict[str, Any]:
        """For a checkpoint, as JSON."""
        return asdict(self)


def started(*, budget: float, calibrations: Sequence[float | None]) -> Strength:
    """λ₀ = the first known calibration of the anchors (in the order of `ewc_anchor`), else 1.

    Calibration is true ÷ predicted KL along the update of the stage that left the anchor. λ counts *predicted* nats:
    where the form predicts 6 % of the KL, calibration is about 16, and λ₀ = 16 trades one nat of task loss for one
    true nat of KL, which is where a search should begin.
    """
    known = [c for c in calibrations if c is not None and math.isfinite(c) and c > 0]
    initial = float(known[0]) if known else 1.0
    return Strength(value=initial, initial=initial, budget=budget)


def restored(state: Mapping[str, Any]) -> Strength:
    """The inverse of `Strength.state`."""
    return Strength(**state)


def _finite(name: str, loss: float) -> float:
    if math.isfinite(loss):
        return float(loss)
    raise StrengthError(
        "ewc_lambda: auto",
        expected=f"a finite loss of the protected evaluation set {name}",
        found="none" if math.isnan(loss) else str(loss),
        remedy="λ cannot follow it, so training stops; the last checkpoint is kept.",
    )


# -- which losses count ----------------------------------------------------------------------------------------


def stage_of(data: Any, training: Any, entries: Mapping[str, Any]) -> str | None:
    """The stage of the evaluation sets that this run is, or None.

    Its mixture's; else its output folder's name, if it is one; else the group of all that it trains on.
    """
    names = data.dataset or []
    for name in names:
        stage = _section(entries, name, "mix").get("stage")
        if stage:
            return str(stage)
    known = _stages(entries)
    named = (Path(str(training.output_dir)).name, mixture.group_of(names, entries))
    return next((name for name in named if name in known), None)


GENERAL = "general"  # what no stage teaches and none may lose


def protected(names: Sequence[str], stage: str | None, entries: Mapping[str, Any]) -> list[str]:
    """Those of `names` that the registry protects, of a stage before `stage` (in its order) or of none (`general`)."""
    stages = _stages(entries)
    earlier = {*(stages[: stages.index(stage)] if stage in stages else stages), GENERAL}
    sections = {name: _section(entries, name, "eval") for name in names}
    return [n for n, e in sections.items() if e.get("protected") is True and e.get("stage") in earlier]


def metric(name: str) -> str:
    """What the host's evaluation calls the loss of a set (`eval_on_each_dataset: true`)."""
    return f"eval_{name}_loss"


def problems(data: Any, training: Any, finetuning: Any, entries: Mapping[str, Any]) -> list[str]:
    """What a recipe with `ewc_lambda: auto` lacks, one sentence each; `entries` is the registry's content."""
    stage = stage_of(data, training, entries)
    found = []
    if finetuning.stage not in MEASURED_BY:
        found.append(
            f"ewc_lambda: auto with stage {finetuning.stage}: its losses are not nats a token; expected a number"
        )
    for key in ("use_dft_loss", "use_eaft_loss"):
        if getattr(finetuning, key, False):
            found.append(f"ewc_lambda: auto with {key}: evaluation losses are reweighted too; expected a number")
    names = list(data.eval_dataset or [])
    if not protected(names, stage, entries):
        known = protected(list(entries), stage, entries)
        found.append(
            "ewc_lambda: auto needs eval_dataset: expected at least one protected evaluation set of an earlier stage"
            f" ({', '.join(known) or 'the registry has none'}); found {', '.join(names) or 'none'}"
        )
    if names and not data.eval_on_each_dataset:
        found.append("ewc_lambda: auto needs eval_on_each_dataset: true, so that each set has a loss of its own")
    if _value(training.eval_strategy) == "no":
        found.append("ewc_lambda: auto needs eval_strategy: expected steps (with eval_steps) or epoch; found no")
    if getattr(training, "predict_with_generate", False):
        found.append("ewc_lambda: auto with predict_with_generate: such an evaluation has no loss; expected false")
    return found


def _stages(entries: Mapping[str, Any]) -> list[str]:
    """Stages in the order in which the registry's evaluation sets first name them."""
    named = (_section(entries, name, "eval").get("stage") for name in entries)
    return list(dict.fromkeys(str(stage) for stage in named if stage))


def _section(entries: Mapping[str, Any], name: str, key: str) -> Mapping[str, Any]:
    entry = entries.get(name)
    section = entry.get(key) if isinstance(entry, Mapping) else None
    return section if isinstance(section, Mapping) else {}


def _value(choice: Any) -> str:
    return str(getattr(choice, "value", choice))  # an enum of the host's, or its text
