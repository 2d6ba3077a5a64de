"""All that is found about a task and a model, from what was gathered: measured, then judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converters.contract import SourceError
from converters.quality.difficulty import measuring
from converters.quality.difficulty.answers import Asked, Scored, scored
from converters.quality.difficulty.gathering import Gathered, Item
from converters.quality.difficulty.held import held
from converters.quality.difficulty.intervals import FEWEST
from converters.quality.difficulty.knowledge import Knowledge
from converters.quality.difficulty.levels import Difficulty, Step, difficulty_of
from converters.quality.difficulty.live import line
from converters.quality.difficulty.measuring import Reader
from converters.quality.difficulty.parameters import parameters
from converters.quality.difficulty.surprise import Losses, log_ratio, log_ratio_by_bytes
from converters.quality.difficulty.tried import Tried, shown, tried
from converters.quality.difficulty.verdicts import Seen, Verdict, verdict


@dataclass(frozen=True)
class Study:
    """`items` are those that were shown with every number of shots; `unscored` counts by set and reason."""

    gathered: Gathered
    task: Losses
    general: tuple[Losses, ...]
    unscored: Mapping[str, Mapping[str, int]]
    difficulty: Difficulty
    by_bytes: Difficulty | None
    parameters: int
    items: tuple[Item, ...]
    tried: tuple[Tried, ...]
    seen: Seen
    known: Knowledge | None
    verdict: Verdict


def studied(
    gathered: Gathered, reader: Reader, *, shots: Sequence[int], new_tokens: int, steps: tuple[Step, ...], quiet: bool
) -> Study:
    """Raises SourceError where fewer than FEWEST items, or general examples, can be measured."""
    task, general, unscored = _references(gathered, reader, quiet)
    items, tries = tried(*shown(gathered, reader, shots), reader, new_tokens, quiet)
    seen = Seen({one.shots: _scored(items, one.answers, gathered.task) for one in tries})
    known = held(items, tries, reader, quiet)
    return Study(
        gathered,
        task,
        general,
        unscored,
        difficulty_of(log_ratio(task, general), steps),
        difficulty_of(by_bytes, steps) if (by_bytes := log_ratio_by_bytes(task, general)) else None,
        parameters(reader.model.model),
        items,
        tries,
        seen,
        known,
        verdict(seen, known, gathered.task),
    )


# ---- losses of whole conversations, as in training


def _references(
    gathered: Gathered, reader: Reader, quiet: bool
) -> tuple[Losses, tuple[Losses, ...], dict[str, Mapping[str, int]]]:
    sets = {"the task": [item.row for item in gathered.items], **gathered.general}
    found, unscored = [], dict[str, Mapping[str, int]]()
    with line("references", sum(map(len, sets.values())), quiet=quiet) as done:
        for name, rows in sets.items():
            losses, reasons = measuring.references(reader, name, rows, done)
            found.append(losses)
            if reasons:
                unscored[name] = dict(reasons)
    task, *general = found
    general = [losses for losses in general if len(losses)]
    for what, number in (("the task", len(task)), ("the general sets", sum(map(len, general)))):
        if number < FEWEST:
            raise SourceError(
                f"difficulty of {what}",
                expected=f"at least {FEWEST} examples with a loss",
                found=f"{number}" + (f" (left out: {unscored})" if unscored else ""),
            )
    return task, tuple(general), unscored


def _scored(items: Sequence[Item], answers: Sequence[str], task: str) -> list[Scored]:
    rows = [item.row for item in items]
    return scored([Asked(row.turns[-2].content, row.turns[-1].content, row.document) for row in rows], answers, task)
