"""The street of a conversion: read -> prepare -> drop duplicates -> hold out -> write, every record accounted for.

In every dataset of a source, records = examples + rejected, and examples = train + eval. All files of a
conversion appear together or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import orjson

from converters import catalog
from converters.contract import Dataset, Group, Settings, Source, SourceError
from converters.engine import holdout
from converters.engine.chunks import Chunk, chunks, one_by_one
from converters.engine.places import Place, Places
from converters.engine.prepare import MALFORMED, Job, Prepared, Refused, renamed
from converters.engine.sheet import Columns
from converters.engine.shelf import Rules, Shelf
from converters.engine.tally import Tally
from converters.engine.workers import ordered, work
from converters.files import Staged, staged
from converters.manifest import digests_of_files, manifest_of
from converters.mixing.registry import REGISTRY
from converters.options import Options
from converters.poems import tone_table
from converters.reading.inputs import Found, Input

__all__ = ["Options", "Report", "convert"]

Report = Callable[[Input, int, Sequence[Tally]], None]


def convert(
    source: Source, found: Found, options: Options, *, dataset_dir: Path, report: Report
) -> list[dict[str, Any]]:
    """Write the datasets of a source and their entries in dataset_info.json; return their manifests.

    Only datasets that the formats of the inputs feed are written. Raises SourceError when nothing was kept; whatever
    is raised, the files of an earlier conversion stay.
    """
    _require_free_names(source, options, dataset_dir)
    data = dataset_dir / "data"
    places = Places()
    with staged(data) as files, ExitStack() as open_shelves:
        shelves = []
        for dataset in (_placed(dataset, options) for dataset in _fed(source, found)):
            name = renamed(dataset.name, source.name, options.name)
            rules = _rules(source, dataset, options)
            shelf = Shelf(dataset, name, data, files=files, rules=rules, told=places.told)
            shelves.append(open_shelves.enter_context(closing(shelf)))
        _fill(source, shelves, found, options, places, report)
        _require_examples(source, shelves)
        _settle(shelves, options)
        shelves = _with_outcomes(shelves, files)
        digests = digests_of_files(found, shelves, files, options.workers)
        manifests = [manifest_of(source, shelf, options, found, digests) for shelf in shelves]
        for shelf, manifest in zip(shelves, manifests, strict=True):
            files.open(shelf.manifest_path).write(orjson.dumps(manifest, option=orjson.OPT_INDENT_2).decode() + "\n")
        named = replace(source, datasets=tuple(replace(shelf.dataset, name=shelf.name) for shelf in shelves))
        files.alone(dataset_dir)
        _register(named, dataset_dir, files)
    return manifests


def _register(source: Source, dataset_dir: Path, files: Staged) -> None:
    """The registry, and with verse the table that it is measured by; one that is there may be the user's own."""
    files.open(dataset_dir / REGISTRY).write(catalog.updated(dataset_dir, source))
    table = dataset_dir / tone_table.TABLE
    if any(dataset.eval_task == "verse" for dataset in source.datasets) and not table.exists():
        files.open(table).write(tone_table.rendered())


def _with_outcomes(shelves: Sequence[Shelf], files: Staged) -> list[Shelf]:
    """Without the datasets that no record had anything for: an empty file would be asked for in every mixture.

    What an earlier conversion wrote under that name is replaced all the same: it would be of other input.
    """
    used = [shelf for shelf in shelves if shelf.tally.records or shelf.manifest_path.exists()]
    for shelf in shelves:
        for path, _ in shelf.outputs.values() if shelf not in used else ():
            files.drop(path)
    return used


def _fed(source: Source, found: Found) -> list[Dataset]:
    """A conversion of one corpus must not empty what another corpus of the same source gave before."""
    names = {name for item in found.inputs for name in source.fed_by(item.format)}
    return [dataset for dataset in source.datasets if dataset.name in names]


def _placed(dataset: Dataset, options: Options) -> Dataset:
    """The dataset in the group, and with the weight, that the user gave it, where its source has options for that."""
    group, weight = options.options.get("group"), options.options.get("weight")
    if group:
        dataset = replace(dataset, group=cast(Group, group))
    if weight and dataset.purpose == "train":
        dataset = replace(dataset, weight=_weight(weight))
    return dataset


def _weight(text: str) -> float:
    with suppress(ValueError):
        if (weight := float(text)) >= 0:
            return weight
    raise SourceError("--weight", expected="a number of 0 or more", found=text)


def _require_free_names(source: Source, options: Options, dataset_dir: Path) -> None:
    """A new name must not be that of a dataset that another source, or a mixture, writes."""
    entries = catalog.generated()
    for dataset in source.datasets if options.name else ():
        name = renamed(dataset.name, source.name, options.name)
        others = _source_of(dataset_dir / "data" / f"{name}.manifest.json", default=source.name) != source.name
        if name != dataset.name and (name in entries or others):
            raise SourceError(
                f"--name {options.name}",
                expected="a name that nothing else has",
                found=f"{name}, " + ("which another source wrote" if others else "a dataset or mixture of ours"),
                remedy="Choose another name. Nothing was replaced.",
            )


