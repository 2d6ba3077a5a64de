"""The passages of a source that questions are asked about: collected from its files, chosen, written, read back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np

from converters.contract import Outcome, Settings, Source, SourceError
from converters.engine.chunks import chunks
from converters.engine.prepare import Job
from converters.engine.seen import DigestIndex
from converters.engine.tally import Tally
from converters.engine.workers import worked
from converters.expansion import stock
from converters.expansion.choosing import PLACE, RESERVE, TEXT, Choice, Rows
from converters.expansion.gathering import Gathered, Gathering
from converters.files import read_jsonl, staged
from converters.passage import Lengths, Passage
from converters.reading.inputs import Found, Input, find_inputs

REASONS_SHOWN = 6
Report = Callable[[Input, int, Sequence[Tally]], None]


@dataclass(frozen=True)
class Collected:
    """What came of it. `found` counts passages with duplicates, `chosen` those that are asked for.

    The file may hold more than were asked for this time: a smaller number is the first part of a larger one.
    """

    path: Path
    records: int
    found: int
    duplicates: int
    chosen: int
    asked: int | None
    refused: Mapping[str, int] = field(default_factory=dict)
    is_new: bool = True

    def passages(self) -> Iterator[Passage]:
        return islice(read_passages(self.path), self.chosen)

    @property
    def told(self) -> str:
        """One line for a person."""
        few = self.asked is not None and self.chosen < self.asked
        return ", ".join(
            [
                f"{self.chosen:,} passages" + (f" (all there are; {self.asked:,} were asked for)" if few else ""),
                f"of {self.found:,} found in {self.records:,} records",
                *([f"{self.duplicates:,} duplicates"] if self.duplicates else []),
                *([] if self.is_new else ["collected before from the same files"]),
            ]
        )


def read_passages(path: Path) -> Iterator[Passage]:
    for number, record in read_jsonl(path):
        try:
            yield Passage.from_json(record)
        except (KeyError, TypeError) as error:
            raise SourceError(
                f"{path}, line {number}",
                expected="a passage that `expand` wrote",
                found=f"{type(error).__name__}: {error}",
                remedy="The file was edited: delete it, and the passages are collected again.",
            ) from error


# ---- which files


def require_texts(source: Source) -> None:
    """Raises SourceError for a source whose texts must never be trained on, or were made by a model already."""
    is_measure = source.group == "general" or all(dataset.purpose == "evaluation" for dataset in source.datasets)
    if is_measure or source.name == "expansion":
        raise SourceError(
            f"expand {source.name}",
            expected="a source whose texts may be trained on",
            found="one that is there to measure with" if is_measure else "journals of an expansion",
            remedy="Questions about its texts would teach what it is to measure. Sources: python -m converters list"
            if is_measure
            else "Its datasets are built by: python -m converters expansion JOURNAL",
        )


def find_texts(
    source: Source, named: Sequence[str], *, raw: Path, format_name: str, encoding: str, sources: Sequence[Source]
) -> Found:
    """As `find_inputs`, and with it the files that hold passages but no examples."""
    require_texts(source)
    return find_inputs(_with_texts(source), named, raw=raw, format_name=format_name, encoding=encoding, sources=sources)


def _with_texts(source: Source) -> Source:
    shapes = [
        replace(shape, convert=_unused, unsupported="") if shape.passages and not shape.convert else shape
        for shape in source.formats
    ]
    return replace(source, formats=tuple(shapes))


def _unused(value: Any, context: Any) -> Sequence[Outcome]:
    raise AssertionError("a format of texts alone is not converted")


# ---- one pass


def collect(
    source: Source,
    found: Found,
    settings: Settings,
    *,
    number: int | None,
    lengths: Lengths | None = None,
    per_document: int | None = None,
    workers: int,
    target: Path,
    report: Report,
) -> Collected:
    """Write the chosen passages to `target`, in the order of their digests, with a manifest beside it.

    Nothing is read if the same files were collected with the same options before, and of no smaller number. Without
    lengths and a number for each document they are the source's own; 0 for each document is all of them. Raises
    SourceError when nothing is found.
    """
    require_texts(source)
    lengths = lengths or source.passage_lengths
    if lengths.shortest > lengths.longest:
        raise SourceError(
            "--shortest", expected=f"at most --longest ({lengths.longest:,})", found=f"{lengths.shortest:,}"
        )
    per_document = source.passages_per_document if per_document is None else per_document
    asked = stock.asked(source, found, settings, lengths, per_document)
    counts = stock.counts_of_same(target, asked, number)
    if counts is not None:
        return _collected(target, counts, number, is_new=False)
    reserve = RESERVE
    with staged(target.parent) as files:
        while True:
            street = _Street(Choice(number, per_document, reserve), target.parent)
            with closing(street):
                street.read(source, found, settings, Gathering(lengths), workers, report)
                rows = street.choice.chosen()
                if not street.choice.is_exact:
                    reserve *= 8
                    continue
                _require_some(source, street.tally, lengths)
                stream = files.open_binary(target)
                for line in street.lines(rows):
                    stream.write(line + b"\n")
            break
        counts = street.counts | {"chosen": len(rows)}
        manifest = stock.manifest(asked, number, counts, found, target, files)
        files.open(stock.manifest_path(target)).write(manifest)
    return _collected(target, counts, number, is_new=True)


class _Street:
    """One pass over the input: what was found, and the lines of what may be chosen, in a file without a name."""

    def __init__(self, choice: Choice, folder: Path) -> None:
        self.choice, self.tally = choice, Tally()
        self.duplicates = 0
        self._seen = DigestIndex()
        folder.mkdir(parents=True, exist_ok=True)
        self._lines: IO[bytes] = tempfile.TemporaryFile("w+b", dir=folder)  # noqa: SIM115
        self._end = 0

    def close(self) -> None:
        self._lines.close()

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "records": self.tally.records,
            "found": self.tally.examples + self.duplicates,
            "duplicates": self.duplicates,
            "refused": dict(sorted(self.tally.rejected.items())),
        }

    def read(
        self, source: Source, found: Found, settings: Settings, by: Gathering, workers: int, report: Report
    ) -> None:
        jobs = [
            Job(source.name, item.format.name, item.label, settings, "", place)
            for place, item in enumerate(found.inputs)
        ]
        stream = (chunk for job, item in zip(jobs, found.inputs, strict=True) for chunk in chunks(job, item))
        with worked(by, workers) as in_order:
            for chunk, gathered in in_order(stream):
                self._take(gathered)
                report(found.inputs[chunk.job.input], chunk.position, [self.tally])

    def _take(self, gathered: Gathered) -> None:
        self.tally.records += gathered.records
        self.tally.rejected.update(gathered.refused)
        rows = gathered.rows
        texts = rows[:, TEXT]
        again = len(self._seen.first_places(texts, np.zeros(len(texts), dtype=np.uint32)))
        self.duplicates += again
        self.tally.examples += len(texts) - again
        self._keep(rows, gathered.lines)

    def _keep(self, rows: Rows, lines: Sequence[bytes]) -> None:
        places = np.flatnonzero(rows[:, TEXT] <= np.uint64(self.choice.bound))
        kept = rows[places].copy()
        for at, place in enumerate(places.tolist()):
            kept[at, PLACE] = self._end
            line = lines[place]
            self._lines.write(len(line).to_bytes(4, "big") + line)
            self._end += 4 + len(line)
        self.choice.add(kept)

    def lines(self, rows: Rows) -> Iterator[bytes]:
        for place in rows[:, PLACE].tolist():
            self._lines.seek(place)
            yield self._lines.read(int.from_bytes(self._lines.read(4), "big"))


def _require_some(source: Source, tally: Tally, lengths: Lengths) -> None:
    if tally.examples:
        return
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in tally.rejected.most_common(REASONS_SHOWN))
    raise SourceError(
        f"expand {source.name}",
        expected=f"at least one clean passage of {lengths.shortest:,} to {lengths.longest:,} characters",
        found=f"{tally.records:,} records without one ({reasons})" if tally.records else "no record at all",
        remedy="Are these the right files? Shorter texts are taken with --shortest, longer ones with --longest.",
    )


def _collected(target: Path, counts: Mapping[str, Any], number: int | None, *, is_new: bool) -> Collected:
    chosen = counts["chosen"] if number is None else min(number, counts["chosen"])
    return Collected(
        target, counts["records"], counts["found"], counts["duplicates"], chosen, number, counts["refused"], is_new
    )
