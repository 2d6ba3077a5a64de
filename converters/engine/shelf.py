"""The open files of one dataset while a conversion runs: what is new, what is capped, what waits for evaluation.

Of the examples only digests stay in memory, 16 bytes for each at most. Lines whose fate is open wait on disk: those of
a capped kind until all are counted, candidates for evaluation until all are known.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import orjson

from converters.contract import Dataset
from converters.engine import shares
from converters.engine.prepare import Refused, reject_line
from converters.engine.seen import DigestIndex, Digests, Numbers, Titles, digests_of, twins
from converters.engine.sheet import Columns
from converters.engine.spool import Pairs, Spool
from converters.engine.tally import Tally
from converters.engine.training import TrainingFile
from converters.files import Staged

LINKED = "linked_to_evaluation"


class Where(Protocol):
    """Where the records of a chunk stand: how a reject, or what it is a duplicate of, is told."""

    @property
    def label(self) -> str: ...
    def raw(self, record: int, number: int) -> Any: ...
    def places(self, numbers: Digests) -> Numbers:
        """A number below 2^32 for each number of a record in its file."""
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
        self, dataset: Dataset, name: str, data: Path, *, files: Staged, rules: Rules, told: Callable[[int], str]
    ) -> None:
        self.dataset, self.name, self.files, self.rules, self.told = dataset, name, files, rules, told
        self.train_path = data / f"{name}.jsonl"
        self.eval_path = data / f"{name}_eval.jsonl"
        self.rejects_path = data / f"{name}.rejects.jsonl"
        self.manifest_path = data / f"{name}.manifest.json"
        self._bound = rules.bound if dataset.purpose != "evaluation" else 0
        self._train = TrainingFile(self.train_path, files, watched=self._bound > 0)
        self._rejects = files.open_binary(self.rejects_path)
        self._eval: IO[bytes] | None = files.open_binary(self.eval_path) if self.splits else None
        self._waiting, self._capped = Spool(data), Spool(data)
        self._doubles = Pairs(data)  # (digest of a text, another document that has it and may be held out)
        self._seen, self._titles = DigestIndex(), Titles(rules.title_cap)
        self.tally = Tally()

    @property
    def splits(self) -> bool:
        """Whether documents are held out: an evaluation set is one already, and preferences have no metric."""
        return self.dataset.purpose == "train"

    @property
    def outputs(self) -> dict[str, tuple[Path, int]]:
        """The files, with how many lines are in each."""
        held_out = {"eval": (self.eval_path, self.tally.evaluation)} if self.splits else {}
        rejects = {"rejects": (self.rejects_path, sum(self.tally.rejected.values()))}
        return {"train": (self.train_path, self.tally.train)} | held_out | rejects

    @property
    def candidates(self) -> Digests:
        """The documents of what could be held out, one for each example."""
        none = np.zeros(0, dtype=np.uint64)
        return np.concatenate([none, *(digests_of(columns.documents) for columns in self._waiting)])

    @property
    def full(self) -> bool:
        return self.rules.limit is not None and self.tally.examples >= self.rules.limit

    def could_be_full(self, more: int) -> bool:
        limit = self.rules.limit
        return limit is not None and self.tally.examples < limit <= self.tally.examples + more

    def close(self) -> None:
        for waiting in (self._train, self._waiting, self._capped, self._doubles):
            waiting.close()

    # ---- while records come in

    def take(self, columns: Columns, refused: Sequence[Refused], where: Where) -> None:
        """Keep or reject the examples of a chunk, in order, and write down what was refused before."""
        if not len(columns) and not refused:
            return
        same, documents = digests_of(columns.same), digests_of(columns.documents)
        places = where.places(np.array(columns.numbers, dtype=np.uint64))
        faults = self._faults(columns, same, places)
        kept = np.ones(len(same), dtype=bool)
        kept[list(faults)] = False
        if self.rules.limit is not None:
            kept[np.flatnonzero(kept)[self.rules.limit - self.tally.examples :]] = False
        self._seen.add(same[kept], places[kept])
        self._count(columns, kept)
        self._file(columns, kept, same, documents)
        for at, (reason, _) in faults.items():
            if reason == "duplicate" and documents[at] < self._bound:
                self._doubles.add(int(same[at]), [int(documents[at])])
        self._write_rejects(columns, faults, refused, where)

    def _faults(self, columns: Columns, same: Digests, places: Numbers) -> dict[int, tuple[str, str]]:
        """Why examples are not kept, by position: (reason, detail). Takes their titles in."""
        earlier, repeated = self._seen.places(same), twins(same).tolist()
        titles = columns.titles if self.rules.title_cap else {}
        before = self._titles.counts(np.array([*titles.values()], dtype=np.uint64))
        now, first = dict(before), dict[int, int]()
        faults = dict[int, tuple[str, str]]()
        for at in sorted({*earlier, *repeated, *titles}):
            place, title = earlier.get(at, first.get(int(same[at]))), titles.get(at)
            if place is not None:
                faults[at] = "duplicate", f"the same as {self.told(place)}"
            elif title is not None and now[title] >= self.rules.title_cap:
                faults[at] = "cap_alike", f"{self.rules.title_cap} with this title, prompt or article were kept"
            else:
                first[int(same[at])] = int(places[at])
                now.update({} if title is None else {title: now[title] + 1})
        self._titles.add(before, now)
        return faults

    def _count(self, columns: Columns, kept: npt.NDArray[np.bool_]) -> None:
        self.tally.examples += int(kept.sum())
        self.tally.answer_characters += int(np.array(columns.characters, dtype=np.int64)[kept].sum())
        self.tally.kinds.update(kind for at, kind in columns.kinds.items() if kept[at])
        self.tally.notes.update(note for at, notes in columns.notes.items() if kept[at] for note in notes)

    def _file(self, columns: Columns, kept: npt.NDArray[np.bool_], same: Digests, documents: Digests) -> None:
        """What is decided goes to training, the rest waits."""
        capped = np.zeros(len(same), dtype=bool)
        capped[[at for at, kind in columns.kinds.items() if kind in self.rules.caps]] = True
        self._capped.write(columns.only(np.flatnonzero(capped & kept).tolist()))
        self._decide(columns, kept & ~capped, same, documents)

    def _decide(self, columns: Columns, kept: npt.NDArray[np.bool_], same: Digests, documents: Digests) -> None:
        waiting = kept & (documents < np.uint64(self._bound))
        self._waiting.write(columns.only(np.flatnonzero(waiting).tolist()))
        self._train.extend(columns, kept & ~waiting, same)

    def _write_rejects(
        self, columns: Columns, faults: Mapping[int, tuple[str, str]], refused: Sequence[Refused], where: Where
    ) -> None:
        """In the order of the records."""
        self.tally.rejected.update([reason for reason, _ in faults.values()] + [each.reason for each in refused])
        lines, last = [], -1
        for at, fault in sorted(faults.items()):
            record, number = columns.records[at], columns.numbers[at]
            raw = where.raw(record, number) if record != last else ""
            lines.append((record, reject_line(where.label, number, raw, *fault)))
            last = record
        lines += [(each.record, each.line) for each in refused]
        for _, line in sorted(lines, key=lambda pair: pair[0]):
            self._rejects.write(line)

    # ---- when all have come in

    def apply_caps(self) -> None:
        """Of each capped kind the smallest digests stay, whatever the order of the input; the others are rejected."""
        self._seen, self._titles = DigestIndex(), Titles(0)  # their memory is needed no more
        digests: dict[str, list[Digests]] = {}
        for columns in self._capped:
            same = digests_of(columns.same)
            for kind, places in _by_kind(columns).items():
                digests.setdefault(kind, []).append(same[places])
        counts = {kind: sum(map(len, found)) for kind, found in digests.items()}
        kept = shares.allowed(counts, self.tally.examples - sum(counts.values()), self.rules.caps)
        last = {kind: _smallest(np.concatenate(digests.pop(kind)), number) for kind, number in kept.items()}
        for columns in self._capped:
            same, documents = digests_of(columns.same), digests_of(columns.documents)
            within = np.array([digest <= last[columns.kinds[at]] for at, digest in enumerate(same.tolist())])
            self._decide(columns, within, same, documents)
            for at in np.flatnonzero(~within).tolist():
                kind = columns.kinds[at]
                detail = f"at most {self.rules.caps[kind]:.0%} of the dataset may be of this kind"
                self._drop(columns, at, f"cap_{kind}", detail)

    def hold_out(self, documents: Digests) -> Digests:
        """Candidates above the cap go back to training, at its end and in the order of the input: nothing is lost.

        Returns the links of what was held out, for `release`.
        """
        links = array("Q")
        for columns in self._waiting:
            held_out = np.isin(digests_of(columns.documents), documents)
            self._train.extend(columns, ~held_out, digests_of(columns.same))
            for at in np.flatnonzero(held_out).tolist():
                if self._eval is None:
                    self._drop(columns, at, LINKED, "its document is held out in another dataset")
                    continue
                links.extend(columns.links.get(at, ()))
                self.tally.evaluation += 1
                self._eval.write(columns.held_out_line(at))
        return np.array(links, dtype=np.uint64)

    def release(self, links: Digests, documents: Digests) -> None:
        """Training examples that share a text with what is held out are taken out of the training file again."""
        for line, notes in self._train.release(links, self._doubles.beside(documents)):
            self._take_back(line, notes)

    def _drop(self, columns: Columns, at: int, reason: str, detail: str) -> None:
        """An example that was counted as kept becomes a reject."""
        kind, notes = columns.kinds.get(at, ""), columns.notes.get(at, ())
        self.tally.drop(reason, characters=columns.characters[at], kind=kind, notes=notes)
        self._rejects.write(reject_line(columns.file, columns.numbers[at], columns.messages(at), reason, detail))

    def _take_back(self, line: bytes, notes: Sequence[str]) -> None:
        """The same of a line of the training file: its record is told by its meta."""
        example = orjson.loads(line)
        meta, messages = example["meta"], example["messages"]
        characters = sum(len(item["content"]) for item in messages if item["role"] == "assistant")
        self.tally.drop(LINKED, characters=characters, kind=meta["kind"], notes=notes)
        detail = "one of its texts is held out in another example"
        self._rejects.write(reject_line(meta["file"], meta["record"], messages, LINKED, detail))


def _by_kind(columns: Columns) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, kind in columns.kinds.items():
        places.setdefault(kind, []).append(at)
    return places


def _smallest(digests: Digests, number: int) -> int:
    """The `number`-th smallest, or -1 for none of them."""
    return int(np.sort(digests)[number - 1]) if number else -1
