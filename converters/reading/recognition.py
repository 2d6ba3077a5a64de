"""Which format a file has, seen from its first records and never from its name; and which come near if none fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from converters.contract import Companion, Format, Source, SourceError
from converters.reading import arrow
from converters.reading.aligned import aligned
from converters.reading.encodings import UnreadableError, detect_encoding
from converters.reading.limits import SAMPLES
from converters.reading.look import Layout, Look, Reading, first_rows_as_lines, head_text
from converters.reading.places import Place, glance

LEAST_SHARE = 0.5  # of the first records: half of them may be broken or foreign, no more
SHOWN = 160  # characters of a record in a message
NEAREST = 3  # formats named in a message


@dataclass(frozen=True)
class Fit:
    """A format, how the file is divided for it, and the share of the first records that it matches."""

    format: Format
    layout: Layout
    share: float
    companions: Mapping[str, Place] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


def recognise(formats: Iterable[Format], seen: Look) -> Fit | None:
    """The format that most of the first records have; of equals the first."""
    fits = [fit for shape in formats for fit in _fits(shape, seen)]
    best = max(fits, key=lambda fit: fit.share, default=None)
    return best if best is not None and best.share >= LEAST_SHARE else None


def forced(shape: Format, seen: Look) -> Fit | None:
    """A format that the user named, whatever it matches; None if the file cannot be divided into its records."""
    fits = list(_fits(shape, seen)) or [Fit(shape, layout, 0.0) for layout in _layouts_without_samples(shape, seen)]
    return max(fits, key=lambda fit: fit.share, default=None)


def _layouts_without_samples(shape: Format, seen: Look) -> Iterator[Layout]:
    container = shape.container
    if container == "record" and seen.encoding:
        yield "json_values" if seen.text.lstrip().startswith("[") else "json_lines"
    if container in ("stream", "line", "block") and (seen.encoding or container == "stream"):
        yield container  # type: ignore[misc]  # these containers are layouts


def _fits(shape: Format, seen: Look) -> Iterator[Fit]:
    container = shape.container
    if container == "stream":
        if shape.begins is not None and shape.begins(seen.head):
            yield Fit(shape, "stream", 1.0)
    elif container == "record":
        yield from (_fit(shape, reading) for reading in seen.records)
    elif container == "aligned" and (seen.is_json or seen.is_table):
        # JSON and tables are no text of lines, but two files of them may correspond (FLORES+: one for each language)
        yield from _fits_with_companions(shape, seen)
    elif not seen.encoding or seen.is_json:
        return
    elif container in ("line", "block"):
        yield _fit(shape, seen.lines if container == "line" else seen.blocks)
    else:
        yield from _fits_with_companions(shape, seen)


def _fit(shape: Format, reading: Reading) -> Fit:
    matching = sum(bool(shape.matches(sample)) for sample in reading.samples)
    return Fit(shape, reading.layout, matching / max(1, len(reading.samples)))


def _fits_with_companions(shape: Format, seen: Look) -> Iterator[Fit]:
    wanted = list(shape.companions(seen.place.named)) if shape.companions else []
    if shape.companions and not wanted:
        return
    found = {companion.role: companion_place(seen.place, companion) for companion in wanted}
    absent = tuple(companion.role for companion in wanted if not found[companion.role].exists)
    if any(companion.role in absent and not companion.optional for companion in wanted):
        return
    present = {role: place for role, place in found.items() if role not in absent}
    encoding = "" if seen.guessed else seen.encoding
    heads = {role: _head(place, encoding, _changed(place)) for role, place in present.items()}
    reading = _document(seen, heads, absent) if shape.container == "document" else _aligned(seen, heads, absent)
    fit = _fit(shape, reading)
    yield Fit(shape, fit.layout, fit.share, present, absent)


def companion_place(place: Place, companion: Companion) -> Place:
    if place.member:
        return replace(place, member=companion.path.as_posix())
    return Place(Path(companion.path))


@lru_cache(maxsize=8)
def _head(place: Place, encoding: str, changed: int) -> str:
    """Of a companion that thousands may have in common; each has an encoding of its own if none is named."""
    head = glance(place, str(place))
    if layout := arrow.arrow_layout(head):
        return first_rows_as_lines(place, str(place), layout)
    return head_text(head, encoding or detect_encoding(head, str(place)))


def _changed(place: Place) -> int:
    return place.path.stat().st_mtime_ns


def _document(seen: Look, heads: Mapping[str, str], absent: Iterable[str]) -> Reading:
    return Reading("document", ({"text": seen.text, **heads, **dict.fromkeys(absent, "")},))


def _aligned(seen: Look, heads: Mapping[str, str], absent: Iterable[str]) -> Reading:
    """The first lines of all sides; their last ones may be cut, and unequal counts are seen later."""
    sides = {role: text.split("\n")[:SAMPLES] for role, text in {"text": seen.corresponding, **heads}.items()}
    shortest = min(map(len, sides.values()))
    sides = {role: lines[:shortest] for role, lines in sides.items()}
    rows = aligned(sides, {role: role for role in sides})
    return Reading("aligned", tuple(row | dict.fromkeys(absent, "") for _, row in islice(rows, SAMPLES)))


def misfit_error(source: Source, given: str, seen: Look, fit: Fit | None, sources: Sequence[Source]) -> SourceError:
    """What a user reads whose file fits no format: its first record, and what would have fitted."""
    if seen.unreadable:
        return UnreadableError(seen.label, seen.unreadable)
    known = "; ".join(f"{shape.name} ({shape.description})" for shape in source.readable)
    if fit is not None and fit.format.unsupported:
        remedy = f"This looks like {fit.format.description}: {fit.format.unsupported}."
    else:
        remedy = _lookalike(source, given, seen, sources) or _alone(source, seen) or _near(source, given, seen, sources)
    expected, found = f"a format of {source.name}: {known}", str(seen.first)[:SHOWN]
    return SourceError(seen.label, expected=expected, found=found, remedy=remedy)


def _lookalike(source: Source, given: str, seen: Look, sources: Sequence[Source]) -> str:
    fits = [(other, recognise(other.formats, seen)) for other in sources if other.name != source.name]
    others = [(other, fit.format) for other, fit in fits if fit is not None]
    for other, shape in sorted(others, key=lambda pair: _takes_anything(pair[1])):
        return f"This looks like {other.name} ({shape.description}): python -m converters {other.name} {given}"
    return ""


def _takes_anything(shape: Format) -> bool:
    """Whether a format fits a record without any sense: it is named only where no other is."""
    return shape.container == "record" and bool(shape.matches({"\0": ""}))


def _alone(source: Source, seen: Look) -> str:
    """A file whose format is known by what stands beside it, and nothing stands there."""
    for shape in source.readable:
        wanted = shape.companions(seen.place.named) if shape.companions else []
        missing = [item for item in wanted if not item.optional and not companion_place(seen.place, item).exists]
        if missing:
            names = ", ".join(item.path.name for item in missing)
            return f"As {shape.name} ({shape.description}) it needs beside it: {names}, which is not there."
    return ""


def _near(source: Source, given: str, seen: Look, sources: Sequence[Source]) -> str:
    columns = [str(name) for name in seen.first] if isinstance(seen.first, dict) else []
    if not columns:
        return "It looks like no source that is known: python -m converters list"
    all_sources = [source, *(other for other in sources if other.name != source.name)]
    shapes = [(other, shape) for other in all_sources for shape in other.readable if shape.container == "record"]
    ranked = sorted(shapes, key=lambda pair: -_shared(pair[1], columns))
    near = [pair for pair in ranked if _shared(pair[1], columns)][:NEAREST]
    lines = [f"It looks like no source that is known (python -m converters list). Its columns: {', '.join(columns)}."]
    for other, shape in near:
        lines.append(f"Nearest: {shape.description}: python -m converters {other.name} {given} --format {shape.name}")
    return "\n".join(lines)


def _shared(shape: Format, columns: Sequence[str]) -> float:
    """The share of the columns found that the format's description names."""
    named = set(re.findall(r"[\w#-]+", f"{shape.name} {shape.description}"))
    return len(named & set(columns)) / max(1, len(columns))
