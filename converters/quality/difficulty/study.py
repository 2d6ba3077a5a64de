"""All that is found about a task and a model, from what was gathered: measured, then judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converters.contract import SourceError
from converters.quality.difficulty import measuring
from converters.quality.difficulty.answers import Asked, Scored, scored
from converters.quality.difficulty.demonstrated import Demonstrated, demonstrated
from converters.quality.difficulty.gathering import Gathered, Item
from converters.quality.difficulty.intervals import FEWEST, Estimate, ratio_of_sums
from converters.quality.difficulty.knowledge import Knowledge, Parts, knowledge
from converters.quality.difficulty.levels import Difficulty, Step, difficulty_of
from converters.quality.difficulty.live import line
from converters.quality.difficulty.measuring import Reader
from converters.quality.difficulty.parameters import parameters
from converters.quality.difficulty.shots import shots_for
from converters.quality.difficulty.sources import with_source
from converters.quality.difficulty.surprise import Losses, log_ratio, log_ratio_by_bytes
from converters.quality.difficulty.verdicts import Seen, Verdict, verdict


@dataclass(frozen=True)
class Tried:
    """The items behind a number of examples: each that could be shown with losses and the model's own answer."""

    shots: int
    shown: tuple[Demonstrated, ...]
    parts: tuple[Parts, ...]
    answers: tuple[str, ...]
    loss: Estimate


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
    items, tried = _tried(*_shown(gathered, reader, shots), reader, new_tokens, quiet)
    seen = Seen({one.shots: _scored(items, one.answers, gathered.task) for one in tried})
    known = _known(items, tried, gathered, reader, quiet)
    return Study(
        gathered,
        task,
        general,
        unscored,
        difficulty_of(log_ratio(task, general), steps),
        difficulty_of(by_bytes, steps) if (by_bytes := log_ratio_by_bytes(task, general)) else None,
        parameters(reader.model.model),
        items,
        tried,
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


# ---- behind examples


def _shown(
    gathered: Gathered, reader: Reader, shots: Sequence[int]
) -> tuple[list[Item], dict[int, list[Demonstrated]]]:
    """Those items that can be shown with every number of shots, so that all numbers speak of the same items."""
    items: list[Item] = []
    shown: dict[int, list[Demonstrated]] = {number: [] for number in shots}
    for item in gathered.items:
        each = [_behind(item, gathered, reader, number) for number in shots]
        whole = [one for one in each if one is not None]
        if len(whole) == len(each):
            items.append(item)
            for number, one in zip(shots, whole, strict=True):
                shown[number].append(one)
    return items, shown


def _behind(item: Item, gathered: Gathered, reader: Reader, number: int, source: str = "") -> Demonstrated | None:
    chosen = shots_for(item.row, gathered.candidates, number)
    row = with_source(item.row, source) if source else item.row
    return demonstrated(reader.encoder, row, chosen, item.facts, longest=reader.longest)


def _tried(
    items: Sequence[Item], shown: Mapping[int, Sequence[Demonstrated]], reader: Reader, new_tokens: int, quiet: bool
) -> tuple[tuple[Item, ...], tuple[Tried, ...]]:
    losses = {}
    for number, every in shown.items():
        with line(f"{number} shots: losses", len(every), quiet=quiet) as done:
            losses[number] = measuring.parts(reader, every, done)
    usable = [at for at in range(len(items)) if all(found[at] is not None for found in losses.values())]
    if len(usable) < FEWEST:
        raise SourceError(
            "--shots",
            expected=f"at least {FEWEST} items that fit below the cutoff and have a loss",
            found=f"{len(usable)} of {len(items)}",
            remedy="A larger --cutoff-len, or more --items.",
        )
    documents = [items[at].row.document for at in usable]
    tried = []
    for number, every in shown.items():
        kept = [every[at] for at in usable]
        parts = [part for at in usable if (part := losses[number][at]) is not None]
        with line(f"{number} shots: answers", len(kept), quiet=quiet) as done:
            said = measuring.answers(reader, kept, new_tokens, done)
        tried.append(Tried(number, tuple(kept), tuple(parts), tuple(said), _loss(parts, documents)))
    return tuple(items[at] for at in usable), tuple(tried)


def _loss(parts: Sequence[Parts], documents: Sequence[str]) -> Estimate:
    return ratio_of_sums(
        [part.fact_nats + part.form_nats for part in parts],
        [float(part.fact_tokens + part.form_tokens) for part in parts],
        documents,
    )


def _scored(items: Sequence[Item], answers: Sequence[str], task: str) -> list[Scored]:
    rows = [item.row for item in items]
    return scored([Asked(row.turns[-2].content, row.turns[-1].content, row.document) for row in rows], answers, task)


# ---- facts, and what their sources do


def _known(
    items: Sequence[Item], tried: Sequence[Tried], gathered: Gathered, reader: Reader, quiet: bool
) -> Knowledge | None:
    zero, few = tried[0], tried[-1]
    if not few.shots:
        return None
    stating = [at for at, part in enumerate(few.parts) if part.fact_tokens]
    chosen = [items[at] for at in stating]
    with line(f"{few.shots} shots: sources", 2 * len(chosen), quiet=quiet) as done:
        own, other = (
            _sourced(chosen, texts, [few.shown[at] for at in stating], gathered, reader, done)
            for texts in (_own(chosen), _others(chosen))
        )
    return knowledge(
        [zero.parts[at] for at in stating],
        [few.parts[at] for at in stating],
        [item.row.document for item in chosen],
        own,
        other,
    )


def _own(items: Sequence[Item]) -> list[str]:
    return [item.source for item in items]


def _others(items: Sequence[Item]) -> list[str]:
    """The next source in the file that is not the item's own; "" for items without one."""
    texts = [item.source for item in items]
    found = []
    for at, text in enumerate(texts):
        following = (other for other in (*texts[at + 1 :], *texts[:at]) if other and other != text)
        found.append(next(following, "") if text else "")
    return found


def _sourced(
    items: Sequence[Item],
    texts: Sequence[str],
    without: Sequence[Demonstrated],
    gathered: Gathered,
    reader: Reader,
    done: measuring.Done,
) -> list[Parts | None]:
    """Losses with a text in the prompt; None where there is none, or not as many examples fit beside it."""
    shown = []
    for item, text, plain in zip(items, texts, without, strict=True):
        one = _behind(item, gathered, reader, plain.shots, text) if text else None
        shown.append(one if one is not None and one.shots == plain.shots else None)
    return measuring.parts(reader, shown, done)


def shots_shown(tried: Tried) -> Counter[int]:
    """How many items had how many examples before them: long ones have fewer."""
    return Counter(one.shots for one in tried.shown)
