"""What does our trainer add to the host's? A penalty per step, and an anchor and an evaluation after the stage.

One mixin for the SFT and DPO trainers: neither overrides `training_step`. It knows transformers' Trainer, not the host.
"""

import math
from typing import Any

import torch

from ewc_plugin.errors import MechanismError
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import current_ranks
from ewc_plugin.spaces import Space
from ewc_plugin.stage import Stage


class EwcMixin:
    """To stand before a Trainer among the bases; `finetuning_args.ewc` carries the run's context."""

    _ewc_hook: GradientHook | None = None
    _ewc_values: list[torch.Tensor]

    def train(self, *arguments: Any, **named: Any) -> Any:
        """Train, save, leave the anchor, evaluate: in this order, so that no failure loses the weights."""
        stage = Stage(self, self._ewc_bridge())
        stage.begin()
        self._ewc_attach(stage.plan, stage.penalised_space())
        try:
            result = super().train(*arguments, **named)  # type: ignore[misc]
        finally:
            if self._ewc_hook is not None:
                self._ewc_hook.remove()
        # the host saves only after this method returns
        self.save_model()  # type: ignore[attr-defined]
        self.save_state()  # type: ignore[attr-defined]
        stage.end(self._ewc_summary())
        return result

    def training_step(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """The host's step; in the last micro-batch of a window the penalty's gradient joins the task's."""
        # also false while the loop accumulates: the penalty enters once per optimiser step, whatever their number
        if self._ewc_hook is None or not self.accelerator.sync_gradients:  # type: ignore[attr-defined]
            return super().training_step(model, inputs, *arguments, **named)  # type: ignore[misc]
        penalty = self._ewc_space.penalty(self._ewc_strength)
        scaler = self.accelerator.scaler  # type: ignore[attr-defined]
        self._ewc_hook.arm(penalty.gradients, scale=1.0 if scaler is None else scaler.get_scale())
        loss = super().training_step(model, inputs, *arguments, **named)  # type: ignore[misc]
        self._ewc_hook.settle()
        self._ewc_values.append(penalty.value)
        return loss

    def log(self, logs: dict[str, float], *arguments: Any, **named: Any) -> None:
        """The host's log, with scalars of our own beside the task loss (never inside it)."""
        if self._ewc_hook is not None and self._ewc_values and "loss" in logs:
            mean = float(torch.stack(self._ewc_values).mean())
            if not math.isfinite(mean):
                raise MechanismError(
                    "EWC penalty",
                    expected="a finite number",
                    found=str(mean),
                    remedy="The weights or the anchor overflow: lower ewc_lambda or the learning rate. The last "
                    "checkpoint is kept.",
                )
            logs["ewc/penalty"] = mean
            logs["ewc/lambda"] = self._ewc_strength
            logs["ewc/predicted_kl"] = mean / self._ewc_strength
            logs["ewc/penalty_ratio"] = mean / max(abs(float(logs["loss"])), 1e-12)
            self._ewc_values.clear()
        super().log(logs, *arguments, **named)  # type: ignore[misc]

    def _ewc_bridge(self) -> Any:
        """The host's side: its template, its data, its arguments."""
        raise NotImplementedError  # given by host.py

    def _ewc_attach(self, plan: Plan, space: Space | None) -> None:
        self._ewc_strength = plan.strength
        self._ewc_values = []
        if space is not None:
            self._ewc_space = space
            self._ewc_hook = GradientHook(space.parameters(), current_ranks())

    def _ewc_summary(self) -> dict[str, float]:
        if self._ewc_hook is None:
            return {}
        with torch.no_grad():
            penalty = float(self._ewc_space.penalty(self._ewc_strength).value)
        return {
            "lambda": self._ewc_strength,
            "penalty": penalty,
            "predicted_kl_nats_per_token": penalty / self._ewc_strength,
        }
