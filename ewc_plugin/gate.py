"""Has a protected task lost more than is allowed? Then the run ends with an error, when everything is saved.

A loss may rise, and the first score of a task may fall, by `stage_eval_gate` against the best earlier row: losses in
nats a token, scores as a share of their range (0.05 are five points of BLEU or of accuracy). Only what a paired test
finds beyond noise counts; the loss of multiple choice and minimal pairs is that of the right option among the options.
"""

from pathlib import Path

from ewc_plugin.errors import EwcError
from ewc_plugin.matrix import Matrix, headline
from ewc_plugin.metrics.translation import CORPUS, PERCENT
from ewc_plugin.report.changes import Change, Changes, loss_of


class GateError(EwcError):
    """A protected task lost more than `stage_eval_gate`; weights, anchor, matrix and page are written."""


def failures(matrix: Matrix, gate: float | None) -> list[str]:
    """One clause for each protected set that lost more than the gate; the sets of the last row's own stage too."""
    if gate is None:
        return []
    changes, last = Changes(matrix), len(matrix["rows"]) - 1
    found = []
    for column in (c for c in matrix["columns"] if c["protected"]):
        name = column["name"]
        for metric in (loss_of(column), headline(matrix, name)):
            change = changes.against_best(last, name, metric) if metric else None
            if change and change.beyond_noise and lost(change, str(metric)) > gate:
                found.append(f"{name}, {metric} {change.before:.4g} → {change.after:.4g} ({change.delta:+.3g})")
    return found


def lost(change: Change, metric: str) -> float:
    """How much worse: nats a token of a loss, a share of the range of a score."""
    return -change.gain / (PERCENT if metric in CORPUS else 1.0)


def hold(found: list[str], gate: float | None, *, where: Path) -> None:
    """Raise with every set that lost too much; on all ranks alike."""
    if not found:
        return
    raise GateError(
        f"stage_eval_gate, {where}",
        expected=f"no protected task to lose more than {gate:g} against its best earlier row",
        found="; ".join(found),
        remedy="Weights, anchor, matrix and report.html are written. Read the page's advice; raise ewc_lambda or the "
        "share of that group, or continue from the stage before.",
    )
