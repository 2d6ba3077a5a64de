"""What does our trainer add to the host's? A penalty per step, and an anchor and an evaluation after the stage.

One mixin for the SFT, DPO and pre-training trainers: none overrides `training_step`. It knows transformers' Trainer,
not the host.
"""

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from ewc_plugin import launcher
from ewc_plugin.batch.meter import LOGGED, Meter
from ewc_plugin.errors import MechanismError
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.mechanism import GradientHook
from ewc_plugin.ranks import current_ranks
from ewc_plugin.resume import Run
from ewc_plugin.spaces import Space
from ewc_plugin.stage import Stage
from ewc_plugin.stage_evaluation import LossesOnTheWay


class EwcMixin:
    """To stand before a Trainer among the bases; `finetuning_args.ewc` carries the run's context."""

    _ewc_hook: GradientHook | None = None
    _ewc_run: Run | None = None
    _ewc_meter: Meter | None = None  # with batch_tokens
    _ewc_estimates = False  # nothing is trained
    _ewc_values: list[tuple[torch.Tensor, float]]  # penalty and λ of each step since the last log

    def train(self, resume_from_checkpoint: str | bool | None = None, *arguments: Any, **named: Any) -> Any:
        """Train, save, leave the anchor, evaluate: in this order, so that no failure loses the weights."""
        bridge = self._ewc_bridge()
        stage = Stage(self, bridge)
        known = getattr(bridge, "conditions", None)
        run = Run(stage.plan, output_dir=stage.folder, ranks=stage.ranks, say=stage._say, conditions=known)
        self._ewc_estimates = stage.plan.estimate
        self._ewc_begin_count(bridge, stage)
        resumed = None if self._ewc_estimates else resume_from_checkpoint  # an estimate is of what was loaded
        checkpoint = run.begin(resumed, automatic=getattr(bridge, "resumes_by_itself", False))
        stage.begin()
        self._ewc_attach(run, stage.penalised_space())
        run.each_attempt(functools.partial(self._ewc_begin_attempt, stage))
        if stage.plan.automatic:
            run.search(stage.anchors, protected=bridge.protected_sets)
        run.started()
        callbacks = [run, *_losses_on_the_way(stage)]
        for callback in callbacks:
            self.add_callback(callback)  # type: ignore[attr-defined]
        try:
            with _zero_epochs(self.args) if self._ewc_estimates else nullcontext():  # type: ignore[attr-defined]
                result = super().train(checkpoint, *arguments, **named)  # type: ignore[misc]
        finally:
            for callback in callbacks:
                self.remove_callback(callback)  # type: ignore[attr-defined]
            if self._ewc_hook is not None:
                self._ewc_hook.remove()
        self._ewc_end_count(stage, result.metrics)
        result.metrics.update(_peak_memory(self.args.device))  # type: ignore[attr-defined]
        # the host saves only after this method returns
        self.save_model()  # type: ignore[attr-defined]
        self.save_state()  # type: ignore[attr-defined]
        self.save_metrics("train", result.metrics)  # type: ignore[attr-defined]
        try:
            stage.end(self._ewc_summary())
        finally:  # once more, with what the evaluation logged: after an error the host saves no more
            self.save_state()  # type: ignore[attr-defined]
        run.end()
        return result

    def save_model(self, *arguments: Any, **named: Any) -> None:
        """The host's; but an estimate copies no whole model: its weights are where they were loaded from."""
        whole = not hasattr(self.accelerator.unwrap_model(self.model), "peft_config")  # type: ignore[attr-defined]
        if not (whole and self._ewc_estimates):
            super().save_model(*arguments, **named)  # type: ignore[misc]

    def training_step(self, model: Any, inputs: Any, *arguments: Any, **named: Any) -> Any:
        """The host's step; in the last micro-batch of a window the penalty's gradient joins the task's."""
        # false while the window is open: the penalty enters once per optimiser step, whatever the accumulation
        closes = launcher.closes_window(self.accelerator)  # type: ignore[attr-defined]
        if self._ewc_meter is not None:
            self._ewc_meter.count(inputs, closes_step=closes)
        if self._ewc_hook is None or not closes:
            return super().training_step(model, inputs, *arguments, **named)  # type: ignore[misc]
        strength = self._ewc_strength
        penalty = self._ewc_space.penalty(strength)
        self._ewc_hook.arm(penalty.gradients, scale=launcher.loss_scale(self.accelerator))  # type: ignore[attr-defined]
        with launcher.before_step(self.accelerator, self._ewc_hook.settle):  # type: ignore[attr-defined]
            loss = super().training_step(model, inputs, *arguments, **named)  # type: ignore[misc]
        self._ewc_values.append((penalty.value, strength))
        return loss

    def log(self, logs: dict[str, float], *arguments: Any, **named: Any) -> None:
        """The host's log, with scalars of our own beside the task loss (never inside it)."""
        if self._ewc_hook is not None and self._ewc_values and "loss" in logs:
            values = torch.stack([value for value, _ in self._ewc_values])
            mean = float(values.mean())
            if not math.isfinite(mean):
                raise MechanismError(
                    "EWC penalty",
                    expected="a finite number",
                    found=str(mean),
                    remedy="The weights or the anchor overflow: lower ewc_lambda or the learning rate. The last "
                    "checkpoint is kept.",
                )
            logs["ewc/penalty"] = mean
            strengths = values.new_tensor([strength for _, strength in self._ewc_values])
            logs["ewc/lambda"] = self._ewc_strength
            logs["ewc/predicted_kl"] = float((values / strengths).mean())
            logs["ewc/penalty_ratio"] = mean / max(abs(float(logs["loss"])), 1e-12)
            self._ewc_values.clear()
        if self._ewc_meter is not None and "loss" in logs and (tokens := self._ewc_meter.mean()) is not None:
            logs[LOGGED] = tokens
        super().log(logs, *arguments, **named)  # type: ignore[misc]

    # -- batch_tokens ------------------------------------------------------------------------------------------

    def _ewc_begin_count(self, bridge: Any, stage: Stage) -> None:
        batch = getattr(bridge, "batch", None)
        if batch is None:
            return
        args = self.args  # type: ignore[attr-defined]
        self._ewc_meter = Meter(batch, stage.ranks, bridge.encoder.pad_token_id)
        self._ewc_meter.check(args.world_size, args.per_device_train_batch_size, args.gradient_accumulation_steps)

    def _ewc_end_count(self, stage: Stage, metrics: dict[str, float]) -> None:
        """The mean over all steps, said and among the metrics that the host saves as train_results.json."""
        found = None if self._ewc_meter is None else self._ewc_meter.total()
        if found is not None:
            metrics["train_" + LOGGED], steps = found
            stage._say(f"batch_tokens: {found[0]:,.0f} tokens a step, measured over {steps} steps")

    # -- evaluations and checkpoints ---------------------------------------------------------------------------

    def evaluate(self, *arguments: Any, **named: Any) -> Any:
        """The host's evaluation; in training its losses decide over `ewc_lambda: auto`."""
        metrics = super().evaluate(*arguments, **named)  # type: ignore[misc]
        # the host evaluates each set by a call of its own, inside the one for all
        whole = named.get("metric_key_prefix", "eval") == "eval"
        if self._ewc_run is not None and self.is_in_train and whole:  # type: ignore[attr-defined]
            decided = self._ewc_run.evaluated(metrics)
            if decided:
                self.log(decided)
        return metrics

    def _save_checkpoint(self, *arguments: Any, **named: Any) -> None:
        assert self._ewc_run is not None  # made in `train`, which alone saves checkpoints
        with self._ewc_run.writing(self.args, self.state.global_step):  # type: ignore[attr-defined]
            super()._save_checkpoint(*arguments, **named)  # type: ignore[misc]

    def _ewc_begin_attempt(self, stage: Stage) -> None:
        """Before the first step: forget an attempt that ran out of memory (`auto_find_batch_size`)."""
        assert self._ewc_run is not None
        self._ewc_values.clear()
        if self._ewc_hook is not None:
            self._ewc_hook.reset()
        if stage.evaluation is not None:
            stage.evaluation.measure_base()
            stage.evaluation.log_row_before()
        if self._ewc_run.lacks_anchor_losses:
            with leaving_no_trace(self.model):  # type: ignore[attr-defined]
                self.evaluate()

    def _ewc_bridge(self) -> Any:
        """The host's side: its template, its data, its arguments."""
        raise NotImplementedError  # given by the package host

    def _ewc_attach(self, run: Run, space: Space | None) -> None:
        self._ewc_run = run
        self._ewc_values = []
        if space is not None:
            self._ewc_space = space
            self._ewc_hook = GradientHook(space.parameters(), current_ranks())

    @property
    def _ewc_strength(self) -> float:
        """λ at this moment."""
        return 0.0 if self._ewc_run is None else self._ewc_run.strength

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


def _losses_on_the_way(stage: Stage) -> list[LossesOnTheWay]:
    return [] if stage.evaluation is None else [LossesOnTheWay(stage.evaluation.log_losses)]


def _peak_memory(device: torch.device) -> dict[str, int]:
    """Bytes of the most that torch held on this rank's GPU until now: what `estimate` is compared with."""
    return {"train_peak_gpu_bytes": torch.cuda.max_memory_allocated(device)} if device.type == "cuda" else {}


@contextmanager
def _zero_epochs(arguments: Any) -> Iterator[None]:
    """The host's whole preparation (DDP, DeepSpeed, callbacks) and its output, without a single step."""
    given = arguments.num_train_epochs, arguments.max_steps
    arguments.num_train_epochs, arguments.max_steps = 0, -1
    try:
        yield
    finally:
        arguments.num_train_epochs, arguments.max_steps = given
