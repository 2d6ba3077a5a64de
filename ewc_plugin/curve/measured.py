"""What did each point leave? Its matrix, its steps and its curves on the way, as far as a learning curve wants them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ewc_plugin import lineage, matrix
from ewc_plugin.errors import EwcError
from ewc_plugin.matrix import Matrix
from ewc_plugin.report.changes import Change, Changes, last_stage_columns, loss_of, older_columns
from ewc_plugin.report.comparison import stage_eval_folder
from ewc_plugin.report.data import curves_of
from ewc_plugin.report.trends import Points, turn
from ewc_plugin.shapes import is_number, number_of, read_object, table_of

FEWEST_STEPS = 10  # below, a loss tells how few steps were made and not how few examples were seen


@dataclass(frozen=True)
class Point:
    """One size: what was measured before (`matrix`, last row but one) and after, and how it came there.

    curves: scalars by step, as trainer_state.json has them.
    """

    n: int
    folder: Path
    matrix: Matrix
    steps: int
    epochs: float
    curves: Mapping[str, Points]
    tokens: int | None = None  # supervised ones in the trainer; None where they were not counted

    @property
    def before(self) -> Mapping[str, Any]:
        row: Mapping[str, Any] = self.matrix["rows"][-2]
        return row

    @property
    def after(self) -> Mapping[str, Any]:
        row: Mapping[str, Any] = self.matrix["rows"][-1]
        return row

    @cached_property
    def changes(self) -> Changes:
        return Changes(self.matrix)

    @cached_property
    def forgotten(self) -> Sequence[Change]:
        """Of every older set, whether or not it is beyond noise."""
        return self.changes.older()

    @property
    def stepped(self) -> bool:
        return self.steps >= FEWEST_STEPS

    @property
    def training_loss(self) -> float | None:
        """The mean of what was logged in the last epoch; None where nothing was."""
        epochs = dict(self.curves.get("epoch", ()))
        last = [value for step, value in self.curves.get("loss", ()) if epochs.get(step, 0.0) > self.epochs - 1]
        return sum(last) / len(last) if last else None

    def turned_up(self, name: str) -> tuple[float, float, float] | None:
        """Step and value of a set's lowest loss, and how far it rose from there, if that is more than its noise."""
        cell = self.after["cells"][name].get("loss")
        noise = (cell["high"] - cell["low"]) / 2 if cell else None
        return turn(self.on_the_way(name), noise)

    def on_the_way(self, name: str) -> Points:
        """The losses of a set while the stage was trained, by step."""
        return self.curves.get(f"eval_{name}/loss", ())

    def by_epoch(self, points: Points) -> Points:
        """A curve over passes through the data, as sizes can be laid over one another."""
        epochs = {0.0: 0.0} | dict(self.curves.get("epoch", ()))
        return [(epochs[step], value) for step, value in points if step in epochs]


@dataclass(frozen=True)
class Sets:
    """The names of evaluation sets by what they tell, and which loss is theirs."""

    own: tuple[str, ...]
    older: tuple[str, ...]
    loss: Mapping[str, str]

    @property
    def texts(self) -> list[str]:
        """Own sets whose answers are texts such as the stage trains on."""
        return [name for name in self.own if self.loss[name] == "loss"]


def read(folders: Mapping[int, Path], *, stage: str) -> list[Point]:
    """The points in the order of their sizes; `stage`: the recipe's own folder's name, after which sets may be called.

    Raises EwcError where a point was not measured, or not as the others.
    """
    points = [_point(n, folder, stage) for n, folder in sorted(folders.items())]
    columns = [point.matrix["columns"] for point in points]
    for point, own in zip(points, columns, strict=True):
        if own != columns[0]:
            raise EwcError(
                str(point.folder),
                expected=f"the evaluation sets of {points[0].folder}",
                found="others: some were converted or removed between the two",
                remedy="Train the points again on the sets that are there now: overwrite_output_dir=true behind the "
                "recipe.",
            )
    for smaller, larger in itertools.pairwise(points):
        if larger.tokens is not None and smaller.tokens == larger.tokens:
            raise EwcError(
                str(larger.folder),
                expected=f"more data than {smaller.n:,} examples",
                found=f"as many supervised tokens ({larger.tokens:,})",
                remedy="The dataset has no more rows, and a curve would be flat for that alone: name smaller sizes.",
            )
    return points


def _point(n: int, folder: Path, stage: str) -> Point:
    try:
        state = read_object(folder / "trainer_state.json")
    except ValueError as problem:
        raise EwcError(
            str(folder),
            expected="the trainer_state.json of a stage that was trained",
            found=str(problem),
            remedy="Delete the folder, then type the same command again.",
        ) from problem
    found = matrix.load(stage_eval_folder(folder) / matrix.FILE)
    last = found["rows"][-1]
    if last["stage"] is None and stage in {column["stage"] for column in found["columns"]}:
        last["stage"] = stage  # a stage without a mixture is called after its folder, and that of a point is its size
    steps, epochs = number_of(state.get("global_step")), number_of(state.get("epoch"))
    return Point(n, folder, found, int(steps or 0), float(epochs or 0), curves_of(state), _tokens(folder))


def _tokens(folder: Path) -> int | None:
    """A dataset that only the host can count may have fewer rows than were asked for."""
    recorded = lineage.read(stage_eval_folder(folder))
    found = table_of(recorded[-1].get("trained_on")).get("supervised_tokens_in_the_trainer") if recorded else None
    return int(found) if is_number(found) else None


def sets(points: Sequence[Point]) -> Sets:
    found = points[-1].matrix
    return Sets(
        tuple(last_stage_columns(found)),
        tuple(older_columns(found)),
        {column["name"]: loss_of(column) for column in found["columns"]},
    )