def _source_of(manifest: Path, *, default: str) -> str:
    return str(orjson.loads(manifest.read_bytes()).get("source", "")) if manifest.exists() else default


def _rules(source: Source, dataset: Dataset, options: Options) -> Rules:
    caps = {kind: options.caps.get(kind, share) for kind, share in dataset.caps.items()}
    return Rules(
        limit=options.limit,
        bound=holdout.EVERY if options.least_eval else holdout.bound(options.eval_share),
        caps={kind: share for kind, share in caps.items() if share < 1},
        title_cap=source.title_cap,
    )


def _settle(shelves: Sequence[Shelf], options: Options) -> None:
    """Caps, then what is held out, then what must leave the training files because of that."""
    for shelf in shelves:
        shelf.apply_caps()
    split = [shelf for shelf in shelves if shelf.splits]
    most = [_held_out_at_most(shelf.tally.examples, options) for shelf in split]
    held_out = holdout.chosen({shelf.name: shelf.candidates for shelf in split}, most)
    links = np.concatenate([shelf.hold_out(held_out) for shelf in shelves])
    for shelf in shelves:
        shelf.release(links, held_out)


def _held_out_at_most(examples: int, options: Options) -> int:
    """Of few examples a share says nothing: a score of four items is noise, so it may be up to a fifth of them."""
    if not options.least_eval:
        return options.max_eval  # the share is in the bound
    wanted = max(round(options.eval_share * examples), min(options.least_eval, examples // 5))
    return min(options.max_eval, wanted)


def _fill(
    source: Source, shelves: Sequence[Shelf], found: Found, options: Options, places: Places, report: Report
) -> None:
    by_name = {shelf.name: shelf for shelf in shelves}
    tallies = [shelf.tally for shelf in shelves]
    with _results(source, found.inputs, options) as results:
        for chunk, prepared in results:
            for part, result in _within_limits(by_name, chunk, prepared):
                _take_chunk(by_name, places.of(part), result, strict=options.strict)
            report(found.inputs[chunk.job.input], chunk.position, tallies)
            if all(shelf.full for shelf in shelves):
                return


def _within_limits(shelves: Mapping[str, Shelf], chunk: Chunk, prepared: Prepared) -> Iterator[tuple[Chunk, Prepared]]:
    """A chunk as it is; or record by record, if a shelf could become full in it, and must count none that follow."""
    if not any(shelf.could_be_full(len(prepared.kept.get(name, ()))) for name, shelf in shelves.items()):
        yield chunk, prepared
        return
    for part in one_by_one(chunk):
        if all(shelf.full for shelf in shelves.values()):
            return
        yield part, work(part)


@contextmanager
def _results(source: Source, inputs: Sequence[Input], options: Options) -> Iterator[Iterable[tuple[Chunk, Prepared]]]:
    """Every chunk with what came of it, in the order of the input, whatever the engine and the number of workers."""
    jobs = [_job(source, item, number, options) for number, item in enumerate(inputs)]
    if options.engine == "ray":
        from converters.engine import ray_engine

        yield ray_engine.results(inputs, jobs, workers=options.workers, few=options.limit is not None)
        return
    pairs = zip(jobs, inputs, strict=True)
    stream = (chunk for job, item in pairs for chunk in chunks(job, item, few=options.limit is not None))
    with ordered(options.workers) as in_order:
        yield in_order(stream)


def _job(source: Source, item: Input, number: int, options: Options) -> Job:
    defaults = {option.name: option.default for option in source.options}
    settings = Settings(script=options.script, options=defaults | dict(options.options))
    return Job(source.name, item.format.name, item.label, settings, options.name, number)


def _take_chunk(shelves: Mapping[str, Shelf], place: Place, prepared: Prepared, *, strict: bool) -> None:
    """A full shelf takes and counts nothing."""
    if strict:
        _require_readable(place, prepared.refused)
    refused: dict[str, list[Refused]] = {}
    for each in prepared.refused:
        refused.setdefault(each.dataset, []).append(each)
    for name, shelf in shelves.items():
        if not shelf.full:
            shelf.tally.records += prepared.records[name]
            shelf.take(prepared.kept.get(name) or Columns(), refused.get(name, ()), place)


def _require_readable(place: Place, refused: Sequence[Refused]) -> None:
    for reject in refused:
        if reject.reason in MALFORMED:
            line = orjson.loads(reject.line)
            raise SourceError(
                f"{place.label}, record {line['record']}",
                expected="a record that can be read (--strict)",
                found=f"{reject.reason}: {line['detail']}",
                remedy="Mend the record, or leave --strict out to count it as rejected. Nothing was replaced.",
            )


def _require_examples(source: Source, shelves: Sequence[Shelf]) -> None:
    if any(shelf.tally.examples for shelf in shelves):
        return
    rejected = sum((shelf.tally.rejected for shelf in shelves), Counter[str]())
    records = max(shelf.tally.records for shelf in shelves)
    reasons = ", ".join(f"{reason} {count}" for reason, count in rejected.most_common())
    raise SourceError(
        source.name,
        expected="at least one record that can be used",
        found=f"{records} records, all rejected ({reasons})" if records else "no record at all",
        remedy="Nothing was replaced. Is it the right file? Formats: python -m converters list",
    )
