"""How good are the answers of a model that somebody serves? A stage's evaluation sets, asked at an endpoint.

`metrics.json` and `predictions/` come into `<folder>/stage_eval_endpoint`. An endpoint gives no likelihoods, hence no
loss, and no row in `matrix.json`, where every cell has one. Asked at temperature 0; what the server does beside that
is in the answers (vLLM takes a repetition penalty from the model's files unless told `--generation-config vllm`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ewc_plugin import evaluation
from ewc_plugin.atomic import write_json
from ewc_plugin.evaluation import recipe as recipes
from ewc_plugin.evaluation.cells import Cell, Record
from ewc_plugin.evaluation.predictions import prediction_file, write_predictions
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.evaluation.sets import EvaluationSet
from ewc_plugin.evaluation.settings import Settings
from ewc_plugin.later import require_sets
from ewc_plugin.serving import asked, kept
from ewc_plugin.serving.endpoint import PATIENCE, Endpoint, Line, connected

FOLDER = "stage_eval_endpoint"
IN_PROGRESS = "in_progress.jsonl"
VERSION = 1
Measured = dict[str, tuple[Cell, list[Record], float]]
"""cell, records and seconds of each set"""
Connect = Callable[[Endpoint], AbstractAsyncContextManager[Line]]


def prepared(folder: Path, keys: Mapping[str, Any]) -> tuple[Recipe, evaluation.Discovery]:
    """The recipe of the folder's stage, with the keys of the command line in it, and the sets that are built."""
    if not folder.is_dir():
        raise evaluation.EvaluationError(
            str(folder), expected="a folder for the results", found="no such folder", remedy=f"mkdir -p {folder}"
        )
    recipe = recipes.changed(recipes.load(folder) or Recipe(), keys)
    discovery = evaluation.discover(Path(recipe.dataset_dir))
    require_sets(discovery, recipe)
    return recipe, discovery


def evaluate(folder: Path, keys: Mapping[str, Any], endpoint: Endpoint, *, connect: Connect = connected) -> str:
    """Ask every set, with the keys of the folder's stage, those of the command line first; returns the table.

    Raises EvaluationError when no set could be measured: answers that came are kept, and earlier results stay.
    """
    recipe, discovery = prepared(folder, keys)
    into, settings = folder / FOLDER, recipe.settings()
    answers = kept.Kept(into / IN_PROGRESS)
    earlier = len(answers)
    endpoint, measured = asyncio.run(_measured(connect(endpoint), discovery.sets, settings, answers))
    failed = {name: cell["failed"] for name, (cell, _, _) in measured.items() if "failed" in cell}
    if all("failed" in cell or "not_measured" in cell for cell, _, _ in measured.values()):
        raise _nothing(endpoint, failed, measured)
    _write(into, measured, discovery, settings, endpoint)
    if not failed:
        # a later run is a new measurement: another model may be served under the same name
        (into / IN_PROGRESS).unlink(missing_ok=True)
    return "\n".join([*_table(measured, discovery), *_notes(into, earlier)])


async def _measured(
    opening: AbstractAsyncContextManager[Line],
    sets: tuple[EvaluationSet, ...],
    settings: Settings,
    answers: kept.Kept,
) -> tuple[Endpoint, Measured]:
    found: Measured = {}
    silent = 0  # sets in a row at which the endpoint was given up
    async with opening as line:
        for chosen in sets:
            started, line.faults = time.monotonic(), 0
            cell, records = await _one(line, chosen, settings, answers, silent=silent)
            found[chosen.name] = cell, records, round(time.monotonic() - started, 3)
            if line.dead:
                silent += 1
            elif records:
                silent = 0
        return replace(line.endpoint, key=""), found


async def _one(
    line: Line, chosen: EvaluationSet, settings: Settings, answers: kept.Kept, *, silent: int
) -> tuple[Cell, list[Record]]:
    if why := asked.why_not(chosen, settings):
        return {"not_measured": why}, []
    if silent >= PATIENCE:
        return {"failed": f"not asked: the endpoint had failed {silent} sets in a row"}, []
    return await asked.measure(line, chosen, settings, answers)


def _nothing(endpoint: Endpoint, failed: Mapping[str, str], measured: Measured) -> evaluation.EvaluationError:
    why = next(iter(failed.values()), None) or "; ".join(
        f"{name}: {cell['not_measured']}" for name, (cell, _, _) in measured.items()
    )
    return evaluation.EvaluationError(
        f"endpoint {endpoint.name}",
        expected="answers to at least one evaluation set",
        found=f"{len(failed)} of {len(measured)} sets failed, the others have no measure over an endpoint; {why}",
        remedy="Is the server running, and does the URL end in /v1? Answers that came are kept.",
    )


def _write(
    into: Path, measured: Measured, discovery: evaluation.Discovery, settings: Settings, endpoint: Endpoint
) -> None:
    for name, (_, records, _) in measured.items():
        path = prediction_file(into / "predictions", name)
        if records:
            write_predictions(path, records)
        else:
            path.unlink(missing_ok=True)  # what an earlier run left would pass for this one's
    described = {s.name: {"task": s.task, "stage": s.stage, "protected": s.protected} for s in discovery.sets}
    write_json(
        into / "metrics.json",
        {
            "version": VERSION,
            "endpoint": {"url": endpoint.name, "model": endpoint.model, "temperature": 0},
            "settings": {
                key: getattr(settings, key) for key in ("samples", "generated", "seed", "max_new_tokens", "resamples")
            },
            "sets": {name: described[name] | cell for name, (cell, _, _) in measured.items()},
            "not_built": list(discovery.absent),
            **{key: _by_name(measured, key) for key in ("failed", "not_measured")},
            "seconds": {name: seconds for name, (_, _, seconds) in measured.items()},
        },
    )


def _by_name(measured: Measured, key: str) -> dict[str, str]:
    return {name: cell[key] for name, (cell, _, _) in measured.items() if key in cell}


def _table(measured: Measured, discovery: evaluation.Discovery) -> list[str]:
    width = max(len(name) for name in measured)
    lines = [
        f"{name:<{width}}  {metric:<20} {score['value']:>9.4g}  [{score['low']:.4g}, {score['high']:.4g}]  "
        f"n={score['n']}"
        for name, (cell, _, _) in measured.items()
        if not {"failed", "not_measured"} & cell.keys()
        for metric, score in cell.items()
    ]
    lines += [f"{name:<{width}}  one measure less: {why}" for name, why in _lost(measured)]
    lines += [f"{name:<{width}}  FAILED: {why}" for name, why in _by_name(measured, "failed").items()]
    lines += [f"{name:<{width}}  not measured: {why}" for name, why in _by_name(measured, "not_measured").items()]
    if discovery.absent:
        lines.append(f"{len(discovery.absent)} sets are registered, but not built")
    return lines


def _lost(measured: Measured) -> list[tuple[str, str]]:
    """Sets and why one of their measures failed, while others did not."""
    scores = [(name, score) for name, (cell, _, _) in measured.items() for score in cell.values()]
    return [(name, why) for name, score in scores if isinstance(score, dict) for why in score.get("not_measured", ())]


def _notes(into: Path, earlier: int) -> list[str]:
    kept_ones = (
        f"{earlier} answers were kept by a run that was not finished ({IN_PROGRESS}; gone when all sets have theirs)"
    )
    return [
        *([kept_ones] if earlier else []),
        "An endpoint gives no likelihoods: there is no loss, and matrix.json gets no row from it.",
        f"answers: {into / 'predictions'}",
    ]
