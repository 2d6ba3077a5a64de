"""The open files of one dataset while a conversion runs: what is new, what is capped, what waits for evaluation.

Of the examples only digests stay in memory. Lines whose fate is open wait on disk: those of a capped kind until all
are counted, candidates for evaluation until all are known.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import orjson

from converters import shares
from converters.contract import Dataset
from converters.files import Staged
from converters.prepare import Columns, reject_line
from converters.seen import DigestIndex


@dataclass
class Tally:
    """`records` gave this dataset an example or a reject; examples + rejected are the `outcomes`."""

    records: int = 0
    examples: int = 0
    evaluation: int = 0
    answer_characters: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def train(self) -> int:
        return self.examples - self.evaluation

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "outcomes": self.examples + sum(self.rejected.values()),
            "examples": self.examples,
            "train": self.train,
            "eval": self.evaluation,
            "rejected": dict(sorted(self.rejected.items())),
            "kinds": dict(sorted(self.kinds.items())),
            "changed": dict(sorted(self.notes.items())),
        }


class Where(Protocol):
    """Where the records of a chunk stand: how a reject, or what it is a duplicate of, is told."""

    @property
    def label(self) -> str: ...
    def number(self, record: int) -> int: ...
    def raw(self, record: int) -> Any: ...
    def place(self, record: int) -> int:
        """A number below 2^32 for each record of the conversion."""
        ...


@dataclass(frozen=True)
class Rules:
    """What a shelf does with examples that could be kept."""

    limit: int | None
    bound: int  # a document below it is a candidate for evaluation
    caps: Mapping[str, float]
    title_cap: int


class Shelf:
    def __init__(
        self,
        dataset: Dataset,
        name: str,
        data: Path,
        *,
        files: Staged,
        rules: Rules,
        expected: int,
        told: Callable[[int], str],
    ) -> None:
        self.dataset, self.name, self.files, self.rules, self.told = dataset, name, files, rules, told
        self._train_lines = 0
        self.train_path = data / f"{name}.jsonl"
        self.eval_path = data / f"{name}_eval.jsonl"
        self.rejects_path = data / f"{name}.rejects.jsonl"
        self.manifest_path = data / f"{name}.manifest.json"
        self._train, self._rejects = map(files.open_binary, (self.train_path, self.rejects_path))
        self._eval: IO[bytes] | None = files.open_binary(self.eval_path) if self.splits else None
        self._waiting, self._capped = _Spool(data), _Spool(data)
        self._candidates: list[int] = []  # documents, parallel to the lines that wait
        self._capped_of: list[tuple[str, int, int]] = []  # (kind, digest, document), parallel to the capped lines
        self._links = {"train": _Links(), "waiting": _Links(), "capped": _Links()}
        self._seen = DigestIndex(expected)
        self._titles: Counter[int] = Counter()
        self.tally = Tally()

    @property
    def splits(self) -> bool:
        """Whether documents are held out: an evaluation set is one already, and preferences have no metric."""
        return self.dataset.purpose == "train"

    @property
    def candidates(self) -> Iterator[int]:
        return iter(self._candidates)

    @property
    def full(self) -> bool:
        return self.rules.limit is not None and self.tally.examples >= self.rules.limit

    def close(self) -> None:
        self._waiting.close()
        self._capped.close()

    # ---- while records come in

    def take(self, columns: Columns, where: Where) -> None:
        """Keep or reject the examples of a chunk, in order."""
        places = [where.place(record) for record in columns.records]
        earlier = self._seen.first_places(columns.same, places)
        if self._is_plain(columns, earlier):
            self._train.write(b"".join(columns.lines))
            self._train_lines += len(columns.lines)
            self._count(columns.characters)
            return
        for at in range(len(columns.lines)):
            self._take_one(columns, at, earlier.get(at), where)

    def _is_plain(self, columns: Columns, earlier: Mapping[int, int]) -> bool:
        """True when every line is new and free: no duplicate, cap, title, link or candidate among them."""
        if earlier or columns.kinds or columns.titles or columns.links or columns.notes:
            return False
        return self.rules.limit is None and not (self.splits and min(columns.documents, default=0) < self.rules.bound)

    def _count(self, characters: Iterable[int]) -> None:
        counted = list(characters)
        self.tally.examples += len(counted)
        self.tally.answer_characters += sum(counted)

    def _take_one(self, columns: Columns, at: int, earlier: int | None, where: Where) -> None:
        title = columns.titles.get(at)
        if self.full:
            return
        if earlier is not None:
            self.reject("duplicate", f"the same as {self.told(earlier)}", columns.records[at], where)
        elif title is not None and 0 < self.rules.title_cap <= self._titles[title]:
            self.reject("title_cap", f"{self.rules.title_cap} under this title were kept", columns.records[at], where)
        else:
            if title is not None:
                self._titles[title] += 1
            self._keep(columns, at)

    def _keep(self, columns: Columns, at: int) -> None:
        kind, document, links = columns.kinds.get(at, ""), columns.documents[at], columns.links.get(at, ())
        self._count([columns.characters[at]])
        self.tally.notes.update(columns.notes.get(at, ()))
        if kind:
            self.tally.kinds[kind] += 1
        if kind in self.rules.caps:
            self._links["capped"].add(len(self._capped_of), links)
            self._capped_of.append((kind, columns.same[at], document))
            self._capped.write(columns.lines[at])
        else:
            self._file(columns.lines[at], document, links)

    def _file(self, line: bytes, document: int, links: Sequence[int]) -> None:
        if self.splits and document < self.rules.bound:
            self._links["waiting"].add(len(self._candidates), links)
            self._candidates.append(document)
            self._waiting.write(line)
        else:
            self._write_train(line, links)

    def _write_train(self, line: bytes, links: Sequence[int]) -> None:
        self._links["train"].add(self._train_lines, links)
        self._train_lines += 1
        self._train.write(line)

    def reject(self, reason: str, detail: str, record: int, where: Where) -> None:
        self.tally.rejected[reason] += 1
        self._rejects.write(reject_line(where.label, where.number(record), where.raw(record), reason, detail))

    # ---- when all have come in

    def apply_caps(self) -> None:
        """Of each capped kind the smallest digests stay, whatever the order of the input; the others are rejected."""
        counts = Counter(kind for kind, _, _ in self._capped_of)
        kept = shares.allowed(counts, self.tally.examples - sum(counts.values()), self.rules.caps)
        last = {kind: self._last_digest(kind, number) for kind, number in kept.items()}
        for at, ((kind, digest, document), line) in enumerate(zip(self._capped_of, self._capped, strict=True)):
            if digest <= last[kind]:
                self._file(line, document, self._links["capped"].of(at))
            else:
                self._drop(
                    line, f"cap_{kind}", f"at most {self.rules.caps[kind]:.0%} of the dataset may be of this kind"
                )
                self.tally.kinds[kind] -= 1

    def _last_digest(self, kind: str, number: int) -> int:
        digests = sorted(digest for other, digest, _ in self._capped_of if other == kind)
        return digests[number - 1] if number else -1

    def hold_out(self, documents: set[int]) -> set[int]:
        """Candidates above the cap go back to training, at its end and in the order of the input: nothing is lost.

        Returns the links of what was held out, for `release`.
        """
        links: set[int] = set()
        for at, (document, line) in enumerate(zip(self._candidates, self._waiting, strict=True)):
            if document in documents:
                self.tally.evaluation += 1
                links.update(self._links["waiting"].of(at))
                if self._eval is not None:
                    self._eval.write(line)
            else:
                self._write_train(line, self._links["waiting"].of(at))
        return links

    def release(self, links: set[int]) -> None:
        """Training examples that share a link with a held-out example are taken out of the training file again."""
        shared = self._links["train"].sharing(links)
        if not shared:
            return
        path = self.files.close(self.train_path)
        self._train = self.files.open_binary(self.train_path)
        with path.open("rb") as before:
            for number, line in enumerate(before):
                if number in shared:
                    self._drop(line, "linked_to_evaluation", "one of its texts is held out in another example")
                else:
                    self._train.write(line)

    def _drop(self, line: bytes, reason: str, detail: str) -> None:
        """An example that was counted as kept becomes a reject; its record is told by its meta."""
        example = orjson.loads(line)
        meta, messages = example["meta"], example["messages"]
        self.tally.examples -= 1
        self.tally.answer_characters -= sum(len(item["content"]) for item in messages if item["role"] == "assistant")
        self.tally.rejected[reason] += 1
        self._rejects.write(reject_line(meta["file"], meta["record"], messages, reason, detail))


class _Spool:
    """Lines that wait on disk."""

    def __init__(self, folder: Path) -> None:
        self._stream: IO[bytes] = tempfile.TemporaryFile("w+b", dir=folder)  # noqa: SIM115

    def write(self, line: bytes) -> None:
        self._stream.write(line)

    def __iter__(self) -> Iterator[bytes]:
        self._stream.seek(0)
        return iter(self._stream)

    def close(self) -> None:
        self._stream.close()


class _Links:
    """The links of numbered lines: two flat arrays, since most sources have none and a corpus of pairs has millions."""

    def __init__(self) -> None:
        self._lines, self._digests = array("Q"), array("Q")

    def add(self, line: int, digests: Sequence[int]) -> None:
        self._lines.extend([line] * len(digests))
        self._digests.extend(digests)

    def of(self, line: int) -> Sequence[int]:
        first = bisect_left(self._lines, line)
        return self._digests[first : bisect_right(self._lines, line)]

    def sharing(self, digests: set[int]) -> set[int]:
        return {line for line, digest in zip(self._lines, self._digests, strict=True) if digest in digests}
