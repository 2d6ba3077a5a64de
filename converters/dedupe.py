"""`python -m converters dedupe`: exact and near duplicates leave the datasets, within each and across all of them.

Two examples are the same when their conversations have the same letters, digits and ideographs. They are near
duplicates when the Jaccard similarity of their character 5-grams is at least the threshold, both of the whole
conversations and of the answers alone: two short sentences in one instruction template are two examples, however
much of the template they share. Candidates come from MinHash, each is verified exactly.

Of pairs to choose from, both answers belong to the conversation.

The first of the order given stays; without names, domain comes before task before foundation, and within a file the
earlier line. Evaluation files are never touched: `decontaminate` takes from training what is too near to them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from converters.contract import SourceError
from converters.digests import packed64
from converters.engine.seen import DigestIndex, digests_of
from converters.mixing.registry import command, read_registry
from converters.similarity import minhash
from converters.similarity.datasets import Converted, Offsets, Removal, conversation, converted, lines_of, remove
from converters.similarity.grams import Hashes, gram_hashes, gram_set, jaccard, mixed

GRAM = 5
THRESHOLD = 0.8
LEAST = 0.7  # MinHash with this many bands and rows finds nine in ten at it, and fewer below
SLACK = 0.3  # a sketch that agrees in so much less than the threshold: five standard deviations
CACHED = 4096  # texts whose grams are kept at hand while candidates are verified
BATCH = 1024  # texts whose digests are looked up at a time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "datasets", nargs="*", metavar="DATASET", help="of two duplicates the first named keeps its own"
    )
    parser.add_argument(
        "--threshold", type=float, default=THRESHOLD, metavar="J", help=f"Jaccard similarity, {LEAST} to 1 (0.8)"
    )
    parser.add_argument("--exact", action="store_true", help="only what is the same but for punctuation and spacing")
    parser.add_argument("--preview", action="store_true", help="say what would be removed, change nothing")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    if not LEAST <= parsed.threshold <= 1:
        raise SourceError("--threshold", expected=f"a similarity from {LEAST} to 1", found=str(parsed.threshold))
    purposes = ("train", "preference") if parsed.datasets else ("train",)
    datasets = converted(parsed.dataset_dir, read_registry(parsed.dataset_dir), parsed.datasets, purposes)
    _require_no_selection_of(datasets)
    threshold = 1.0 if parsed.exact else parsed.threshold
    removals = duplicates(datasets, threshold)
    if not parsed.preview:
        how = {"threshold": threshold, "gram": GRAM, "order": [dataset.name for dataset in datasets]}
        remove(removals, datasets, step="dedupe", how=how)
    print(table(datasets, removals, preview=parsed.preview))
    if not parsed.preview:
        print(f"next: {command('decontaminate', parsed.dataset_dir)}")
    return 0


def _require_no_selection_of(datasets: Sequence[Converted]) -> None:
    """Raises SourceError where a dataset stands beside a selection of it, which would be emptied."""
    names = {dataset.name for dataset in datasets}
    for dataset in datasets:
        original = str(dataset.manifest.get("selected", {}).get("from", ""))
        if original in names:
            raise SourceError(
                f"dedupe {dataset.name}",
                expected=f"{dataset.name} or {original}",
                found="both, of which one is a selection of the other: all of it is twice there",
                remedy="Name the one that is trained on, or give the other the weight 0.",
            )


class Twin(NamedTuple):
    """Why a text goes: which earlier one it repeats."""

    reason: str
    other: int
    similarity: float


def duplicates(datasets: Sequence[Converted], threshold: float) -> dict[str, list[Removal]]:
    """For each dataset the lines to remove; a threshold of 1 finds exact duplicates only."""
    with ExitStack() as stack:
        corpus = Corpus(datasets, stack)
        signs = Signs(len(corpus)) if threshold < 1 else None
        gone = _exact(corpus, signs)
        if signs is not None:
            _near(corpus, signs, threshold, gone)
        return _told(corpus, gone)


class Corpus:
    """All texts of all datasets, numbered through."""

    def __init__(self, datasets: Sequence[Converted], stack: ExitStack) -> None:
        self.datasets = datasets
        self._offsets = [stack.enter_context(closing(Offsets(dataset.train))) for dataset in datasets]
        self._starts = np.concatenate([[0], np.cumsum([len(offsets) for offsets in self._offsets])])
        self.grams = lru_cache(maxsize=CACHED)(self._grams)

    def __len__(self) -> int:
        return int(self._starts[-1])

    def texts(self) -> Iterator[tuple[str, str]]:
        """(all turns, the answers) of each."""
        for dataset in self.datasets:
            for line in lines_of(dataset.train):
                yield conversation(line)

    def place(self, text: int) -> tuple[int, int]:
        """(which dataset, which line of it)."""
        dataset = int(np.searchsorted(self._starts, text, side="right")) - 1
        return dataset, text - int(self._starts[dataset])

    def line(self, text: int) -> dict[str, Any]:
        dataset, line = self.place(text)
        return self._offsets[dataset].line(line)

    def _grams(self, text: int) -> tuple[Hashes, Hashes]:
        whole, answers = conversation(self.line(text))
        return gram_set(whole, GRAM), gram_set(answers, GRAM)

    def similarity(self, one: int, other: int) -> float:
        """The smaller of the similarities of the conversations and of the answers."""
        return min(jaccard(left, right) for left, right in zip(self.grams(one), self.grams(other), strict=True))


class Signs:
    """What similar texts have in common: the MinHash bands of conversations, sketches of their answers."""

    def __init__(self, texts: int) -> None:
        self.bands: Hashes = np.zeros((texts, minhash.BANDS), dtype=np.uint64)
        self._sketches: minhash.Sketch = np.zeros((texts, minhash.SKETCH), dtype=np.uint8)

    def read(self, start: int, texts: Sequence[tuple[str, str]]) -> None:
        """(conversation, answers) of texts from a number on; an empty conversation is one that goes anyway."""
        for number, (whole, answers) in enumerate(texts, start=start):
            # what goes must stand in no bucket: its own number is a band that nobody shares
            alone = mixed(np.full(minhash.BANDS, number, dtype=np.uint64))
            self.bands[number] = minhash.bands(gram_hashes(whole, GRAM)) if whole else alone
            self._sketches[number] = minhash.sketch(gram_hashes(answers, GRAM))

    def candidates(self, threshold: float) -> Iterator[tuple[int, list[int]]]:
        """A template that thousands share makes thousands of pairs: their answers are compared in a sketch first."""
        least = (threshold - SLACK) * minhash.SKETCH
        sketches = self._sketches
        yield from minhash.candidates(
            self.bands, lambda texts, others: (sketches[texts] == sketches[others]).sum(axis=1) >= least
        )


def _exact(corpus: Corpus, signs: Signs | None) -> dict[int, Twin]:
    """The texts that repeat an earlier one; the signs of the others are read."""
    seen, gone, start = DigestIndex(), dict[int, Twin](), 0
    stream = corpus.texts()
    while batch := list(islice(stream, BATCH)):
        digests = digests_of([packed64(whole.encode()) for whole, _ in batch])
        earlier = seen.first_places(digests, np.arange(start, start + len(batch), dtype=np.uint32))
        gone.update((start + at, Twin("duplicate_elsewhere", place, 1.0)) for at, place in earlier.items())
        if signs is not None:
            signs.read(start, [("", "") if at in earlier else texts for at, texts in enumerate(batch)])
        start += len(batch)
    return gone


def _near(corpus: Corpus, signs: Signs, threshold: float, gone: dict[int, Twin]) -> None:
    for text, earlier in signs.candidates(threshold):
        for other in earlier if text not in gone else ():
            similarity = 0.0 if other in gone else corpus.similarity(text, other)
            if similarity >= threshold:
                gone[text] = Twin("near_duplicate", other, similarity)
                break


def _told(corpus: Corpus, gone: Mapping[int, Twin]) -> dict[str, list[Removal]]:
    removals: dict[str, list[Removal]] = {dataset.name: [] for dataset in corpus.datasets}
    for text in sorted(gone):
        twin, (dataset, line) = gone[text], corpus.place(text)
        detail = f"{corpus.line(twin.other)['id']}, similarity {twin.similarity:.2f}"
        removals[corpus.datasets[dataset].name].append(Removal(line, twin.reason, detail))
    return removals


def table(datasets: Sequence[Converted], removals: Mapping[str, Sequence[Removal]], *, preview: bool) -> str:
    """One line for each dataset: examples, what goes by reason, what stays."""
    lines = []
    for dataset in datasets:
        found = removals.get(dataset.name, ())
        before = int(dataset.manifest["outputs"]["train"]["examples"])
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(Counter(r.reason for r in found).items()))
        lines.append(f"{dataset.name}: {before:,} -> {before - len(found):,}" + (f" ({reasons})" if reasons else ""))
    changed = any(removals.values())
    last = (
        "nothing was changed (--preview)"
        if preview
        else "recorded in *.rejects.jsonl"
        if changed
        else "nothing to remove"
    )
    return "\n".join([*lines, last])
