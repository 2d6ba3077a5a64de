"""What does it mean to start a stage in a folder that holds one? It is finished, goes on, or is refused.

Asked before a model is loaded, on every rank; rank 0 reads the disk for all. It knows files and values, not the host.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import checkpoints, conditions, record
from ewc_plugin.checkpoints import CheckpointError, Regime
from ewc_plugin.conditions import Difference
from ewc_plugin.ranks import OneProcess, Ranks
from ewc_plugin.record import Record

ANEW = "To train it anew, add overwrite_output_dir=true or name another output_dir."


@dataclass(frozen=True)
class Asked:
    """How a run was asked for: `requested` is the host's resume_from_checkpoint, `named` that of the recipe."""

    folder: Path
    requested: Any
    named: bool
    overwrites: bool
    full: bool  # weights lie in the folder, and no checkpoint: the host would refuse


def settle(asked: Asked, regime: Regime, *, ranks: Ranks, say: Callable[[str], None]) -> bool:
    """True when the stage is finished as asked and nothing is to be done; CheckpointError when it must not go on."""
    if asked.overwrites:
        return False
    last: Record | None = ranks.broadcast(record.read(asked.folder))
    if last is not None and last.finished and not asked.named:
        if _is_finished(last, regime, asked, ranks):
            say(_finished(asked.folder))
            return True
        checkpoints.refuse(checkpoints.differences(last.regime, regime, by_recipe=True), where=asked.folder)
        if asked.requested and (later := _later(last, regime)):
            say(f"EWC: the stage in {asked.folder} is trained; anchor and evaluation are made anew, with {later}")
    if asked.full:
        raise _cannot_be_continued(asked.folder, last)
    if asked.requested:
        run = None if last is None else last.run
        choice = checkpoints.choose(
            asked.requested, automatic=not asked.named, output_dir=asked.folder, ranks=OneProcess(), run=run
        )
        if choice.marker is not None and choice.path is not None:
            checkpoints.require_same(choice.marker, regime, where=choice.path)
    return False


def changes(last: Record, regime: Regime) -> list[Difference]:
    """Everything that a finished stage was asked otherwise, also what acts after its last step."""
    assert regime.conditions is not None
    found = checkpoints.differences(last.regime, regime, by_recipe=True)
    return found + conditions.later_differences(last.regime["conditions"], regime.conditions)


def _later(last: Record, regime: Regime) -> str:
    assert regime.conditions is not None
    found = conditions.later_differences(last.regime["conditions"], regime.conditions)
    return ", ".join(f"{each.what}: {each.now} (was {each.was})" for each in found)


def is_whole(last: Record, folder: Path) -> bool:
    """Whether what a finished run left lies there as it left it."""
    return dict(last.left or {}) == record.left_in(folder)


def _is_finished(last: Record, regime: Regime, asked: Asked, ranks: Ranks) -> bool:
    same = not lengthened(last, regime) and not changes(last, regime)
    finished: bool = ranks.broadcast(same and is_whole(last, asked.folder))
    return finished


def lengthened(last: Record, regime: Regime) -> bool:
    """With a steady learning rate a longer run is no other run, but it is not finished."""
    now = regime.as_json()
    was, is_now = ([r["conditions"]["keys"].get(key) for key in conditions.LENGTH] for r in (last.regime, now))
    return was != is_now


def _finished(folder: Path) -> str:
    page = folder / "stage_eval" / "report.html"
    shown = f" Its report: {page}." if page.is_file() else ""
    return (
        f"EWC: the stage in {folder} is finished under this very recipe; nothing is done.{shown} To measure it again: "
        f"python -m ewc_plugin evaluate {folder}. {ANEW}"
    )


def _cannot_be_continued(folder: Path, last: Record | None) -> CheckpointError:
    what = "of a run that is finished" if last is not None and last.finished else "of an earlier run"
    return CheckpointError(
        f"output_dir {folder}",
        expected="an empty folder, or checkpoints to continue from",
        found=f"weights {what}, and no checkpoint",
        remedy=f"{ANEW} To measure it again: python -m ewc_plugin evaluate {folder}.",
    )


def leave(folder: Path) -> None:
    """End the process with success, so that `first && second` goes on; raise where that would look like a loss."""
    if os.environ.get("USE_RAY", "").lower() in ("1", "true", "yes", "y", "on"):  # a worker that exits counts as lost
        raise CheckpointError(
            f"output_dir {folder}",
            expected="a stage that is to be trained",
            found="one that is finished under this very recipe",
            remedy=ANEW,
        )
    raise SystemExit(0)
