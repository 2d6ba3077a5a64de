"""How good are translations by COMET? Optional: scored by a `comet-score` of the user's own, in another environment.

Reads the stored answers of an evaluation and writes `comet.json` beside them and nothing else: its scores are in no
cell of the matrix, which must not depend on who has which model.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from ewc_plugin.atomic import write_json
from ewc_plugin.comet import command, tables
from ewc_plugin.comet.command import Comet
from ewc_plugin.comet.segments import Segment, shared, stored, subset
from ewc_plugin.evaluation.sets import EvaluationError
from ewc_plugin.evaluation.stored import Stored
from ewc_plugin.metrics.score import How, mean_score
from ewc_plugin.paired import ratio_difference
from ewc_plugin.visible import say

__all__ = ["Comet", "compare", "score"]

FILE = "comet.json"
VERSION = 1  # of the file, and of what becomes of comet-score's numbers
HOW = How()

Sections = dict[str, dict[str, Any]]
Side = Mapping[str, Sequence[Segment]]
Found = Mapping[str, Mapping[str, float]]
"""Scores by set and item."""
Made = Mapping[str, Any]
"""The model, and the version of unbabel-comet that ran it."""


def score(output_dir: Path, comet: Comet) -> str:
    """Every stored translation against its source and reference; returns the table."""
    here = stored(output_dir)
    if not here.items:
        raise _nothing(here.folder, here.failed)
    made, (found,) = _scored(comet, here.items)
    sections = _sections(here, found, made)
    write_json(here.folder / FILE, _file(here.folder, made) | {"scores": sections})
    return tables.of_scores(sections, made, here.folder / FILE)


def compare(output_dir: Path, other_dir: Path, comet: Comet) -> str:
    """The same, and what it is more than another evaluation has for the same items; returns both tables.

    Both sides are scored in one run of comet-score, by the same model.
    """
    here, there = stored(output_dir), stored(other_dir)
    pairs = {name: shared(here.items.get(name, ()), there.items.get(name, ())) for name in here.tasks}
    if not any(pairs.values()):
        raise _nothing(f"{here.folder} and {there.folder}", {name: _apart(name, here, there) for name in pairs})
    made, (mine, others) = _scored(comet, here.items, {name: [b for _, b in both] for name, both in pairs.items()})
    label = Path(os.path.relpath(there.folder.resolve(), here.folder.resolve())).as_posix()
    scores, against = _sections(here, mine, made), _against(here, there, pairs, mine, others, made)
    file = _file(here.folder, made)
    write_json(here.folder / FILE, file | {"scores": scores, "against": file["against"] | {label: against}})
    path = here.folder / FILE
    return f"{tables.of_scores(scores, made, None)}\n\n{tables.of_comparison(against, label, path)}"


def _apart(name: str, here: Stored[Segment], there: Stored[Segment]) -> str:
    """Why no item of a set is compared."""
    return here.failed.get(name) or there.failed.get(name) or "no item that both have with an answer"


def _nothing(where: Path | str, reasons: Mapping[str, str]) -> EvaluationError:
    return EvaluationError(
        str(where),
        expected="a translation set with stored answers and their source_text",
        found="; ".join(f"{name}: {why}" for name, why in reasons.items()),
        remedy="Convert such a set (python -m converters …), evaluate (stage_eval: true) and run it again.",
    )


def _scored(comet: Comet, *sides: Side) -> tuple[Made, list[Found]]:
    """By what, and the scores of each side: one run for all, since loading the model is what takes longest."""
    executable = comet.executable()
    made = {"model": comet.model, "unbabel_comet": command.version(executable)}
    segments = [one for side in sides for some in side.values() for one in some]
    say(f"comet-score has {len(segments)} answers to score, which may take minutes; a model that it lacks it fetches.")
    values = iter(command.scores(executable, comet.model, segments))
    return made, [_by_item(side, values) for side in sides]


def _by_item(side: Side, values: Iterator[float]) -> Found:
    return {name: {one.id: _worth(one, next(values)) for one in segments} for name, segments in side.items()}


def _worth(segment: Segment, value: float) -> float:
    """COMET gives an empty text what it gives a poor one; here no translation is never worth more than 0."""
    return value if segment.answer else min(value, 0.0)


def _sections(here: Stored[Segment], found: Found, made: Made) -> Sections:
    sections: Sections = {name: {"task": here.tasks[name], "skipped": why} for name, why in here.failed.items()}
    for name, segments in here.items.items():
        items = dict(found[name])
        cell = mean_score("comet", list(items.values()), HOW, version=VERSION, subset=subset(segments), **made).cell()
        empty = sum(not one.answer for one in segments)
        sections[name] = {"task": here.tasks[name], "empty": empty, "comet": cell, "items": items}
    return {name: sections[name] for name in here.tasks}


def _against(
    here: Stored[Segment],
    there: Stored[Segment],
    pairs: Mapping[str, Sequence[tuple[Segment, Segment]]],
    mine: Found,
    others: Found,
    made: Made,
) -> Sections:
    """Here minus there, over the items that both have."""
    sections: Sections = {}
    for name, both in pairs.items():
        ids, other_ids = ({one.id for one in side.items.get(name, ())} for side in (here, there))
        counts = {
            "task": here.tasks[name],
            "only_here": len(ids - other_ids),
            "only_there": len(other_ids - ids),
            "of_another_text": len(ids & other_ids) - len(both),
        }
        apart = {"skipped": _apart(name, here, there)}
        sections[name] = counts | (_difference(both, mine[name], others[name], made) if both else apart)
    return sections


def _difference(
    both: Sequence[tuple[Segment, Segment]],
    mine: Mapping[str, float],
    others: Mapping[str, float],
    made: Made,
) -> dict[str, Any]:
    sides = [{a.id: (scores[a.id], 1.0) for a, _ in both} for scores in (others, mine)]
    change = ratio_difference(*sides, seed=HOW.seed, resamples=HOW.resamples)
    there, here = (fmean(value for value, _ in side.values()) for side in sides)
    numbers = {"value": change.value, "low": change.low, "high": change.high, "n": change.n, "p": change.p}
    signature = HOW.signed("comet", VERSION, subset=subset([a for a, _ in both]), **made)
    return {"here": here, "there": there, "difference": numbers | {"signature": signature}}


def _file(folder: Path, made: Made) -> dict[str, Any]:
    """`comet.json` with the comparisons that are in it; each has its own signature. One that is torn is begun anew."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        against = dict(found["against"]) if found["version"] == VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        against = {}
    return {"version": VERSION, "last_run": dict(made), "scores": {}, "against": against}
