"""What happens before and after a stage is trained? The anchor is attached and left, the matrix grows by a row.

Runs inside `Trainer.train`, on every rank; rank 0 writes. It speaks to the host through the bridge that it is given.
"""

import logging
import math
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor

from ewc_plugin import anchor as anchors
from ewc_plugin import evaluation, fidelity, lineage, mixture, trained_on
from ewc_plugin.anchor import Anchor, Term
from ewc_plugin.atomic import write_json
from ewc_plugin.attempts import Attempts
from ewc_plugin.errors import AnchorError, EwcError
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.evaluation.sets import Item, choose, read
from ewc_plugin.fisher import Example
from ewc_plugin.gate import GateError
from ewc_plugin.leaving import Leaving
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import current_ranks, require_alike, together
from ewc_plugin.spaces import Space
from ewc_plugin.spaces.adapter import AdapterSpace
from ewc_plugin.spaces.delta import DeltaSpace
from ewc_plugin.spaces.weights import WeightSpace
from ewc_plugin.stage_evaluation import FOLDER, StageEvaluation
from ewc_plugin.visible import say

PROBE = 1 << 20  # bytes written to see whether the disk takes any
log = logging.getLogger(__name__)


class Stage:
    """One run of the trainer, from the first look at the model to the row in the matrix."""

    def __init__(self, trainer: Any, bridge: Any) -> None:
        self.trainer, self.bridge = trainer, bridge
        self.plan: Plan = bridge.plan
        self.ranks = current_ranks()
        self.folder = Path(trainer.args.output_dir)
        self.model = trainer.accelerator.unwrap_model(trainer.model)
        self.anchors: list[Anchor] = []
        self.start: Mapping[str, Tensor] | None = None
        self.evaluation: StageEvaluation | None = None

    def begin(self) -> None:
        """What can fail is tried before hours of training: the folder, the layers, the matrix, the base row."""
        together(self.ranks, self._require_writable)
        self.earlier = together(self.ranks, lambda: lineage.read(Path(self.bridge.continues_from) / FOLDER))
        self.space = self._space() if self.plan.penalised or self.plan.save else None
        if self.plan.save and self.space is not None:
            self._leaving().require_memory()
            self.space.base()  # refuses files that do not tell the base
            with leaving_no_trace(self.model):  # the host may choose a dataset's rows at random
                self.bridge.fisher_examples(self.plan.fisher_samples)  # refuses data without a supervised token
        # a stage without an anchor is calibrated on its own F, along the way that it came
        looks_back = self.plan.save and not self.plan.penalised and not self.plan.estimate
        # where the stage writes over the files that it was loaded from, its start is gone
        looks_back = looks_back and Path(self.bridge.model_name).resolve() != self.folder.resolve()
        self.start = self.space.start() if looks_back and self.space else None
        self.mixture = mixture.find(self.bridge.dataset_names, self.bridge.dataset_dir)
        known = self.plan.evaluate or (self.bridge.dataset_dir / mixture.REGISTRY).is_file()
        self.discovery = evaluation.discover(self.bridge.dataset_dir) if known else evaluation.Discovery((), ())
        require_alike(self.ranks, self._files)
        if self.plan.evaluate:
            self.evaluation = StageEvaluation(
                self.trainer, self.bridge, self.ranks, self.discovery, label=self.label, name=self.name
            )
            self.evaluation.begin()

    def penalised_space(self) -> Space | None:
        """The space with its anchors attached, or None when λ = 0."""
        if not self.plan.penalised:
            return None
        assert self.space is not None  # made in `begin`
        self.anchors = together(self.ranks, lambda: [anchors.load(folder) for folder in self.plan.anchors])
        for sentence in self.space.attach(self.anchors, self.trainer.args.device):
            self._say(f"EWC: {sentence}")
        start = float(self.space.penalty(1.0).value)
        self._require_finite(start)
        strength = "auto" if self.plan.automatic else f"{self.plan.strength:g}"
        named = ", ".join(str(folder) for folder in self.plan.anchors)
        self._say(f"EWC: λ = {strength}, anchor {named}, predicted KL at the start {start:.3g} nats a token")
        return self.space

    def _require_finite(self, start: float) -> None:
        """A number that is not finite in F or θ* spoils the penalty also where nothing has moved."""
        assert self.space is not None
        if math.isfinite(start):
            return
        broken = [name for name, value in self.space.predicted().items() if not math.isfinite(value)]
        raise AnchorError(
            self.anchors[0].where,
            expected="a finite θ* and F",
            found=f"NaN or infinity in {', '.join(broken[:5]) or 'the term of an earlier stage'}"
            + (" …" if len(broken) > 5 else ""),
            remedy="The model that it was made from overflowed. Make it anew with ewc_estimate: true, in bf16 rather "
            "than fp16. Nothing was trained.",
        )

    def end(self, summary: Mapping[str, Any]) -> None:
        """After the model is saved: the KL that came true, the anchor, what was trained on, evaluation and report.

        What fails loses none of what comes after it, and is raised when that is there.
        """
        tried = Attempts()
        found = tried(self._fidelity)
        if self.plan.save:
            term, examples = self._term()
            if self.start is not None:
                found = tried(lambda: self._looked_back(term, examples))
            self._leave_anchor(term, examples, found)
        if self.ranks.rank == 0 and (summary or found):
            about = {**summary, **({"calibration": found} if found else {})}
            tried(lambda: write_json(self.folder / FOLDER / "ewc.json", about))
        if self.evaluation is not None:
            tried(self._account)
        tried(partial(self._record, summary.get("lambda")))
        if self.evaluation is not None:
            # other errors may be of one rank alone, for which the barrier would wait in vain
            tried(self.evaluation.end, (GateError, evaluation.EvaluationError))
        self.ranks.barrier()
        if tried.first is not None:
            raise tried.first

    def _files(self) -> dict[str, str | None]:
        """sha256 of what is trained on and measured, by name: two machines may have two copies."""
        entries = mixture.registry(self.bridge.dataset_dir)
        names = [name for name in self.bridge.dataset_names if entries.get(name, {}).get("file_name")]
        trained_on = {name: self.bridge.dataset_dir / str(entries[name]["file_name"]) for name in names}
        measured = {one.name: one.path for one in self.discovery.sets} if self.plan.evaluate else {}
        return {name: mixture.sha256(path) for name, path in {**trained_on, **measured}.items()}

    def _require_writable(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as probe:
                probe.write(b"\0" * PROBE)
        except OSError as error:
            raise EwcError(
                f"output_dir {self.folder}",
                expected="a folder that can be written",
                found=error.strerror or str(error),
                remedy="Name another output_dir, or mend its permissions or the disk. Nothing was trained.",
            ) from error

    def _space(self) -> Space:
        if self.plan.space == "delta":
            return DeltaSpace(self.model, self.bridge.model_name)
        if self.plan.space == "adapter":
            return AdapterSpace(self.model, self.bridge.model_name)
        return WeightSpace(self.model, self.plan, self.ranks, self.bridge.model_name)

    def _say(self, text: str) -> None:
        if self.ranks.rank == 0:
            say(text)

    # -- the anchor --------------------------------------------------------------------------------------------

    def _leaving(self) -> Leaving:
        assert self.space is not None  # made in `begin` for every stage that saves
        return Leaving(
            model=self.model,
            space=self.space,
            plan=self.plan,
            ranks=self.ranks,
            seed=self.trainer.args.seed,
            pad_id=self.bridge.encoder.pad_token_id,
            device=self.trainer.args.device,
            autocast=self.trainer.accelerator.autocast,
        )

    def _fidelity(self) -> dict[str, Any] | None:
        """What the anchor's F predicted beside what came true; None without an anchor."""
        if not self.anchors or self.space is None:
            return None
        found = fidelity.measured(
            self.model,
            self.space,
            self.anchors[0],
            held_out=self._held_out(),
            **self._how(),
        )
        if found is not None:
            self._say(fidelity.sentence(found))
        return found

    def _how(self) -> dict[str, Any]:
        return {
            "batch_size": self.plan.fisher_batch_size,
            "pad_id": self.bridge.encoder.pad_token_id,
            "ranks": self.ranks,
            "autocast": self.trainer.accelerator.autocast,
        }

    def _held_out(self) -> list[Any]:
        """Conversations of protected evaluation sets of other stages, as the host's template encodes them.

        A set that cannot be read is left out, and said by the evaluation itself.
        """
        sets = [s for s in self.discovery.sets if s.protected and s.stage != self.name and not s.made_from]
        read_ones = [found for s in sets if (found := self._items(s))]
        items = [item for found in read_ones for item in choose(found, fidelity.ITEMS, seed=0)]
        return [self.bridge.encoder.encode(item.messages) for item in items]

    @staticmethod
    def _items(chosen: evaluation.EvaluationSet) -> list[Item]:
        try:
            return read(chosen)
        except evaluation.EvaluationError as problem:
            log.warning("EWC: the measured KL leaves out %s: %s", chosen.name, problem)
            return []

    def _term(self) -> tuple[Term, Sequence[Example]]:
        """This stage's own F, and the examples that it was made on."""
        examples = self.bridge.fisher_examples(self.plan.fisher_samples)
        return self._leaving().term(examples, stage=self.label, datasets=self.bridge.dataset_hashes()), examples

    def _looked_back(self, term: Term, examples: Sequence[Example]) -> dict[str, Any]:
        assert self.space is not None  # made in `begin`, like the start
        assert self.start is not None
        found = fidelity.looking_back(self.model, self.space, self.start, term, examples, **self._how())
        self._say(fidelity.sentence(found))
        return found

    def _leave_anchor(self, term: Term, examples: Sequence[Example], found: dict[str, Any] | None) -> None:
        about = {
            "base": {"model": self.bridge.model_name, "adapters": self.bridge.adapters},
            **({"calibration": found} if found else {}),
        }
        anchor = self._leaving().anchor(term, examples, earlier=bool(self.anchors), about=about)
        where = anchors.save(anchor, self.folder, writes=self.ranks.rank == 0)
        counts = (
            f"{term.about['examples']} examples, {term.about['tokens']} supervised tokens"
            if "tokens" in term.about
            else "F = 1"
        )
        self._say(f"EWC: anchor left in {where} ({counts})")
        self.ranks.barrier()

    # -- the evaluation ----------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str | None:
        """Which stage of the evaluation sets this run is, as `strength.stage_of` says, but of those that are built."""
        if self.mixture and self.mixture.stage:
            return self.mixture.stage
        group = mixture.group_of(self.bridge.dataset_names, mixture.registry(self.bridge.dataset_dir))
        known = {s.stage for s in self.discovery.sets}
        return next((name for name in (self.label, group) if name in known), None)

    def _record(self, strength: float | None) -> None:
        """What a model card says of this stage, behind what it says of those before."""
        if self.ranks.rank != 0:
            return
        state, folder = self.trainer.state, self.bridge.dataset_dir
        protected = [stage for anchor in self.anchors for stage in anchor.about.get("history", ())]
        entry = {
            "label": self.label,
            "stage": self.name,
            "began_from": {"model": self.bridge.model_name, "adapters": self.bridge.adapters},
            "keys": self.bridge.recipe_keys,
            "processes": self.ranks.world_size,
            "steps": state.global_step,
            "epochs": state.epoch,
            "data": lineage.of_mixture(self.mixture, folder)
            if self.mixture
            else {"inputs": lineage.of_datasets(self.bridge.dataset_names, folder)},
            "trained_on": {**self._supervised(), **lineage.amounts(self.folder / FOLDER, self.trainer.train_dataset)},
            "ewc": {"lambda": strength, "anchors": list(map(str, self.plan.anchors)), "protects": protected},
            "estimate": self.plan.estimate,
            "versions": lineage.versions(),
        }
        lineage.write(self.earlier, entry, self.folder / FOLDER)

    def _supervised(self) -> dict[str, int]:
        """Of data that are no mixture only the whole is known, and of pairs (DPO) not even that."""
        whole = "labels" in (getattr(self.trainer.train_dataset, "column_names", None) or ())
        return {"supervised_tokens_in_the_trainer": self.bridge.supervised_in_the_trainer()} if whole else {}

    def _account(self) -> None:
        rows = self.bridge.encoded_rows()  # on every rank: the first one fills the cache for the others
        if self.ranks.rank != 0:
            return
        if self.mixture is not None and rows is not None:
            seen = trained_on.count(rows, mixture.row_groups(self.mixture, len(rows)))
            account = trained_on.account(self.mixture, seen, in_the_trainer=self.bridge.supervised_in_the_trainer())
            write_json(self.folder / FOLDER / "trained_on.json", account)
            if not account["agrees_with_the_trainer"]:
                self._say(
                    "note: trained_on.json counts the mixture; the trainer holds "
                    f"{account['supervised_tokens_in_the_trainer']} supervised tokens (val_size, or several datasets)"
                )
