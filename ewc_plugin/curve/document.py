"""What stands in curve.json? Every number of the page, for other programs; nats a token unless another unit is said."""

from collections.abc import Sequence
from typing import Any

from ewc_plugin.curve.losses import Series
from ewc_plugin.curve.measured import Point
from ewc_plugin.curve.outcome import Outcome
from ewc_plugin.curve.power_law import Law
from ewc_plugin.curve.verdict import Verdict
from ewc_plugin.matrix import headline

VERSION = 1


def document(found: Outcome, *, recipe: Sequence[str], notes: Sequence[str]) -> dict[str, Any]:
    lost = found.forgotten
    return {
        "version": VERSION,
        "recipe": list(recipe),
        "stage": found.stage,
        "unit": "nats a token; intervals are 95 %",
        "points": [_point(point, found) for point in found.points],
        "verdicts": {name: _verdict(one) for name, one in found.verdicts.items()},
        "own": {name: _series(one) for name, one in found.own.items()},
        "older": {name: _series(one) for name, one in found.older.items()},
        "forgetting": _changes(lost) if lost else None,
        "too_few_steps": found.short,
        "left_out": list(found.left_out),
        "notes": list(notes),
    }


def _point(point: Point, found: Outcome) -> dict[str, Any]:
    firsts = {name: headline(point.matrix, name) for name in (*found.sets.own, *found.sets.older)}
    cells = point.after["cells"]
    return {
        "examples": point.n,
        "folder": point.folder.name,
        "steps": point.steps,
        "epochs": point.epochs,
        "training_loss": point.training_loss,
        "scores": {n: {m: _score(cells[n][m])} for n, m in firsts.items() if m is not None and m in cells[n]},
        "forgotten_beyond_noise": [c.column for c in point.forgotten if c.beyond_noise and c.delta > 0],
        "turned_up": {
            name: dict(zip(("step", "lowest", "rise"), of[point.n], strict=True))
            for name, of in found.turned.items()
            if point.n in of
        },
    }


def _score(cell: Any) -> dict[str, Any]:
    return {key: cell[key] for key in ("value", "low", "high", "n", "better") if key in cell}


def _verdict(one: Verdict) -> dict[str, Any]:
    change = dict(zip(("value", "low", "high"), one.change, strict=True)) if one.change else None
    about = {"kind": one.kind, "chinese": one.chinese, "english": one.english, "change": change}
    return {**about, "law": _law(one.law) if one.law else None}


def _law(line: Law) -> dict[str, Any]:
    a, b, c = line.numbers
    gain = dict(zip(("value", "low", "high"), line.gain(line.sizes[-1]), strict=True))
    about = {"form": "a + b * n ** -c", "a": a, "b": b, "c": c, "sizes": list(line.sizes)}
    return {**about, "distance": line.distance, "gain_of_doubling": gain}


def _series(one: Series) -> dict[str, Any]:
    intervals = [one.interval(place) for place in range(len(one.sizes))]
    losses = [
        {"examples": n, "loss": float(value), "low": low, "high": high}
        for n, value, (low, high) in zip(one.sizes, one.values, intervals, strict=True)
    ]
    return {"items": one.items, "before": one.before, "losses": losses, "changes": _changes(one)}


def _changes(one: Series) -> list[dict[str, Any]]:
    """Against the row before the stage, at each size."""
    found = [one.gained(place) for place in range(len(one.sizes))]
    return [
        {"examples": n, "change": value, "low": low, "high": high}
        for n, (value, low, high) in zip(one.sizes, found, strict=True)
    ]
