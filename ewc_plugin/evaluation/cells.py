"""What stands in a cell of the matrix? The scores of one set, from the records of its items."""

import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

from ewc_plugin.attempts import Attempts
from ewc_plugin.evaluation.sets import CHOICE_TASKS, EvaluationSet, Item, fingerprint
from ewc_plugin.evaluation.settings import Settings
from ewc_plugin.metrics import Answers, How, Measure, NothingAppliesError, Score, choice, measures_of
from ewc_plugin.metrics.fluency import base_loss
from ewc_plugin.metrics.likelihood import loss

log = logging.getLogger(__name__)
Cell = dict[str, Any]
Record = dict[str, Any]


def scored(
    records: list[Record], chosen: EvaluationSet, items: Sequence[Item], settings: Settings
) -> tuple[Cell, list[Record]]:
    """The cell, and the records with each item's scores in them."""
    same = {"items": len(items), "subset": fingerprint(items), "cutoff": settings.cutoff}
    how = {"seed": settings.seed, "resamples": settings.resamples}
    likelihood = loss([r["nll"] for r in records], [r["tokens"] for r in records], **how)
    cell = {"loss": likelihood.cell(**same, tokeniser=settings.tokeniser)}
    if chosen.task in CHOICE_TASKS:
        for score in _of_options(records, chosen, items, How(**how)):
            _enter(cell, score, records, **same, tokeniser=settings.tokeniser)
    if settings.generates(chosen.task):
        failures = of_answers(cell, records, chosen, items, settings)
        if failures:
            cell["loss"]["not_measured"] = failures  # beside the score that every set has
    return cell, records


def _of_options(records: Sequence[Record], chosen: EvaluationSet, items: Sequence[Item], how: How) -> list[Score]:
    values = [value for record in records for kind in record["options"].values() for value in kind]
    if broken := sum(not math.isfinite(value) for value in values):
        raise ValueError(f"the likelihood of {broken} of {len(values)} options is not a number")
    right = [item.right for item in items]
    texts = [record["options"]["text"] for record in records]
    if chosen.task == "grammar":
        kinds = [str(item.fields.get("kind", "")) for item in items]
        return [choice.of_pairs(texts, right, how, kinds=kinds), choice.option_loss(texts, right, how, by="sentences")]
    letters = [record["options"]["letter"] for record in records]
    return [
        choice.by_letters(letters, right, how),
        choice.by_options(texts, [item.choices for item in items], right, how),
        choice.option_loss(letters, right, how, by="letters"),
    ]


def of_answers(
    cell: Cell, records: Sequence[Record], chosen: EvaluationSet, items: Sequence[Item], settings: Settings
) -> list[str]:
    """Every measure of the task over the items that were answered; returns what of them failed, and why.

    A table that is broken, a model of vectors that is gone: they lose their own measure alone.
    """
    pairs = [(item, record) for item, record in zip(items, records, strict=True) if record["answer"] is not None]
    asked, answers = [item for item, _ in pairs], [record for _, record in pairs]
    given = Answers(
        answers=[record["answer"] for record in answers],
        references=[item.reference for item in asked],
        turns=[item.messages[:-1] for item in asked],
        fields=[item.fields for item in asked],
        aids=settings.aids,
    )
    # BLEU's and chrF's own tokeniser stands in their signatures; the model's tokens only cap the length
    same = {"items": len(asked), "subset": fingerprint(asked), "cutoff": settings.cutoff}
    same["max_new_tokens"] = settings.max_new_tokens
    tried, unfinished = Attempts(), sum(not record["finished"] for record in answers)
    how = How(settings.seed, settings.resamples)
    for measure in measures_of(chosen.task, settings.aids):
        score = tried(partial(_applied, measure, given, how))
        if score is not None:
            _enter(cell, score, answers, **same)
            cell[score.name]["unfinished"] = unfinished
    if chosen.stage == "foundation":
        score = tried(partial(_under_the_base, answers, how))
        if score is not None:
            cell["base_loss"] = score.cell(**same)
    failures = list(dict.fromkeys(tried.failures))  # several measures may want the same table
    for failure in failures:
        log.warning("evaluation set %s, a measure failed: %s", chosen.name, failure)
    return failures


def _applied(measure: Measure, given: Answers, how: How) -> Score | None:
    """None where the measure has nothing to say about any item."""
    try:
        return measure(given, how)
    except NothingAppliesError:
        return None


def _under_the_base(records: Sequence[Record], how: How) -> Score | None:
    judged = [record for record in records if record.get("base_tokens")]
    if not judged:
        return None
    nll, tokens = [r["base_nll"] for r in judged], [r["base_tokens"] for r in judged]
    if not all(map(math.isfinite, nll)):
        for record in judged:  # no reader takes NaN
            del record["base_nll"], record["base_tokens"]
    return base_loss(nll, tokens, how)


def _enter(cell: Cell, score: Score, records: Sequence[Record], **signature: Any) -> None:
    cell[score.name] = score.cell(**signature)
    for record, value in zip(records, score.items, strict=True):
        record["scores"][score.name] = None if math.isnan(value) else round(value, 6)
