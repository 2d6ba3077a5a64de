"""What is measured before, during and after a stage? The base row, losses on the way, and the row of the stage.

Runs inside `Trainer.train`, on every rank; rank 0 writes. What is measured goes through the trainer's log as
`eval_<set>/<metric>`, which TensorBoard, SwanLab and W&B show as eval/<set>/<metric>.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from ewc_plugin import evaluation, gate, matrix, report
from ewc_plugin.attempts import Attempts
from ewc_plugin.base import fingerprint
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation.settings import Base, Settings
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import Ranks, together
from ewc_plugin.visible import say

FOLDER = "stage_eval"
log = logging.getLogger(__name__)


class StageEvaluation:
    """The matrix of one stage. `name` is which stage of the evaluation sets this run is, None if none."""

    def __init__(
        self, trainer: Any, bridge: Any, ranks: Ranks, discovery: evaluation.Discovery, *, label: str, name: str | None
    ) -> None:
        self.trainer, self.bridge, self.ranks, self.discovery = trainer, bridge, ranks, discovery
        self.plan: Plan = bridge.plan
        self.output = Path(trainer.args.output_dir)
        self.folder, self.label, self.name = self.output / FOLDER, label, name
        self.model = trainer.accelerator.unwrap_model(trainer.model)
        self.matrix: matrix.Matrix | None = None
        self.base_is_due = False

    # -- before ------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Load the matrix that this stage continues, or measure the base model's row of a new one."""
        if not self.discovery.sets:
            raise evaluation.EvaluationError(
                "stage_eval",
                expected=f"evaluation sets in {self.bridge.dataset_dir}",
                found="none that is built" + "".join(f", {name} is absent" for name in self.discovery.absent),
                remedy="Convert a source (`python -m converters list`), or set stage_eval: false.",
            )
        self.matrix = self._earlier()
        if self.matrix is not None:
            matrix.expect(self.matrix, base=self._base(), columns=self._columns(), label=self.label)
            self._keep_earlier_rows()
            return
        self.base_is_due = True
        if not evaluation.sharded(self.model):  # else no forward before DeepSpeed's engine, which comes with training
            self.measure_base()

    def _earlier(self) -> matrix.Matrix | None:
        """The matrix of the model that this stage continues, as rank 0 finds it: another machine may not have it."""
        path = Path(self.bridge.continues_from) / FOLDER / matrix.FILE
        found = together(self.ranks, lambda: matrix.load(path) if self.ranks.rank == 0 and path.is_file() else None)
        kept: matrix.Matrix | None = self.ranks.broadcast(found)
        return kept

    def _keep_earlier_rows(self) -> None:
        """What an evaluation after a failed one continues, if this stage's own row cannot be written."""
        tried, own = Attempts(), self.folder / matrix.FILE
        if self.ranks.rank == 0 and not own.is_file():
            tried(lambda: matrix.save(self._grown, own))
        self._raise_together(tried, "Nothing was trained. Mend that and start again.")

    def measure_base(self) -> None:
        """The row of the model before any stage, if it is still due; on every rank, with the engine if there is one."""
        if not self.base_is_due:
            return
        self.base_is_due = False
        adapted = hasattr(self.model, "disable_adapter")
        if self.trainer.state.global_step and not adapted:
            self.matrix = self._base_of_the_killed_run()  # the weights are those of a checkpoint already
            return
        # without the adapter a LoRA model is the base model, also when it continues from an adapter
        with self.model.disable_adapter() if adapted else nullcontext():
            result = self._measured(self._settings(), base=nullcontext)
        base = self._base()  # on every rank: it may have to be put together from all of them
        tried = Attempts()
        if result is not None:
            tried(partial(self._begin_matrix, result, base))
        self._raise_together(tried, "Nothing was trained. Mend that and start again.")

    def _begin_matrix(self, result: evaluation.Evaluation, base: Mapping[str, Any]) -> None:
        predictions = evaluation.write(result, self.folder / "base")
        self.matrix = matrix.new(base, evaluation.row(result, stage=None, label="base", predictions=predictions))
        matrix.save(self.matrix, self.folder / matrix.FILE)

    def _base_of_the_killed_run(self) -> matrix.Matrix:
        found = matrix.load(self.folder / matrix.FILE)
        return {**found, "rows": found["rows"][:1]}

    def _columns(self) -> list[dict[str, Any]]:
        return [
            {"name": s.name, "task": s.task, "stage": s.stage, "protected": s.protected} for s in self.discovery.sets
        ]

    def _base(self) -> dict[str, Any]:
        embedding = self.model.get_input_embeddings().weight
        architecture = type(self.bridge.bare(self.model)).__name__
        if embedding.requires_grad and self.matrix is not None:
            # full tuning: the weights that identified the base have moved
            return {**self.matrix["base"], "architecture": architecture}
        return {"architecture": architecture, "embedding": fingerprint(embedding)}

    # -- during ------------------------------------------------------------------------------------------------

    def log_row_before(self) -> None:
        """Every score of the last row before this stage, as step 0 of the trainer's log."""
        if self.trainer.state.global_step == 0:
            self._log(_scalars(self.matrix["rows"][-1]["cells"]) if self.matrix is not None else {})

    def log_losses(self) -> None:
        """The losses of all sets as the model is now, into the trainer's log; nothing is generated or kept."""
        result = self._measured(replace(self._settings(), generated=0), base=None)
        scalars = {} if result is None else _scalars(result.cells)
        self._log({key: value for key, value in scalars.items() if key.endswith("loss")})

    def _log(self, scalars: Mapping[str, float]) -> None:
        # on every rank: the host's log is a collective in some versions
        self.trainer.log(dict(self.ranks.broadcast(dict(scalars))))

    # -- after -------------------------------------------------------------------------------------------------

    def end(self) -> None:
        """The row of this stage, the page, the scalars; then the gate, when everything is written that can be."""
        result = self._measured(self._settings(), base=getattr(self.model, "disable_adapter", None))
        said: list[str] = []
        scalars: dict[str, float] = {}
        tried = Attempts()
        if result is not None:
            tried(partial(self._extend, result, tried))
            scalars = _scalars(result.cells)
            said = tried(lambda: gate.failures(self._grown, self.plan.gate)) or []
        tried(lambda: self._log(scalars))
        gate.hold(self.ranks.broadcast(said), self.plan.gate, where=self.folder)
        self._raise_together(
            tried,
            "Weights and anchor are saved. Mend that, then measure the stage again without training it: "
            f"python -m ewc_plugin evaluate {self.output}",
        )

    def _raise_together(self, tried: Attempts, remedy: str) -> None:
        """What failed on rank 0, on every rank: none waits for another that has gone."""
        failures = self.ranks.broadcast(tried.failures)
        if failures:
            raise evaluation.EvaluationError(
                f"stage_eval, {self.folder}",
                expected="to write what was measured",
                found="; ".join(failure.rstrip(".") for failure in failures),
                remedy=remedy,
            )

    @property
    def _grown(self) -> matrix.Matrix:
        assert self.matrix is not None  # rank 0 holds it since `begin`
        return self.matrix

    def _extend(self, result: evaluation.Evaluation, tried: Attempts) -> None:
        predictions = evaluation.write(result, self.folder, tried)
        row = evaluation.row(result, stage=self.name, label=self.label, predictions=predictions)
        tried(lambda: self.bridge.evaluation_recipe().save(self.folder))
        self.matrix = matrix.extend(self._grown, row)
        say(report.terminal_table(self.matrix))
        matrix.save(self.matrix, self.folder / matrix.FILE)
        try:
            say(f"report: {report.write(self.output)}")
        except Exception as problem:  # the numbers are saved; a page that cannot be drawn must not fail the stage
            ours = isinstance(problem, EwcError)
            log.error(
                "The report could not be written%s; try `python -m ewc_plugin report %s`",
                f" ({problem})" if ours else "",
                self.output,
                exc_info=not ours,
            )

    # -- both --------------------------------------------------------------------------------------------------

    def _settings(self) -> Settings:
        found: Settings = self.bridge.evaluation_settings(self.plan)
        return found

    def _measured(self, settings: Settings, base: Base | None) -> evaluation.Evaluation | None:
        with self.trainer.accelerator.autocast():
            return evaluation.evaluate(
                self.model,
                self.discovery.sets,
                encoder=self.bridge.encoder,
                settings=settings,
                ranks=self.ranks,
                absent=self.discovery.absent,
                base=base,
            )


def _scalars(cells: Mapping[str, Any]) -> dict[str, float]:
    return {
        f"eval_{name}/{metric}": float(score["value"])
        for name, cell in cells.items()
        if "failed" not in cell
        for metric, score in cell.items()
    }


class LossesOnTheWay(TrainerCallback):  # type: ignore[misc]
    """Calls `measure` at every `eval_steps`-th step of the recipe, also where the host evaluates nothing itself."""

    def __init__(self, measure: Callable[[], None]) -> None:
        self._measure = measure

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        steps = every(args.eval_steps, state.max_steps)
        if steps and state.global_step % steps == 0 and state.global_step < state.max_steps:  # the end has its row
            asked = control.should_log
            self._measure()
            control.should_log = asked  # our line in the log would otherwise stand for the host's, with the task loss


def every(eval_steps: float | None, max_steps: int) -> int:
    """A number of steps, or a share of all (below 1), as transformers reads it; 0 for never."""
    if not eval_steps:
        return 0
    return int(eval_steps) if eval_steps >= 1 else max(1, round(eval_steps * max_steps))
