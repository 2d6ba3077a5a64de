"""The street of a conversion: read -> prepare -> drop duplicates -> hold out -> write, every record accounted for.

In every dataset of a source, records = examples + rejected, and examples = train + eval. All files of a
conversion appear together or not at all.
"""

from __future__ import annotations

import shlex
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson

from converters import __version__, catalog, holdout
from converters.contract import Dataset, Settings, Source, SourceError
from converters.files import Staged, sha256_of, staged
from converters.inputs import Found, Input
from converters.prepare import MALFORMED, Job, Prepared, renamed
from converters.readers import read
from converters.shelf import Rules, Shelf, Tally
from converters.workers import CHUNK_RECORDS, Chunk, chunks, ordered

RECORD_BYTES = 512  # on disk, for an idea of how many records a file has; compression makes up for what is longer


@dataclass(frozen=True)
class Options:
    """`limit` counts kept examples for each dataset. `workers`, `engine` and `strict` never change a byte
    of the output.

    `name` replaces the source's name at the beginning of its datasets' names; `caps` those of the same kind in any of
    its datasets; `options` are those that the source declares.
    """

    format: str = ""
    limit: int | None = None
    workers: int = 1
    engine: Literal["local", "ray"] = "local"
    eval_share: float = 0.02
    max_eval: int = 500
    strict: bool = False
    script: Literal["simplified", "original"] = "simplified"
    encoding: str = "auto"
    name: str = ""
    caps: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> dict[str, object]:
        """The options that the output depends on."""
        names = ("format", "limit", "eval_share", "max_eval", "script", "encoding", "name")
        return {name: getattr(self, name) for name in names} | {"caps": dict(self.caps), "options": dict(self.options)}


Report = Callable[[Input, int, Sequence[Tally]], None]


@dataclass
class Place:
    """Where the records of a chunk stand; their places number all records of all inputs, file after file."""

    chunk: Chunk
    start: int

    @property
    def label(self) -> str:
        return self.chunk.job.label

    def number(self, record: int) -> int:
        return self.chunk.records[record].number

    def raw(self, record: int) -> Any:
        return self.chunk.records[record].raw

    def place(self, record: int) -> int:
        return (self.start + self.number(record)) & 0xFFFFFFFF


class Places:
    """Which file and record a place is."""

    def __init__(self) -> None:
        self._starts: list[tuple[int, str]] = []
        self._next = 0

    def of(self, chunk: Chunk) -> Place:
        if not self._starts or self._starts[-1][1] != chunk.job.label:
            self._starts.append((self._next, chunk.job.label))
        start = self._starts[-1][0]
        self._next = start + chunk.records[-1].number
        return Place(chunk, start)

    def told(self, place: int) -> str:
        start, label = self._starts[bisect_left(self._starts, (place, "")) - 1]
        return f"{label}, record {place - start}"


def convert(
    source: Source, found: Found, options: Options, *, dataset_dir: Path, report: Report
) -> list[dict[str, Any]]:
    """Write the datasets of a source and their entries in dataset_info.json; return their manifests.

    Only datasets that the formats of the inputs feed are written. Raises SourceError when nothing was kept; whatever
    is raised, the files of an earlier conversion stay.
    """
    data = dataset_dir / "data"
    places = Places()
    with staged(data) as files, ExitStack() as open_shelves:
        expected = sum(item.size for item in found.inputs) // RECORD_BYTES
        shelves = []
        for dataset in _fed(source, found):
            name = renamed(dataset.name, source.name, options.name)
            rules = _rules(source, dataset, options)
            shelf = Shelf(dataset, name, data, files=files, rules=rules, expected=expected, told=places.told)
            shelves.append(open_shelves.enter_context(closing(shelf)))
        _fill(source, shelves, found, options, places, report)
        _require_examples(source, shelves)
        _settle(shelves, options)
        inputs = _input_entries(found)
        manifests = [_manifest(source, shelf, options, found, inputs, files) for shelf in shelves]
        for shelf, manifest in zip(shelves, manifests, strict=True):
            files.open(shelf.manifest_path).write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n")
        named = replace(source, datasets=tuple(replace(shelf.dataset, name=shelf.name) for shelf in shelves))
        files.open(dataset_dir / catalog.FILE_NAME).write(catalog.updated(dataset_dir, named))
    return manifests


def _fed(source: Source, found: Found) -> list[Dataset]:
    """A conversion of one corpus must not empty what another corpus of the same source gave before."""
    names = {name for item in found.inputs for name in source.fed_by(item.format)}
    return [dataset for dataset in source.datasets if dataset.name in names]


def _rules(source: Source, dataset: Dataset, options: Options) -> Rules:
    caps = {kind: options.caps.get(kind, share) for kind, share in dataset.caps.items()}
    return Rules(
        limit=options.limit,
        bound=holdout.bound(options.eval_share),
        caps={kind: share for kind, share in caps.items() if share < 1},
        title_cap=source.title_cap,
    )


def _settle(shelves: Sequence[Shelf], options: Options) -> None:
    """Caps, then what is held out, then what must leave the training files because of that."""
    for shelf in shelves:
        shelf.apply_caps()
    pairs = ((shelf.name, document) for shelf in shelves for document in shelf.candidates)
    held_out = holdout.chosen(pairs, options.max_eval)
    links: set[int] = set()
    for shelf in shelves:
        links |= shelf.hold_out(held_out)
    for shelf in shelves:
        shelf.release(links)


