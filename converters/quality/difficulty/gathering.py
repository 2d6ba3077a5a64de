"""What is read of the data before a model is loaded: items, general text to compare with, examples to show, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from converters.contract import SourceError
from converters.mixing.registry import Registry, read_registry
from converters.quality.difficulty import shots, sources
from converters.quality.difficulty.facts import Span, facts, labels
from converters.quality.difficulty.general import base_of, general_sets
from converters.quality.difficulty.intervals import FEWEST
from converters.quality.difficulty.spread import asked
from converters.quality.rows import Row, Rows, opened, told


@dataclass(frozen=True)
class Request:
    """`shots` are numbers of examples in the prompt; "" and () are what the data suggest."""

    dataset_dir: Path
    dataset: str
    items: int
    references: tuple[str, ...] = ()
    shots: tuple[int, ...] = (0, 4)
    shots_from: str = ""
    passages: Path | None = None


@dataclass(frozen=True)
class Item:
    """A row, the facts that its last answer states, and the text that states them ("" where none is known)."""

    row: Row
    facts: tuple[Span, ...]
    source: str


@dataclass(frozen=True)
class Gathered:
    """What is known of the dataset `name`.

    `task` is the kind of task that is registered, or ""; `digests` are sha256 of each file that was read.
    """

    name: str
    items: tuple[Item, ...]
    general: Mapping[str, Sequence[Row]]
    candidates: tuple[Row, ...]
    shots_from: str
    task: str
    digests: Mapping[str, str]
    notes: tuple[str, ...]


def gathered(request: Request) -> Gathered:
    """Raises SourceError for a set that is unknown, not built, or has nothing that could be shown or compared."""
    folder, registry = request.dataset_dir, read_registry(request.dataset_dir)
    task = _task(registry, request.dataset)
    passages = sources.read_passages(request.passages) if request.passages else {}
    with opened(folder, request.dataset) as rows:
        names = request.references or general_sets(folder, registry, request.dataset, request.items)
        shots_from = request.shots_from or _training_side(registry, request.dataset, folder)
        digests, notes = {rows.name: rows.sha256}, [*told(rows)]
        candidates = _candidates(request, rows, shots_from, digests)
        found = asked(rows, request.items)
        if len(found) < FEWEST:
            raise SourceError(
                request.dataset,
                expected=f"at least {FEWEST} examples, so that an interval says something",
                found=f"{len(found)}" + f" (of --items {request.items})" * (request.items < FEWEST),
            )
        general = _general(folder, names, request.items, set(rows.ids), digests)
        items = _items(rows, found, candidates, task, passages)
    return Gathered(request.dataset, items, general, candidates, shots_from, task, digests, tuple(notes))


def _training_side(registry: Registry, dataset: str, folder: Path) -> str:
    base = registry.get(dataset.removesuffix("_eval"))
    path = folder / str(base.get("file_name") or "?") if isinstance(base, dict) else folder
    return dataset.removesuffix("_eval") if path.is_file() and path.stat().st_size else dataset


def _candidates(request: Request, rows: Rows, name: str, digests: dict[str, str]) -> tuple[Row, ...]:
    if not any(request.shots):
        return ()
    if name == rows.name:
        return tuple(shots.pool(rows))
    with opened(request.dataset_dir, name) as others:
        digests[name] = others.sha256
        return tuple(shots.pool(others))


def _general(
    folder: Path, names: Sequence[str], wanted: int, own: set[str], digests: dict[str, str]
) -> dict[str, list[Row]]:
    """Together about `wanted`, of each set as many; what a small one lacks the larger ones give."""
    found: dict[str, list[Row]] = {}
    with ExitStack() as stack:
        sets = sorted((stack.enter_context(opened(folder, name)) for name in dict.fromkeys(names)), key=len)
        for left, rows in zip(range(len(sets), 0, -1), sets, strict=True):
            digests[rows.name] = rows.sha256
            share = -(-(wanted - sum(map(len, found.values()))) // left)
            found[rows.name] = asked(rows, max(1, share), without=own)
    if not any(found.values()):
        raise SourceError(
            "--reference",
            expected="a set with examples that are not in the dataset itself",
            found=", ".join(names),
            remedy="Name another one.",
        )
    return {name: rows for name, rows in found.items() if rows}


def _items(
    rows: Rows, found: Sequence[Row], candidates: Sequence[Row], task: str, passages: sources.Passages
) -> tuple[Item, ...]:
    # an item may be a candidate too: its answer is still given once
    known = labels(row.turns[-1].content for row in {row.id: row for row in (*found, *candidates)}.values())
    return tuple(_item(rows, row, task, known, passages) for row in found)


def _item(rows: Rows, row: Row, task: str, known: frozenset[str], passages: sources.Passages) -> Item:
    prompt = "\n".join(turn.content for turn in row.turns[:-1])
    spans = tuple(facts(row.turns[-1].content, prompt, task, known))
    return Item(row, spans, sources.source_of(row, rows.raw(row.number), spans, passages) if spans else "")


def _task(registry: Registry, dataset: str) -> str:
    for name in (dataset, f"{base_of(dataset)}_eval"):
        entry = registry.get(name)
        evaluated = entry.get("eval") if isinstance(entry, dict) else None
        if isinstance(evaluated, dict) and evaluated.get("task"):
            return str(evaluated["task"])
    return ""
