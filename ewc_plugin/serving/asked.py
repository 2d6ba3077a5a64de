"""How is one evaluation set measured whose answers come from an endpoint? Without likelihoods: by what was written.

The same items are asked as a stage answers, with the same limit of tokens. A multiple choice is asked of every item
that a stage holds options against.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tqdm import tqdm

from ewc_plugin.evaluation.cells import Cell, Record, of_answers
from ewc_plugin.evaluation.one_set import answered, limit, reason
from ewc_plugin.evaluation.predictions import carried
from ewc_plugin.evaluation.sets import CHOICE_TASKS, EvaluationError, EvaluationSet, Item, choose, fingerprint, read
from ewc_plugin.evaluation.settings import Settings
from ewc_plugin.metrics import MEASURES, How, letter
from ewc_plugin.serving import kept
from ewc_plugin.serving.endpoint import Line, counted

log = logging.getLogger(__name__)

CHOICE = "multiple_choice"


def why_not(chosen: EvaluationSet, settings: Settings) -> str:
    """Why answers cannot measure a set; empty where they can."""
    if chosen.task == CHOICE:
        return ""
    if chosen.task in CHOICE_TASKS:
        return "measured by likelihood, which an endpoint does not give"
    if not MEASURES.get(chosen.task):
        return f"no measure scores answers of the task {chosen.task}"
    return "" if settings.generates(chosen.task) else "stage_eval_generated is 0"


async def measure(
    line: Line, chosen: EvaluationSet, settings: Settings, answers: kept.Kept
) -> tuple[Cell, list[Record]]:
    """The cell and the records of one set; a failure is contained and fails the set alone."""
    try:
        items, same = items_of(chosen, settings)
        texts = await _texts(line, chosen, items, same.max_new_tokens, answers)
        return _scored(line, chosen, items, texts, same)
    except Exception as problem:  # contained: one set must not lose the others
        log.warning("evaluation set %s failed: %s", chosen.name, reason(problem))
        return {"failed": reason(problem)}, []


def items_of(chosen: EvaluationSet, settings: Settings) -> tuple[list[Item], Settings]:
    """The items that are asked, and the settings with the set's own limit: of all its items, as in a stage."""
    items = choose(read(chosen), settings.samples, seed=settings.seed)
    places = range(len(items)) if chosen.task == CHOICE else answered(items, settings)
    return [items[place] for place in places], replace(settings, max_new_tokens=limit(items, settings))


async def _texts(
    line: Line, chosen: EvaluationSet, items: Sequence[Item], most: int, answers: kept.Kept
) -> list[dict[str, Any]]:
    """An answer for every item, those that are kept not asked again. Raises where one has none."""
    keys = [line.key(item.messages, most) for item in items]
    missing = [place for place, name in enumerate(keys) if answers.get(name) is None]
    with tqdm(total=len(items), initial=len(items) - len(missing), desc=chosen.name, disable=None) as bar:

        async def ask(nth: int) -> None:
            place = missing[nth]
            reply = await line.answer(items[place].messages, most)
            answers.add(keys[place], {"answer": reply.text, "finished": reply.finished})
            bar.update()

        failures = await line.each(len(missing), ask)
    if failures:
        raise EvaluationError(
            f"evaluation set {chosen.name}",
            expected=f"an answer to each of {len(items)} items from {line.endpoint.name}",
            found=f"{len(failures)} without: {counted(failures)}",
            remedy="The answers that came are kept: the same command asks for the others only.",
        )
    return [answers.get(name) or {} for name in keys]


def _scored(
    line: Line, chosen: EvaluationSet, items: Sequence[Item], texts: Sequence[dict[str, Any]], settings: Settings
) -> tuple[Cell, list[Record]]:
    records: list[Record] = [
        {
            "id": item.id,
            "prompt": item.prompt,
            **carried(item.fields),
            "reference": item.reference,
            **text,
            "scores": {},
        }
        for item, text in zip(items, texts, strict=True)
    ]
    cell: Cell = {}
    if chosen.task == CHOICE:
        _of_letters(cell, records, items, settings)
    failures = of_answers(cell, records, chosen, items, settings) if settings.generates(chosen.task) else []
    if not cell:
        raise EvaluationError(
            f"evaluation set {chosen.name}",
            expected=f"a measure of the task {chosen.task} that applies to its answers",
            found="; ".join(failures) or "none that does",
            remedy="The answers are kept: the same command scores them again.",
        )
    if failures:
        next(iter(cell.values()))["not_measured"] = failures
    for score in cell.values():
        score["signature"] = line.signed(score["signature"])
    return cell, records


def _of_letters(cell: Cell, records: Sequence[Record], items: Sequence[Item], settings: Settings) -> None:
    for record, item in zip(records, items, strict=True):
        record["letter"] = letter.chosen(record["answer"], len(item.choices))
    how = How(settings.seed, settings.resamples)
    score = letter.generated([record["letter"] for record in records], [item.right for item in items], how)
    same = {"items": len(items), "subset": fingerprint(items), "max_new_tokens": settings.max_new_tokens}
    cell[score.name] = score.cell(**same)
    for record, value in zip(records, score.items, strict=True):
        record["scores"][score.name] = value
