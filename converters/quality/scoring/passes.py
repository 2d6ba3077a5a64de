"""How does a stage go through all rows of a dataset? In windows, batched by length, shared among processes, resumable.

Which rows are a batch follows from the data and the budget alone, not from who does it or from what is done already:
the numbers are those of an uninterrupted run of one process, to the last bit. A batch of which a row is missing is
done whole again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from converters.quality.models.batches import Piece, batches, size
from converters.quality.models.shards import Shard
from converters.quality.rows import Row, Rows
from converters.quality.scoring.parts import Parts

WINDOW = 8192  # rows whose tokens are in memory, and that are sorted by length together
OUT_OF_MEMORY = "out_of_memory"
Report = Callable[[int], None]


class Unscored(Exception):  # noqa: N818 - counted with its row, never the end of a run
    """Why a row has no number, in a word."""


class Stage(Protocol):
    """One thing that is reckoned of each example."""

    name: str

    def piece(self, row: Row) -> Piece:
        """What is to be done for a row. Raises Unscored."""
        ...

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        """Of each piece what stands in its line; an Unscored where there is no number."""
        ...


class Budget:
    """Tokens at once; `halved` where memory did not suffice."""

    def __init__(self, tokens: int) -> None:
        self.tokens = self.least = tokens

    @property
    def halved(self) -> bool:
        return self.least < self.tokens


def run(
    stage: Stage,
    rows: Rows,
    numbers: Sequence[int],
    parts: Parts,
    *,
    shard: Shard,
    budget: Budget,
    report: Report,
    window: int = WINDOW,
) -> None:
    """Do for `numbers`, rows of the dataset, what no part holds yet."""
    done = parts.done(len(rows))
    shard.wait()  # nobody appends before everybody has read
    windows = [numbers[at : at + window] for at in range(0, len(numbers), window)]
    open_ = [each for each in windows if not done[list(each)].all()]
    report(sum(map(len, windows)) - sum(map(len, open_)))
    turn = 0
    for plan in _ahead(lambda each: _plan(stage, rows, each, budget.tokens), open_):
        for batch in plan:
            missing = not done[[_number(each) for each in batch]].all()
            if missing and turn % shard.count == shard.rank:
                parts.append(shard.rank, _lines(stage, batch, budget))
            turn += missing
            report(len(batch))


Planned = Sequence[Piece | tuple[int, Unscored]]


def _plan(stage: Stage, rows: Rows, numbers: Sequence[int], tokens: int) -> list[Planned]:
    pieces: list[Piece] = []
    reasons: list[tuple[int, Unscored]] = []
    for number in numbers:
        try:
            pieces.append(stage.piece(rows[number]))
        except Unscored as reason:
            reasons.append((number, reason))
    found: list[Planned] = [reasons] if reasons else []
    return [*found, *batches(pieces, tokens)]


def _ahead(plan: Callable[[Sequence[int]], list[Planned]], windows: Sequence[Sequence[int]]) -> Iterator[list[Planned]]:
    """The plan of each window; the next is made while one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = [pool.submit(plan, windows[0])] if windows else []
        for at in range(len(windows)):
            now = coming.pop().result()
            if at + 1 < len(windows):
                coming.append(pool.submit(plan, windows[at + 1]))
            yield now


def _number(each: Piece | tuple[int, Unscored]) -> int:
    return each.number if isinstance(each, Piece) else each[0]


def _lines(stage: Stage, batch: Planned, budget: Budget) -> list[dict[str, Any]]:
    pieces = [each for each in batch if isinstance(each, Piece)]
    lines = [_line(each[0], each[1]) for each in batch if not isinstance(each, Piece)]
    for some in batches(pieces, budget.least):
        lines += [_line(*each) for each in _values(stage, some, budget)]
    return lines


def _line(number: int, value: Any) -> dict[str, Any]:
    return {"row": number, "unscored": str(value)} if isinstance(value, Unscored) else {"row": number, "values": value}


def _values(stage: Stage, batch: Sequence[Piece], budget: Budget) -> list[tuple[int, Any]]:
    """(row, what stands in its line) of each piece; where memory does not suffice, in halves."""
    if (found := _tried(stage, batch)) is not None:
        return [(piece.number, value) for piece, value in zip(batch, found, strict=True)]
    free_memory()  # after the error and all that it holds is gone
    if len(batch) == 1:
        return [(batch[0].number, Unscored(OUT_OF_MEMORY))]
    budget.least = max(1, min(budget.least, size(batch)) // 2)
    return [each for half in batches(batch, budget.least) for each in _values(stage, half, budget)]


def _tried(stage: Stage, batch: Sequence[Piece]) -> list[Any] | None:
    """None where memory does not suffice."""
    try:
        return stage.values(batch)
    except (MemoryError, RuntimeError) as error:
        if not _is_memory(error):
            raise
    return None


def _is_memory(error: Exception) -> bool:
    # torch.OutOfMemoryError on a GPU; a plain RuntimeError of its allocator on a CPU
    told = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in told or "can't allocate memory" in told


def free_memory() -> None:
    """Of a GPU, what torch keeps for what may come."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def first_of_each(ids: Sequence[str]) -> tuple[list[int], Mapping[int, int]]:
    """(the first row of each id, for each later row the first of its id)."""
    first: dict[str, int] = {}
    repeated: dict[int, int] = {}
    for number, identity in enumerate(ids):
        if first.setdefault(identity, number) != number:
            repeated[number] = first[identity]
    return list(first.values()), repeated
