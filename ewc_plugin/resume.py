"""How does a run, and λ with it, survive a kill? Checkpoints are marked when complete; a resumed run begins at one.

Also the place where an attempt begins: `auto_find_batch_size` runs the training loop again after an out-of-memory
error, and `ewc_lambda: auto` measures its protected losses before the first step. Knows transformers' callbacks, not
the host.
"""

import hashlib
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR, rotate_checkpoints

from ewc_plugin import anchor as anchors
from ewc_plugin import checkpoints, record, strength
from ewc_plugin.anchor import Anchor
from ewc_plugin.checkpoints import Regime
from ewc_plugin.conditions import Conditions
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import Ranks
from ewc_plugin.record import Record
from ewc_plugin.strength import Strength


class Run(TrainerCallback):  # type: ignore[misc]
    """One stage from its first step to its last, in one process or, after kills, in several one after the other."""

    def __init__(
        self,
        plan: Plan,
        *,
        output_dir: Path,
        ranks: Ranks,
        say: Callable[[str], None],
        conditions: Conditions | None = None,
    ) -> None:
        self._plan, self._output_dir, self._ranks, self._say = plan, output_dir, ranks, say
        self._regime = regime(plan, conditions)
        self._id: str = ranks.broadcast(uuid.uuid4().hex[:16])
        self._controller: Strength | None = None
        self._protected: tuple[str, ...] = ()
        self._on_attempt: Callable[[], None] = lambda: None

    @property
    def strength(self) -> float:
        """λ at this moment."""
        return self._plan.strength if self._controller is None else self._controller.value

    def begin(self, requested: str | bool | None, *, automatic: bool) -> str | None:
        """The checkpoint to continue from, for the host; raises CheckpointError before anything is trained."""
        last: Record | None = self._ranks.broadcast(record.read(self._output_dir))
        choice = checkpoints.choose(
            requested,
            automatic=automatic,
            output_dir=self._output_dir,
            ranks=self._ranks,
            run=None if last is None else last.run,
        )
        if choice.note:
            self._say(f"EWC: {choice.note}")
        if choice.path is not None and choice.marker is not None:
            checkpoints.require_same(choice.marker, self._regime, where=choice.path)
            self._id = str(choice.marker["run"])
            if self._plan.automatic:
                self._controller = strength.restored(choice.marker["controller"])
        return None if choice.path is None else str(choice.path)

    def started(self) -> None:
        """From here on the folder holds this run, and what lay there is no longer a finished one."""
        self._record(finished=False)

    def end(self) -> None:
        """Everything was left that the recipe asks for: the stage needs not be started again."""
        self._record(finished=True)

    def _record(self, *, finished: bool) -> None:
        if self._ranks.rank == 0 and self._regime.conditions is not None:
            record.write(self._output_dir, self._id, self._regime.as_json(), finished=finished)

    def search(self, anchored: Sequence[Anchor], *, protected: Sequence[str]) -> None:
        """Begin to look for λ, unless a checkpoint said already how far the search had come."""
        self._protected = tuple(protected)
        if self._controller is None:
            assert self._plan.budget is not None  # checked with the arguments
            known = [(anchor.about.get("calibration") or {}).get("calibration") for anchor in anchored]
            self._controller = strength.started(budget=self._plan.budget, calibrations=known)

    # -- attempts ----------------------------------------------------------------------------------------------

    def each_attempt(self, action: Callable[[], None]) -> None:
        """`action` runs before the first step of every attempt, with everything prepared for training."""
        self._on_attempt = action

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._on_attempt()

    # -- λ -----------------------------------------------------------------------------------------------------

    @property
    def lacks_anchor_losses(self) -> bool:
        return self._controller is not None and self._controller.anchor_losses is None

    def evaluated(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """Take an evaluation's losses: the first as L_anchor, the others for λ; what is to be logged."""
        if self._controller is None:
            return {}
        losses = {name: metrics.get(strength.metric(name), math.nan) for name in self._protected}
        first = self._controller.anchor_losses is None
        decided = self._controller.anchored(losses) if first else self._controller.update(losses)
        # losses are reduced on each rank by itself; the last bit must not part the ranks' λ
        self._controller = self._ranks.broadcast(decided)
        assert self._controller is not None
        return {"ewc/lambda": self._controller.value, "ewc/violation": self._controller.violation(losses)}

    # -- checkpoints -------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self, arguments: Any, step: int) -> Iterator[None]:
        """Around the host's writing of a checkpoint: it has no marker meanwhile, and no older one is deleted."""
        if arguments.should_save:
            checkpoints.unmark(self._folder(step))
        self._ranks.barrier()
        limit, arguments.save_total_limit = arguments.save_total_limit, None
        try:
            yield
        finally:
            arguments.save_total_limit = limit

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """After the host and its callbacks: mark what every rank has written, then delete what `writing` kept."""
        self._ranks.barrier()
        if args.should_save:
            checkpoints.mark(
                self._folder(state.global_step),
                step=state.global_step,
                run=self._id,
                regime=self._regime,
                controller=None if self._controller is None else self._controller.state(),
            )
            rotate_checkpoints(
                output_dir=str(self._output_dir),
                save_total_limit=args.save_total_limit,
                best_model_checkpoint=state.best_model_checkpoint,
                use_mtime=True,
            )

    def _folder(self, step: int) -> Path:
        return self._output_dir / f"{PREFIX_CHECKPOINT_DIR}-{step}"


def regime(plan: Plan | None, conditions: Conditions | None) -> Regime:
    """What the weights of this run are trained with; no plan is no penalty."""
    if plan is None:
        return Regime(0.0, None, (), conditions)
    known = tuple((str(folder), _sha256(folder / anchors.ABOUT)) for folder in plan.anchors)
    return Regime(strength.AUTO if plan.automatic else plan.strength, plan.budget, known, conditions)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
