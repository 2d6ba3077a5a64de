"""What happens before and after a stage is trained? The anchor is attached and left, the matrix grows by a row.

Runs inside `Trainer.train`, on every rank; rank 0 writes. It speaks to the host through the bridge that it is given.
"""

import logging
import tempfile
from contextlib import nullcontext
from importlib import metadata
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ewc_plugin import anchor as anchors
from ewc_plugin import evaluation, fisher, matrix, mixture, report, trained_on
from ewc_plugin.anchor import Anchor
from ewc_plugin.atomic import write_json
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation.no_trace import leaving_no_trace
from ewc_plugin.plan import Plan
from ewc_plugin.ranks import current_ranks
from ewc_plugin.spaces import DeltaSpace, Space, WeightSpace, fingerprint

FOLDER = "stage_eval"
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
        self.earlier: Anchor | None = None
        self.matrix: matrix.Matrix | None = None

    def begin(self) -> None:
        """What can fail is tried before hours of training: the folder, the layers, the matrix, the base row."""
        self._require_writable()
        if self.plan.save:
            self._space().curvature(self.plan.form)
        self.mixture = mixture.find(self.bridge.dataset_names, self.bridge.dataset_dir)
        if self.plan.evaluate:
            self._begin_matrix()

    def penalised_space(self) -> Space | None:
        """The space with its anchor attached, or None when λ = 0."""
        if not self.plan.penalised:
            return None
        assert self.plan.anchor is not None  # checked with the arguments
        self.earlier = anchors.load(self.plan.anchor)
        space = self._space()
        space.attach(self.earlier, self.trainer.args.device)
        start = float(space.penalty(1.0).value)
        self._say(f"EWC: λ = {self.plan.strength:g}, anchor {self.plan.anchor}, predicted KL at the start {start:.3g}")
        return space

    def end(self, summary: dict[str, float]) -> None:
        """After the model is saved: the anchor, what was trained on, the evaluation, the report."""
        if self.plan.save:
            self._leave_anchor()
        if self.plan.evaluate:
            self._account(summary)
            self._evaluate()
        self.ranks.barrier()

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
        return DeltaSpace(self.model) if self.plan.space == "delta" else WeightSpace(self.model)

    def _say(self, text: str) -> None:
        if self.ranks.rank == 0:
            print(text, flush=True)

    # -- the anchor --------------------------------------------------------------------------------------------

    def _leave_anchor(self) -> None:
        space = self._space()
        curvature = space.curvature(self.plan.form)
        with leaving_no_trace(self.model):
            found = fisher.estimate(
                self.model,
                self.bridge.fisher_examples(self.plan.fisher_samples),
                curvature,
                labels=self.plan.fisher,
                seed=self.trainer.args.seed,
                batch_size=self.plan.fisher_batch_size,
                pad_id=self.bridge.encoder.pad_token_id,
                ranks=self.ranks,
                autocast=self.trainer.accelerator.autocast,
                progress=lambda batches: tqdm(batches, desc="EWC Fisher", disable=self.ranks.rank != 0),
            )
        if self.ranks.rank == 0:
            terms = {name: value.cpu() for name, value in found.fisher.items()}
            where = anchors.save(self._anchor(space, terms, found), self.folder)
            self._say(f"EWC: anchor left in {where} ({found.examples} examples, {found.tokens} supervised tokens)")
        self.ranks.barrier()

    def _anchor(self, space: Space, terms: anchors.Terms, found: fisher.Estimate) -> Anchor:
        plan = self.plan
        kept = anchors.decayed(self.earlier, terms, form=plan.form, gamma=plan.gamma)
        term = {
            "stage": self.label,
            "estimator": plan.fisher,
            "examples": found.examples,
            "tokens": found.tokens,
            "seed": self.trainer.args.seed,
            "datasets": self.bridge.dataset_hashes(),
            "trace": anchors.trace(terms, plan.form),
        }
        earlier = [] if self.earlier is None or plan.gamma == 0 else self.earlier.about.get("history", [])
        about = {
            # one entry per tensor term; `history` names all stages, also where their diagonals were added up
            "terms": list(range(len(kept))),
            "history": [*earlier, term],
            "gamma": plan.gamma,
            "fingerprints": space.fingerprints(),
            "base": {"model": self.bridge.model_name, "adapters": self.bridge.adapters},
            "versions": {n: metadata.version(n) for n in ("torch", "transformers", "peft", "llamafactory")},
        }
        return Anchor(space.name, plan.form, space.snapshot(), space.scalings(), kept, about)

    # -- the evaluation ----------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str | None:
        """Which stage of the evaluation sets this run is: its mixture's, else its folder's name if it is one."""
        if self.mixture and self.mixture.stage:
            return self.mixture.stage
        return self.label if self.label in {s.stage for s in self.discovery.sets} else None

    def _begin_matrix(self) -> None:
        self.discovery = evaluation.discover(self.bridge.dataset_dir)
        if not self.discovery.sets:
            raise evaluation.EvaluationError(
                "stage_eval",
                expected=f"evaluation sets in {self.bridge.dataset_dir}",
                found="none that is built" + "".join(f", {name} is absent" for name in self.discovery.absent),
                remedy="Convert a source (`python -m converters list`), or set stage_eval: false.",
            )
        earlier = Path(self.bridge.continues_from) / FOLDER / matrix.FILE
        if earlier.is_file():
            self.matrix = matrix.load(earlier)
            matrix.expect(self.matrix, base=self._base(), columns=self._columns(), label=self.label)
            return
        # without the adapter a LoRA model is the base model, also when it continues from an adapter
        base = getattr(self.model, "disable_adapter", nullcontext)
        with base():
            result = self._measured()
        if result is not None:
            predictions = evaluation.write(result, self.folder / FOLDER / "base")
            self.matrix = matrix.new(
                self._base(), evaluation.row(result, stage=None, label="base", predictions=predictions)
            )
            matrix.save(self.matrix, self.folder / FOLDER / matrix.FILE)

    def _columns(self) -> list[dict[str, Any]]:
        return [
            {"name": s.name, "task": s.task, "stage": s.stage, "protected": s.protected} for s in self.discovery.sets
        ]

    def _base(self) -> dict[str, Any]:
        embedding = self.model.get_input_embeddings().weight
        if embedding.requires_grad and self.matrix is not None:
            return dict(self.matrix["base"])  # full tuning: the weights that identified the base have moved
        return {"architecture": type(self.bridge.bare(self.model)).__name__, "embedding": fingerprint(embedding)}

    def _measured(self) -> evaluation.Evaluation | None:
        with self.trainer.accelerator.autocast():
            return evaluation.evaluate(
                self.model,
                self.discovery.sets,
                encoder=self.bridge.encoder,
                settings=self.bridge.evaluation_settings(self.plan),
                ranks=self.ranks,
                absent=self.discovery.absent,
            )

    def _evaluate(self) -> None:
        result = self._measured()
        if result is None:
            return
        folder = self.folder / FOLDER
        predictions = evaluation.write(result, folder)
        assert self.matrix is not None  # rank 0 holds it since `begin`
        row = evaluation.row(result, stage=self.name, label=self.label, predictions=predictions)
        self.matrix = matrix.extend(self.matrix, row)
        matrix.save(self.matrix, folder / matrix.FILE)
        self._say(report.terminal_table(self.matrix))
        try:
            self._say(f"report: {report.write(self.folder)}")
        except Exception:  # the numbers are saved; a page that cannot be drawn must not fail the stage
            log.exception("The report could not be written; try `python -m ewc_plugin report %s`", self.folder)

    def _account(self, summary: dict[str, float]) -> None:
        rows = self.bridge.encoded_rows()  # on every rank: the first one fills the cache for the others
        if self.ranks.rank != 0:
            return
        if summary:
            write_json(self.folder / FOLDER / "ewc.json", summary)
        if self.mixture is not None and rows is not None:
            seen = trained_on.count(rows, mixture.row_groups(self.mixture, len(rows)))
            account = trained_on.account(self.mixture, seen, in_the_trainer=self.bridge.supervised_in_the_trainer())
            write_json(self.folder / FOLDER / "trained_on.json", account)
            if not account["agrees_with_the_trainer"]:
                self._say(
                    "note: trained_on.json counts the mixture; the trainer holds "
                    f"{account['supervised_tokens_in_the_trainer']} supervised tokens (val_size, or several datasets)"
                )