def _fill(
    source: Source, shelves: Sequence[Shelf], found: Found, options: Options, places: Places, report: Report
) -> None:
    by_name = {shelf.name: shelf for shelf in shelves}
    tallies = [shelf.tally for shelf in shelves]
    files = {item.label: item for item in found.inputs}
    with _results(source, found.inputs, options) as results:
        for chunk, prepared in results:
            _take_chunk(by_name, places.of(chunk), prepared, strict=options.strict)
            report(files[chunk.job.label], chunk.records[-1].position, tallies)
            if all(shelf.full for shelf in shelves):
                return


@contextmanager
def _results(source: Source, inputs: Sequence[Input], options: Options) -> Iterator[Iterable[tuple[Chunk, Prepared]]]:
    """Every chunk with what came of it, in the order of the input, whatever the engine and the number of workers."""
    # a limit may be reached at any record: they go one by one, and not ahead of what is written
    most, workers = (CHUNK_RECORDS, options.workers) if options.limit is None else (1, 1)
    jobs = [_job(source, item, options) for item in inputs]
    if options.engine == "ray":
        from converters import ray_engine

        yield ray_engine.results(inputs, jobs, workers=workers, most=most)
        return
    stream = (chunk for item, job in zip(inputs, jobs, strict=True) for chunk in chunks(job, read(item), most=most))
    with ordered(workers) as in_order:
        yield in_order(stream)


def _job(source: Source, item: Input, options: Options) -> Job:
    defaults = {option.name: option.default for option in source.options}
    settings = Settings(script=options.script, options=defaults | dict(options.options))
    return Job(source.name, item.format.name, item.label, settings, options.name)


def _take_chunk(shelves: Mapping[str, Shelf], place: Place, prepared: Prepared, *, strict: bool) -> None:
    """A full shelf takes and counts nothing."""
    shelves = {name: shelf for name, shelf in shelves.items() if not shelf.full}
    for name, count in prepared.records.items():
        if name in shelves:
            shelves[name].tally.records += count
    for name, columns in prepared.kept.items():
        if name in shelves:
            shelves[name].take(columns, place)
    for name, record, reason, detail in prepared.refused:
        if strict and reason in MALFORMED:
            raise SourceError(
                f"{place.label}, record {place.number(record)}",
                expected="a record that can be read (--strict)",
                found=f"{reason}: {detail}",
                remedy="Mend the record, or leave --strict out to count it as rejected. Nothing was replaced.",
            )
        if name in shelves:
            shelves[name].reject(reason, detail, record, place)


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


def _input_entries(found: Found) -> list[dict[str, Any]]:
    """`path` is the place in the folder that the user named, `given` what was typed: there `audit` finds the record."""
    # an archive of many members is hashed once
    digests = {path: sha256_of(path) for path in {path: None for item in found.inputs for path in item.files}}
    return [
        {
            "path": item.label,
            "given": item.given,
            "format": item.format.name,
            "sha256": [digests[path] for path in item.files],
            "bytes": item.size,
        }
        for item in found.inputs
    ]


def _manifest(
    source: Source, shelf: Shelf, options: Options, found: Found, inputs: list[dict[str, Any]], files: Staged
) -> dict[str, Any]:
    """What was read, what came of it, and by what; no time of day, so that the same input gives the same bytes."""
    tally, dataset = shelf.tally, shelf.dataset
    outputs = {"train": (shelf.train_path, tally.train)}
    if shelf.splits:
        outputs["eval"] = (shelf.eval_path, tally.evaluation)
    outputs["rejects"] = (shelf.rejects_path, sum(tally.rejected.values()))
    return {
        "dataset": shelf.name,
        "source": source.name,
        "group": source.group_of(dataset),
        "family": source.family_of(dataset),
        "purpose": dataset.purpose,
        "task": dataset.task,
        "licence": source.licence,
        "origin": source.origin,
        "converter_version": __version__,
        "created_by": _command(source, inputs, options),
        "inputs": inputs,
        "ignored": dict(sorted(found.ignored.items())),
        "options": options.recorded,
        "counts": tally.counts,
        "answer_characters": tally.answer_characters,
        "outputs": {name: _output_entry(path, count, files) for name, (path, count) in outputs.items()},
    }


def _output_entry(path: Path, examples: int, files: Staged) -> dict[str, Any]:
    return {"file": f"data/{path.name}", "sha256": sha256_of(files.close(path)), "examples": examples}


def _command(source: Source, inputs: Sequence[Mapping[str, Any]], options: Options) -> str:
    """What to type for the same again."""
    plain = ("format", "limit", "eval_share", "max_eval", "script", "encoding", "name")
    values = {name: getattr(options, name) for name in plain if getattr(options, name) != getattr(Options(), name)}
    words = [f"--{name.replace('_', '-')} {value}" for name, value in values.items()]
    words += [f"--cap {kind}={share}" for kind, share in options.caps.items()]
    words += [f"--{name} {shlex.quote(value)}" for name, value in options.options.items()]
    given = list(dict.fromkeys(str(entry["given"]) for entry in inputs))
    files = [shlex.quote(name) for name in given[:3]] + (["…"] if len(given) > 3 else [])
    return " ".join(["converters", source.name, *files, *words])
