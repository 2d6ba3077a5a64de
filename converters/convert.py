"""The street of a conversion: read -> prepare -> drop duplicates -> hold out -> write, every record accounted for.

In every dataset of a source, records = examples + rejected, and examples = train + eval. All files of a
conversion appear together or not at all.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

import orjson

from converters import __version__, catalog, holdout
from converters.contract import Dataset, Settings, Source, SourceError
from converters.files import Staged, sha256_of, staged
from converters.inputs import Found, Input
from converters.prepare import MALFORMED, Job, Kept, Prepared, reject_line
from converters.readers import Record, read
from converters.workers import Chunk, chunks, ordered


@dataclass(frozen=True)
class Options:
    """`limit` counts kept examples for each dataset. `workers` and `strict` never change a byte of the output."""

    format: str = ""
    limit: int | None = None
    workers: int = 1
    eval_share: float = 0.02
    max_eval: int = 500
    strict: bool = False
    script: Literal["simplified", "original"] = "simplified"
    encoding: str = "auto"

    @property
    def recorded(self) -> dict[str, object]:
        """The options that the output depends on."""
        names = ("format", "limit", "eval_share", "max_eval", "script", "encoding")
        return {name: getattr(self, name) for name in names}


@dataclass
class Tally:
    records: int = 0
    examples: int = 0
    evaluation: int = 0
    answer_characters: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    @property
    def train(self) -> int:
        return self.examples - self.evaluation

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "examples": self.examples,
            "train": self.train,
            "eval": self.evaluation,
            "rejected": dict(sorted(self.rejected.items())),
            "changed": dict(sorted(self.notes.items())),
        }


Report = Callable[[Input, int, Sequence[Tally]], None]


class Shelf:
    """The open files of one dataset, and what has been seen and counted so far.

    Of the examples only 16-byte digests stay in memory. Candidates for evaluation wait on disk until all are known.
    """

    def __init__(self, dataset: Dataset, data: Path, files: Staged, source: Source, options: Options) -> None:
        self.dataset, self.source, self.options = dataset, source, options
        self.train_path = data / f"{dataset.name}.jsonl"
        self.eval_path = data / f"{dataset.name}_eval.jsonl"
        self.rejects_path = data / f"{dataset.name}.rejects.jsonl"
        self.manifest_path = data / f"{dataset.name}.manifest.json"
        self._train, self._eval, self._rejects = map(files.open, (self.train_path, self.eval_path, self.rejects_path))
        self._waiting: IO[str] = tempfile.TemporaryFile("w+", dir=data, encoding="utf-8", newline="\n")  # noqa: SIM115
        self.candidates: list[bytes] = []
        self.tally = Tally()
        self._seen: set[bytes] = set()
        self._titles: Counter[bytes] = Counter()

    def close(self) -> None:
        self._waiting.close()

    @property
    def full(self) -> bool:
        return self.options.limit is not None and self.tally.examples >= self.options.limit

    def take(self, prepared: Prepared, label: str, record: Record) -> None:
        """Count one record, and write it as an example or as a reject. A full shelf takes and counts nothing."""
        if self.full:
            return
        self.tally.records += 1
        if not isinstance(prepared, Kept):
            self._reject(label, record, prepared.reason, prepared.detail)
        elif prepared.same_as in self._seen:
            self._reject(label, record, "duplicate", "an earlier record is the same")
        elif self._too_many(prepared.title):
            self._reject(label, record, "title_cap", f"{self.source.title_cap} under this title were kept")
        else:
            self._keep(prepared)

    def _too_many(self, title: bytes) -> bool:
        return bool(title) and 0 < self.source.title_cap <= self._titles[title]

    def _keep(self, kept: Kept) -> None:
        self._seen.add(kept.same_as)
        if kept.title:
            self._titles[kept.title] += 1
        self.tally.examples += 1
        self.tally.answer_characters += kept.answer_characters
        self.tally.notes.update(kept.notes)
        if holdout.is_candidate(kept.document, self.options.eval_share):
            self.candidates.append(kept.document)
            self._waiting.write(kept.line)
        else:
            self._train.write(kept.line)

    def _reject(self, label: str, record: Record, reason: str, detail: str) -> None:
        if self.options.strict and reason in MALFORMED:
            raise SourceError(
                f"{label}, record {record.number}",
                expected="a record that can be read (--strict)",
                found=f"{reason}: {detail}",
                remedy="Mend the record, or leave --strict out to count it as rejected. Nothing was replaced.",
            )
        self.tally.rejected[reason] += 1
        self._rejects.write(reject_line(label, record, reason, detail))

    def hold_out(self, documents: set[bytes]) -> None:
        """Candidates above the cap go back to training, at its end and in the order of the input: nothing is lost."""
        self._waiting.seek(0)
        for document, line in zip(self.candidates, self._waiting, strict=True):
            if document in documents:
                self.tally.evaluation += 1
                self._eval.write(line)
            else:
                self._train.write(line)


def convert(
    source: Source, found: Found, options: Options, *, dataset_dir: Path, report: Report
) -> list[dict[str, Any]]:
    """Write the datasets of a source and their entries in dataset_info.json; return their manifests.

    Raises SourceError when nothing was kept; whatever is raised, the files of an earlier conversion stay.
    """
    data = dataset_dir / "data"
    with staged(data) as files, ExitStack() as open_shelves:
        shelves = []
        for dataset in source.datasets:
            shelf = Shelf(dataset, data, files, source, options)
            shelves.append(open_shelves.enter_context(closing(shelf)))
        _fill(source, shelves, found, options, report)
        _require_examples(source, shelves)
        pairs = ((shelf.dataset.name, document) for shelf in shelves for document in shelf.candidates)
        held_out = holdout.chosen(pairs, options.max_eval)
        for shelf in shelves:
            shelf.hold_out(held_out)
        inputs = [_input_entry(item) for item in found.inputs]
        manifests = [_manifest(shelf, found, inputs, files) for shelf in shelves]
        _write_manifests(shelves, manifests, files)
        files.open(dataset_dir / catalog.FILE_NAME).write(catalog.updated(dataset_dir))
    return manifests


def _fill(source: Source, shelves: Sequence[Shelf], found: Found, options: Options, report: Report) -> None:
    by_name = {shelf.dataset.name: shelf for shelf in shelves}
    tallies = [shelf.tally for shelf in shelves]
    files = {item.label: item for item in found.inputs}
    with ordered(options.workers) as in_order:
        results = in_order(_all_chunks(source, found.inputs, options))
        for chunk, prepared in results:
            _take_chunk(by_name, chunk, prepared)
            report(files[chunk.job.label], chunk.records[-1].position, tallies)
            if all(shelf.full for shelf in shelves):
                return


def _all_chunks(source: Source, inputs: Iterable[Input], options: Options) -> Iterator[Chunk]:
    settings = Settings(script=options.script)
    for item in inputs:
        records = read(item.path, item.label, encoding=item.encoding, layout=item.layout)
        yield from chunks(Job(source.name, item.format.name, item.label, settings), records)


def _take_chunk(shelves: Mapping[str, Shelf], chunk: Chunk, results: Sequence[Sequence[Prepared]]) -> None:
    for record, prepared in zip(chunk.records, results, strict=True):
        for outcome in prepared:
            shelves[outcome.dataset].take(outcome, chunk.job.label, record)


def _require_examples(source: Source, shelves: Sequence[Shelf]) -> None:
    if any(shelf.tally.examples for shelf in shelves):
        return
    tally = shelves[0].tally
    reasons = ", ".join(f"{reason} {count}" for reason, count in tally.rejected.most_common())
    raise SourceError(
        source.name,
        expected="at least one record that can be used",
        found=f"{tally.records} records, all rejected ({reasons})" if tally.records else "no record at all",
        remedy="Nothing was replaced. Is it the right file? Formats: python -m converters list",
    )


def _input_entry(item: Input) -> dict[str, Any]:
    return {"path": item.label, "sha256": sha256_of(item.path), "bytes": item.path.stat().st_size}


def _manifest(shelf: Shelf, found: Found, inputs: list[dict[str, Any]], files: Staged) -> dict[str, Any]:
    """What was read, what came of it, and by what; no time of day, so that the same input gives the same bytes."""
    source, tally = shelf.source, shelf.tally
    return {
        "dataset": shelf.dataset.name,
        "source": source.name,
        "group": source.group,
        "task": shelf.dataset.task,
        "licence": source.licence,
        "origin": source.origin,
        "converter_version": __version__,
        "created_by": _command(source, inputs, shelf.options),
        "inputs": inputs,
        "ignored": dict(sorted(found.ignored.items())),
        "options": shelf.options.recorded,
        "counts": tally.counts,
        "answer_characters": tally.answer_characters,
        "outputs": {
            "train": _output_entry(shelf.train_path, tally.train, files),
            "eval": _output_entry(shelf.eval_path, tally.evaluation, files),
            "rejects": _output_entry(shelf.rejects_path, sum(tally.rejected.values()), files),
        },
    }


def _output_entry(path: Path, examples: int, files: Staged) -> dict[str, Any]:
    return {"file": f"data/{path.name}", "sha256": sha256_of(files.close(path)), "examples": examples}


def _command(source: Source, inputs: Sequence[Mapping[str, Any]], options: Options) -> str:
    changed = {name: value for name, value in options.recorded.items() if value != getattr(Options(), name)}
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in changed.items()]
    files = [str(entry["path"]) for entry in inputs[:3]] + (["…"] if len(inputs) > 3 else [])
    return " ".join(["converters", source.name, *files, *flags])


def _write_manifests(shelves: Sequence[Shelf], manifests: Sequence[Mapping[str, Any]], files: Staged) -> None:
    for shelf, manifest in zip(shelves, manifests, strict=True):
        files.open(shelf.manifest_path).write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n")
