"""`python -m converters decontaminate`: what is in an evaluation set leaves the training files.

Against every entry of dataset_info.json with an `eval` key whose file is there: what our converters held out, and the
public benchmarks of `python -m converters evaluation`. A training example goes when

* it is the same conversation as an evaluation item, or shares a turn of 20 characters with it, or their 5-grams have a
  Jaccard similarity of 0.8 (the check that every mixture makes, done here for good), or
* it contains a run of `--ngram` units of an evaluation item (a unit is a Chinese character or a word in Latin letters):
  the poem that a question quotes, the passage that a reading item asks about. Runs that occur in items of three or more
  documents, or in ten documents of the training files (as Brown et al. 2020 have it), are instructions and set phrases,
  and count for nothing.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from converters.contract import SourceError
from converters.dedupe import table
from converters.mixing.leakage import EvaluationIndex, Leak, Turn, contents, conversation_text, grams, is_near
from converters.mixing.registry import Registry, command, evaluation_sets, read_registry
from converters.mixing.rows import RowReader
from converters.mixing.survey import DataFile, EvaluationItem, evaluation_items
from converters.similarity.datasets import Converted, Removal, converted, lines_of, remove, turns_of
from converters.similarity.grams import Hashes, run_hashes, unit_numbers, units_of

NGRAM = 13  # as Brown et al. (2020) have it; a couplet of seven has 14 characters
COMMON = 3  # documents of the evaluation sets that share a run: it is boilerplate
COMMON_IN_TRAINING = 10  # documents of the training files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="to clean (default: all that is trained on)")
    parser.add_argument("--ngram", type=int, default=NGRAM, metavar="N", help=f"units of a run ({NGRAM}), 0 for none")
    parser.add_argument("--preview", action="store_true", help="say what would be removed, change nothing")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    registry = read_registry(parsed.dataset_dir)
    datasets = converted(parsed.dataset_dir, registry, parsed.datasets, ("train", "preference"))
    with ExitStack() as stack:
        items, sets = _items(parsed.dataset_dir, registry, stack)
    runs = Runs(items, parsed.ngram)
    runs.forget_common(datasets)
    index = Witnesses(items)
    removals = {dataset.name: list(_contaminated(dataset, index, runs)) for dataset in datasets}
    if not parsed.preview:
        remove(removals, datasets, step="decontaminate", how={"ngram": parsed.ngram, "against": sets})
    print(f"against {sum(sets.values()):,} items of {len(sets)} evaluation sets")
    print(table(datasets, removals, preview=parsed.preview))
    if not parsed.preview:
        print(f"next: {command('stats', parsed.dataset_dir)}")
    return 0


def _items(dataset_dir: Path, registry: Registry, stack: ExitStack) -> tuple[list[EvaluationItem], dict[str, int]]:
    items: list[EvaluationItem] = []
    sets: dict[str, int] = {}
    for name, file_name in evaluation_sets(registry).items():
        path = dataset_dir / file_name
        if path.is_file():
            found, unreadable = evaluation_items(RowReader.of(name, registry[name]), DataFile(path, stack))
            items += found
            sets[name] = len(found)
            if unreadable:
                print(
                    f"{name}: {unreadable:,} {'item' if unreadable == 1 else 'items'} cannot be read as a conversation"
                )
    if not items:
        raise SourceError(
            str(dataset_dir),
            expected="at least one evaluation set: an entry with an eval key, and its file",
            found="none with an item",
            remedy="Convert a source (it holds some out), or benchmarks: python -m converters evaluation FILES",
        )
    return items, sets


def _contaminated(dataset: Converted, index: Witnesses, runs: Runs) -> Iterator[Removal]:
    for number, line in enumerate(lines_of(dataset.train)):
        found = next(filter(None, (index.witness(line["id"], turns) for turns in _conversations(line))), None)
        if found:
            yield Removal(number, *found)
            continue
        held_by = runs.holder(line)
        if held_by:
            yield Removal(number, "contains_evaluation_text", held_by)


def _conversations(line: Mapping[str, Any]) -> list[list[Turn]]:
    """The conversation; of pairs to choose from, one with each answer."""
    turns = [Turn(turn["role"], turn["content"]) for turn in line["messages"]]
    ends = [Turn("assistant", line[name]["content"]) for name in ("chosen", "rejected") if name in line]
    return [[*turns, end] for end in ends] or [turns]


class Witnesses(EvaluationIndex):
    """The check of mixtures, which also says which item it was."""

    def __init__(self, items: Sequence[EvaluationItem]) -> None:
        super().__init__((item.identity, item.turns) for item in items)
        self._owners: dict[str, str] = {}
        for item in items:
            for text in contents(conversation_text(item.turns)):
                self._owners.setdefault(text, item.identity)

    def witness(self, identity: str, turns: Sequence[Turn]) -> tuple[Leak, str] | None:
        """(why a conversation is a leak, the id of an item that shows it)."""
        leak = self.leak(identity, turns)
        if leak is None:
            return None
        text = conversation_text(turns)
        shared = [self._owners[part] for part in (text, *sorted(contents(text))) if part in self._owners]
        if leak == "in_evaluation_set":
            return leak, shared[0] if shared else identity
        return leak, self._owners[next(other for other in self._near(text))]

    def _near(self, text: str) -> Iterator[str]:
        own = grams(text)
        numbers = {number for gram in self._prefix(own) for number in self._holders.get(gram, ())}
        return (self._texts[number] for number in sorted(numbers) if is_near(own, grams(self._texts[number])))


class Runs:
    """The runs of `length` units of all items, but for those that items of COMMON or more documents share."""

    def __init__(self, items: Sequence[EvaluationItem], length: int) -> None:
        self._length = length
        self._items = items
        hashes, owners = _runs(items, length)
        order = np.lexsort((owners, hashes))
        hashes, owners = hashes[order], owners[order]
        documents = _numbered(item.document for item in items)[owners] if len(owners) else owners
        self._hashes, self._owners = _rare(hashes, owners, documents)

    def holder(self, line: Mapping[str, Any]) -> str:
        """The id of the item of which the conversation holds a run, with the run, or ""."""
        for units in _spoken(line):
            for place, first in self._found(units):
                item = self._items[int(self._owners[place])]
                return f"{item.identity}: {' '.join(units[first : first + self._length])}"
        return ""

    def _found(self, units: Sequence[str]) -> list[tuple[int, int]]:
        """(which run, where among the units) for each run of an item that a text holds."""
        if self._length < 1 or len(units) < self._length or not len(self._hashes):
            return []
        own = run_hashes(unit_numbers(units), self._length)
        places = np.minimum(np.searchsorted(self._hashes, own), len(self._hashes) - 1)
        shared = np.flatnonzero(self._hashes[places] == own)
        return list(zip(places[shared].tolist(), shared.tolist(), strict=True))

    def forget_common(self, datasets: Iterable[Converted]) -> None:
        """Drop the runs that COMMON_IN_TRAINING documents of the training files hold."""
        documents: dict[int, set[str]] = {}
        for dataset in datasets:
            for line in lines_of(dataset.train):
                for place in {place for units in _spoken(line) for place, _ in self._found(units)}:
                    held = documents.setdefault(place, set())
                    if len(held) < COMMON_IN_TRAINING:
                        held.add(line["meta"]["document"])
        rare = np.ones(len(self._hashes), dtype=bool)
        rare[[place for place, held in documents.items() if len(held) >= COMMON_IN_TRAINING]] = False
        self._hashes, self._owners = self._hashes[rare], self._owners[rare]


def _spoken(line: Mapping[str, Any]) -> Iterator[list[str]]:
    for turn in turns_of(line):
        if turn["role"] != "system":
            yield units_of(turn["content"])


_BORDER = re.compile('[：:“”"「」『』‘’]')
SHORT_LINE = 20  # characters: lines of verse go on in the next


def pieces(text: str) -> list[str]:
    """A text where instructions end and what they are about begins: at line breaks, colons and quotation marks.

    Short lines in a row are verse and stay together.
    """
    joined: list[str] = []
    last = SHORT_LINE + 1
    for line in text.split("\n"):
        if joined and max(last, len(line)) <= SHORT_LINE:
            joined[-1] += line
        else:
            joined.append(line)
        last = len(line)
    return [piece for line in joined for piece in _BORDER.split(line)]


def _runs(items: Sequence[EvaluationItem], length: int) -> tuple[Hashes, Hashes]:
    """(the hash of each run of each piece of each turn, the item that it is of)."""
    hashes = [np.zeros(0, dtype=np.uint64)]
    owners = [np.zeros(0, dtype=np.uint64)]
    for number, item in enumerate(items if length > 0 else ()):
        for piece in (piece for turn in item.turns if turn.role != "system" for piece in pieces(turn.content)):
            found = np.unique(run_hashes(unit_numbers(units_of(piece)), length))
            hashes.append(found)
            owners.append(np.full(len(found), number, dtype=np.uint64))
    return np.concatenate(hashes), np.concatenate(owners)


def _numbered(names: Iterable[str]) -> Hashes:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.uint64)


def _rare(hashes: Hashes, owners: Hashes, documents: Hashes) -> tuple[Hashes, Hashes]:
    """One row for each hash that fewer than COMMON documents share, sorted by hash, with its first owner."""
    if not len(hashes):
        return hashes, owners
    pairs = np.unique(np.stack([hashes, documents], axis=1), axis=0)
    unique, shared_by = np.unique(pairs[:, 0], return_counts=True)
    first = np.searchsorted(hashes, unique)
    few = shared_by < COMMON
    return unique[few], owners[first][few]
