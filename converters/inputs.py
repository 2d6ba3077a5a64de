"""Which files a conversion reads: named, in folders, by patterns, inside archives; and what is passed over."""

from __future__ import annotations

import fnmatch
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from pathlib import Path, PurePosixPath

from converters.contract import Format, Source, SourceError
from converters.reading.archives import archive_at, archive_kind
from converters.reading.encodings import readable_name
from converters.reading.item import Input
from converters.reading.look import Look, look
from converters.reading.places import Place, glance, told_of_damage
from converters.recognition import Fit, forced, misfit_error, recognise

__all__ = ["Found", "Input", "find_inputs"]

# what lies beside data in a download and can never be it
_NO_DATA = {
    "documentation": ("readme*", "license*", "licence*", "copying*", "notice*", "citation*", "changelog*", "*.md"),
    "metadata of a hub": ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"),
    "code or pictures": (
        *("*.py", "*.ipynb", "*.sh", "*.js", "*.css", "*.yml", "*.yaml", "*.toml", "*.cfg", "*.png", "*.jpg"),
        *("*.jpeg", "*.gif", "*.svg", "*.pdf", "*.docx", "*.xlsx", "*.pptx", "*.epub", "*.bin", "*.pt", "*.npz"),
    ),
}


@dataclass
class Found:
    inputs: list[Input] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    ignored_files: list[str] = field(default_factory=list)

    def ignore(self, label: str, reason: str) -> None:
        self.ignored[reason] += 1
        self.ignored_files.append(f"{label} ({reason})")


@dataclass(frozen=True)
class _Candidate:
    """`named` is whether the user named this very file, so that it has to fit."""

    place: Place
    label: str
    given: str
    named: bool


@dataclass(frozen=True)
class _Misfit:
    """`error` is what to raise if it was named."""

    label: str
    reason: str
    error: SourceError | None


def find_inputs(
    source: Source, named: Sequence[str], *, raw: Path, format_name: str, encoding: str, sources: Sequence[Source]
) -> Found:
    """The files to convert, in natural order. Raises SourceError when nothing fits or a named file does not.

    A file that the user named must fit; a file that lies in a folder or archive may be something else and is
    counted as ignored. A companion is read with its file, and is neither.
    """
    wanted = _format_named(source, format_name)
    given = _expanded(source, named, raw)
    taken: dict[Place, Input | _Misfit] = {}
    for candidate in _candidates(given, source):
        place = _same(candidate.place)
        if place not in taken:
            taken[place] = _taken(source, candidate, wanted, encoding, sources)
    inputs = {place: item for place, item in taken.items() if isinstance(item, Input)}
    for companion in {place for item in inputs.values() for place in item.companions.values()}:
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


def _taken(
    source: Source, candidate: _Candidate, wanted: Format | None, encoding: str, sources: Sequence[Source]
) -> Input | _Misfit:
    reason = "" if candidate.named else _ignored_by_name(source, candidate.label)
    if reason:
        return _Misfit(candidate.label, reason, None)
    seen = look(candidate.place, candidate.label, encoding)
    if seen is None:
        return _Misfit(candidate.label, "empty file", _empty(source, candidate) if candidate.named else None)
    fit = forced(wanted, seen) if wanted else recognise(source.formats, seen)
    if fit is not None and fit.format.convert is not None:
        return _input(candidate, fit, seen)
    error = misfit_error(source, candidate.given, seen, fit, sources) if candidate.named else None
    return _Misfit(candidate.label, _reason(seen, fit), error)


def _reason(seen: Look, fit: Fit | None) -> str:
    if fit is not None and fit.format.unsupported:
        return fit.format.unsupported
    return "not text" if seen.unreadable else "not a format of this source"


def _empty(source: Source, candidate: _Candidate) -> SourceError:
    return SourceError(
        candidate.label,
        expected=f"records of {source.name}",
        found="an empty file",
        remedy="The download was probably cut: fetch the file again.",
    )


def _input(candidate: _Candidate, fit: Fit, seen: Look) -> Input:
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
        given=readable_name(candidate.given),
        size=candidate.place.size,
        companions=fit.companions,
        absent=fit.absent,
        guessed=seen.guessed,
    )


def _same(place: Place) -> Place:
    """One file by whatever name it was reached."""
    return Place(place.path.resolve(), place.member)


