"""The items behind no, some or more examples: losses of their references, and the model's own answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converters.contract import SourceError
from converters.quality.difficulty import measuring
from converters.quality.difficulty.demonstrated import Demonstrated, demonstrated
from converters.quality.difficulty.gathering import Gathered, Item
from converters.quality.difficulty.intervals import FEWEST, Estimate, ratio_of_sums
from converters.quality.difficulty.knowledge import Parts
from converters.quality.difficulty.live import line
from converters.quality.difficulty.measuring import Reader
from converters.quality.difficulty.room import fitting
from converters.quality.difficulty.shots import shots_for


@dataclass(frozen=True)
class Tried:
    """The items behind a number of examples: each that could be shown with losses and the model's own answer."""

    shots: int
    shown: tuple[Demonstrated, ...]
    parts: tuple[Parts, ...]
    answers: tuple[str, ...]
    loss: Estimate


def shown(gathered: Gathered, reader: Reader, shots: Sequence[int]) -> tuple[list[Item], dict[int, list[Demonstrated]]]:
    """Those items that can be shown with every number of shots, so that all numbers speak of the same items."""
    items: list[Item] = []
    orders = {
        number: fitting(gathered.candidates, reader.length, context=reader.longest, count=number) for number in shots
    }
    found: dict[int, list[Demonstrated]] = {number: [] for number in shots}
    for item in gathered.items:
        each = [
            demonstrated(
                reader.encoder,
                item.row,
                shots_for(item.row, orders[number], number),
                item.facts,
                longest=reader.longest,
            )
            for number in shots
        ]
        whole = [one for one in each if one is not None]
        if len(whole) == len(each):
            items.append(item)
            for number, one in zip(shots, whole, strict=True):
                found[number].append(one)
    return items, found


def tried(
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
    found = []
    for number, every in shown.items():
        kept = [every[at] for at in usable]
        parts = [part for at in usable if (part := losses[number][at]) is not None]
        with line(f"{number} shots: answers", len(kept), quiet=quiet) as done:
            said = measuring.answers(reader, kept, new_tokens, done)
        found.append(Tried(number, tuple(kept), tuple(parts), tuple(said), _loss(parts, documents)))
    return tuple(items[at] for at in usable), tuple(found)


def _loss(parts: Sequence[Parts], documents: Sequence[str]) -> Estimate:
    return ratio_of_sums(
        [part.fact_nats + part.form_nats for part in parts],
        [float(part.fact_tokens + part.form_tokens) for part in parts],
        documents,
    )


def shots_shown(tried: Tried) -> Counter[int]:
    """How many items had how many examples before them: long ones have fewer."""
    return Counter(one.shots for one in tried.shown)
