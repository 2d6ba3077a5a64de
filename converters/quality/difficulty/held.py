"""Does the model hold the facts that the answers state? Measured with their sources in the prompt, and without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converters.mixing.leakage import normalised
from converters.quality.difficulty import measuring
from converters.quality.difficulty.demonstrated import Demonstrated, demonstrated
from converters.quality.difficulty.gathering import Item
from converters.quality.difficulty.knowledge import Knowledge, Parts, knowledge
from converters.quality.difficulty.live import line
from converters.quality.difficulty.measuring import Reader
from converters.quality.difficulty.sources import with_source
from converters.quality.difficulty.tried import Tried


def held(items: Sequence[Item], tried: Sequence[Tried], reader: Reader, quiet: bool) -> Knowledge | None:
    zero, few = tried[0], tried[-1]
    if not few.shots:
        return None
    stating = [at for at, part in enumerate(few.parts) if part.fact_tokens]
    chosen = [items[at] for at in stating]
    with line(f"{few.shots} shots: sources", 2 * len(chosen), quiet=quiet) as done:
        own, other = (
            _sourced(chosen, texts, [few.shown[at] for at in stating], reader, done)
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
    """The next source in the file that states none of the item's facts; "" for items without a source of their own."""
    return [
        next((other for other in _from(items, at + 1) if not _states(other, item)), "") if item.source else ""
        for at, item in enumerate(items)
    ]


def _from(items: Sequence[Item], start: int) -> Iterator[str]:
    return (item.source for item in (*items[start:], *items[:start]) if item.source)


def _states(text: str, item: Item) -> bool:
    answer, plain = item.row.turns[-1].content, normalised(text)
    return any(normalised(answer[span.start : span.end]) in plain for span in item.facts)


def _sourced(
    items: Sequence[Item],
    texts: Sequence[str],
    without: Sequence[Demonstrated],
    reader: Reader,
    done: measuring.Done,
) -> list[Parts | None]:
    """Losses with a text in the prompt; None where there is none, or not as many examples fit beside it."""
    shown = []
    for item, text, plain in zip(items, texts, without, strict=True):
        row = with_source(item.row, text) if text else item.row
        one = demonstrated(reader.encoder, row, plain.examples, item.facts, longest=reader.longest)
        shown.append(one if text and one is not None and one.shots == plain.shots else None)
    return measuring.parts(reader, shown, done)