def _candidates(given: Iterable[Path], source: Source) -> Iterator[_Candidate]:
    for path in given:
        if not path.is_dir():
            yield from _opened_up(_Candidate(Place(path), readable_name(path.name), str(path), named=True), source)
            continue
        for inner in _files_in(path):
            label = readable_name(inner.relative_to(path).as_posix())
            yield from _opened_up(_Candidate(Place(inner), label, str(path), named=False), source)


def _opened_up(candidate: _Candidate, source: Source) -> Iterator[_Candidate]:
    """The file itself, or the files in it if it is an archive; a single one in a named archive is named, too."""
    path, label = candidate.place.path, candidate.label
    passed_over = not candidate.named and _ignored_by_name(source, label)
    if passed_over or not archive_kind(glance(candidate.place, label)):
        yield candidate
        return
    with told_of_damage(lambda: label):
        archive = archive_at(path)
        archive.keep(_companion_names(source, archive.members))
    if "[Content_Types].xml" in archive.members:  # an Office document is a zip, but no folder of data
        yield candidate
        return
    names = [name for name in archive.members if not _is_hidden(PurePosixPath(name))]
    for name in sorted(names, key=natural) if archive.any_order else names:
        named = candidate.named and len(names) == 1
        yield _Candidate(Place(path, name), f"{label}/{name}", candidate.given, named)


def _companion_names(source: Source, names: Iterable[str]) -> set[str]:
    finders = [shape.companions for shape in source.formats if shape.companions]
    paths = [PurePosixPath(name) for name in names] if finders else []
    return {companion.path.as_posix() for find in finders for path in paths for companion in find(path)}


def _is_hidden(path: PurePosixPath) -> bool:
    parts = (part for part in path.parts if part not in (".", ".."))
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _files_in(folder: Path) -> list[Path]:
    """All that is not hidden, in natural order."""
    files: list[Path] = []
    seen: set[str] = set()
    for where, folders, names in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(where)) in seen:
            folders.clear()  # a link that leads back
            continue
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(where, name) for name in names if not name.startswith(".")]
    return sorted(files, key=lambda path: natural(path.as_posix()))


def natural(name: str) -> tuple[object, ...]:
    # poet.tang.2000 comes before poet.tang.10000; digits never meet letters in a comparison
    pieces = re.split(r"([0-9]+)", name)
    return tuple((index % 2, int(piece) if index % 2 else piece) for index, piece in enumerate(pieces))


def _ignored_by_name(source: Source, label: str) -> str:
    path = PurePosixPath("/" + label)
    for pattern, reason in source.ignored.items():
        if path.match(pattern) or any(parent.match(pattern) for parent in path.parents):
            return reason
    return next((reason for reason, name in _NO_DATA_NAMES.items() if name.match(path.name.lower())), "")


_NO_DATA_NAMES = {reason: re.compile("|".join(map(fnmatch.translate, names))) for reason, names in _NO_DATA.items()}


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
        tails = {place: "/".join([*place.path.parts[-count:], *filter(None, [place.member])]) for place in left}
        seen = Counter(tails.values())
        whole = count >= max(len(place.path.parts) for place in left)
        ends |= {place: tail for place, tail in tails.items() if seen[tail] == 1 or whole}
        left = [place for place in left if place not in ends]
    return ends


def _expanded(source: Source, named: Sequence[str], raw: Path) -> list[Path]:
    if not named:
        folder = raw / source.name
        if not folder.is_dir() or not _files_in(folder):
            raise SourceError(
                f"{folder}/",
                expected=f"files of {source.name}: " + "; ".join(source.wanted),
                found="an empty folder" if folder.is_dir() else "no such folder",
                remedy=f"Put one of them there (from {source.origin}), or: python -m converters {source.name} FILE",
            )
        return [folder]
    return [path for name in named for path in _matches(name)]


def _matches(name: str) -> list[Path]:
    if Path(name).exists():
        return [Path(name)]
    paths = sorted(map(Path, glob(name, recursive=True)), key=lambda path: natural(path.as_posix()))
    if not has_magic(name) or not paths:
        raise SourceError(
            name,
            expected="a file, a folder or a pattern that matches one",
            found="nothing of that name",
            remedy="Check the spelling; relative paths start from the folder you are in.",
        )
    return paths


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
