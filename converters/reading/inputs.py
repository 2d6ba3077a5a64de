"""Which files a conversion reads and in which format, and which are passed over or refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from converters.contract import Format, Source, SourceError
from converters.reading.archives import archive_kind
from converters.reading.downloads import Candidate, candidates, expanded, ignored_by_name, inside
from converters.reading.encodings import readable_name
from converters.reading.item import Input
from converters.reading.look import Look, look
from converters.reading.places import Place
from converters.reading.recognition import Fit, forced, misfit_error, recognise

__all__ = ["Found", "Input", "find_inputs"]


@dataclass
class Found:
    inputs: list[Input] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    ignored_files: list[str] = field(default_factory=list)

    def ignore(self, label: str, reason: str) -> None:
        self.ignored[reason] += 1
        self.ignored_files.append(f"{label} ({reason})")


@dataclass(frozen=True)
class _Asked:
    """What a user asks for; `sources` are those that a file may be of instead."""

    source: Source
    wanted: Format | None
    encoding: str
    sources: Sequence[Source]


@dataclass(frozen=True)
class _Misfit:
    """`error` is what to raise if it was named."""

    label: str
    reason: str
    error: SourceError | None = None


Taken = dict[Place, Input | _Misfit]


def find_inputs(
    source: Source, named: Sequence[str], *, raw: Path, format_name: str, encoding: str, sources: Sequence[Source]
) -> Found:
    """The files to convert, in natural order. Raises SourceError when nothing fits or a named file does not.

    A file that the user named must fit; a file that lies in a folder or archive may be something else and is
    counted as ignored. A companion is read with its file, and is neither.
    """
    asked = _Asked(source, _format_named(source, format_name), encoding, sources)
    given = expanded(source, named, raw)
    taken: Taken = {}
    for candidate in candidates(given):
        _take(taken, candidate, asked)
    inputs = [item for item in taken.values() if isinstance(item, Input)]
    for companion in {place for item in inputs for place in item.companions.values()}:
        taken.pop(_same(companion), None)
    found = Found(_told_apart({place: item for place, item in taken.items() if isinstance(item, Input)}))
    for item in taken.values():
        if isinstance(item, _Misfit):
            _pass_over(found, item)
    if not found.inputs:
        raise _nothing_fits(source, given, found)
    return found


def _pass_over(found: Found, misfit: _Misfit) -> None:
    if misfit.error is not None:
        raise misfit.error
    found.ignore(misfit.label, misfit.reason)


def _take(taken: Taken, candidate: Candidate, asked: _Asked) -> None:
    """Look at a file once; what is inside an archive is looked at in its place."""
    place = _same(candidate.place)
    if place in taken:
        return
    reason = "" if candidate.named else ignored_by_name(asked.source, candidate.label)
    seen = None if reason else look(candidate.place, candidate.label, asked.encoding)
    members = inside(candidate, archive_kind(seen.head), asked.source) if seen else []
    for member in members:
        _take(taken, member, asked)
    if not members:
        taken[place] = _Misfit(candidate.label, reason) if reason else _fitted(candidate, seen, asked)


def _fitted(candidate: Candidate, seen: Look | None, asked: _Asked) -> Input | _Misfit:
    if seen is None:
        return _Misfit(candidate.label, "empty file", _empty(asked.source, candidate) if candidate.named else None)
    fit = forced(asked.wanted, seen) if asked.wanted else recognise(asked.source.formats, seen)
    if fit is not None and not fit.share and not candidate.named:
        fit = None  # a forced format takes any named file, but in a folder only what has a record of it
    if fit is not None and fit.format.convert is not None:
        return _input(candidate, fit, seen)
    error = misfit_error(asked.source, candidate.given, seen, fit, asked.sources) if candidate.named else None
    return _Misfit(candidate.label, _reason(seen, fit), error)


def _reason(seen: Look, fit: Fit | None) -> str:
    if fit is not None and fit.format.unsupported:
        return fit.format.unsupported
    return "not text" if seen.unreadable else "not a format of this source"


def _empty(source: Source, candidate: Candidate) -> SourceError:
    return SourceError(
        candidate.label,
        expected=f"records of {source.name}",
        found="an empty file",
        remedy="The download was probably cut: fetch the file again.",
    )


def _input(candidate: Candidate, fit: Fit, seen: Look) -> Input:
    # a stream reads its bytes itself, and XML says in which encoding it is
    legacy = fit.layout != "stream" and seen.guessed and seen.encoding not in ("utf-8", "utf-8-sig")
    note = f"{candidate.label}: not UTF-8, read as {seen.encoding} (--encoding overrides)" if legacy else ""
    return Input(
        candidate.place.path,
        candidate.label,
        fit.format,
        seen.encoding,
        fit.layout,
        note,
        member=candidate.place.member,
        within=candidate.place.within,
        given=readable_name(candidate.given),
        size=candidate.place.size,
        companions=fit.companions,
        absent=fit.absent,
        guessed=seen.guessed,
    )


def _same(place: Place) -> Place:
    """One file by whatever name it was reached."""
    return replace(place, path=place.path.resolve())


def _told_apart(inputs: Mapping[Place, Input]) -> list[Input]:
    """No two labels alike: a label is all that meta and manifest say of a file."""
    counts = Counter(item.label for item in inputs.values())
    longer = _shortest_ends([place for place, item in inputs.items() if counts[item.label] > 1])
    return [replace(item, label=longer[place]) if place in longer else item for place, item in inputs.items()]


def _shortest_ends(places: Sequence[Place]) -> dict[Place, str]:
    """For each place the shortest end of its path that no other has."""
    ends: dict[Place, str] = {}
    left, count = list(places), 1
    while left:
        count += 1
        tails = {
            place: "/".join([*place.path.parts[-count:], *filter(None, [place.within, place.member])]) for place in left
        }
        seen = Counter(tails.values())
        whole = count >= max(len(place.path.parts) for place in left)
        ends |= {place: tail for place, tail in tails.items() if seen[tail] == 1 or whole}
        left = [place for place in left if place not in ends]
    return ends


def _format_named(source: Source, name: str) -> Format | None:
    if not name:
        return None
    for candidate in source.readable:
        if candidate.name == name:
            return candidate
    raise SourceError(
        f"--format {name}",
        expected="one of " + ", ".join(candidate.name for candidate in source.readable),
        found=name,
        remedy=f"Leave --format out: {source.name} recognises its files by their content.",
    )


def _nothing_fits(source: Source, given: Sequence[Path], found: Found) -> SourceError:
    names = ", ".join(found.ignored_files[:5]) or "no data files"
    return SourceError(
        ", ".join(f"{path}/" if path.is_dir() else str(path) for path in given),
        expected=f"at least one file of {source.name}: " + "; ".join(source.wanted),
        found=names,
        remedy=f"Download it from {source.origin}.",
    )
