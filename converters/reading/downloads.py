"""Which files lie in what a user named: files, folders, patterns and archives, each with a label of its own."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path, PurePosixPath

from converters.contract import Source, SourceError
from converters.reading.archives import archive_at, archive_kind
from converters.reading.encodings import readable_name
from converters.reading.places import Place, glance, told_of_damage

# what lies beside data in a download and can never be it
NO_DATA = {
    "documentation": ("readme*", "license*", "licence*", "copying*", "notice*", "citation*", "changelog*", "*.md"),
    "metadata of a hub": ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"),
    "code or pictures": (
        *("*.py", "*.ipynb", "*.sh", "*.js", "*.css", "*.yml", "*.yaml", "*.toml", "*.cfg", "*.png", "*.jpg"),
        *("*.jpeg", "*.gif", "*.svg", "*.pdf", "*.docx", "*.xlsx", "*.pptx", "*.epub", "*.bin", "*.pt", "*.npz"),
    ),
}

_NAMES = {reason: re.compile("|".join(map(fnmatch.translate, names))) for reason, names in NO_DATA.items()}


@dataclass(frozen=True)
class Candidate:
    """`named` is whether the user named this very file, so that it has to fit."""

    place: Place
    label: str
    given: str
    named: bool


def expanded(source: Source, named: Sequence[str], raw: Path) -> list[Path]:
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


def candidates(given: Iterable[Path], source: Source) -> Iterator[Candidate]:
    for path in given:
        if not path.is_dir():
            yield from _opened_up(Candidate(Place(path), readable_name(path.name), str(path), named=True), source)
            continue
        for inner in _files_in(path):
            label = readable_name(inner.relative_to(path).as_posix())
            yield from _opened_up(Candidate(Place(inner), label, str(path), named=False), source)


def _opened_up(candidate: Candidate, source: Source) -> Iterator[Candidate]:
    """The file itself, or the files in it if it is an archive; a single one in a named archive is named, too."""
    place, label = candidate.place, candidate.label
    passed_over = not candidate.named and ignored_by_name(source, label)
    if passed_over or not archive_kind(glance(place, label)):
        yield candidate
        return
    with told_of_damage(lambda: label):
        archive = archive_at(place.path, place.member)
        archive.keep(_companion_names(source, archive.members))
    if "[Content_Types].xml" in archive.members:  # an Office document is a zip, but no folder of data
        yield candidate
        return
    names = [name for name in archive.members if not _is_hidden(PurePosixPath(name))]
    for name in sorted(names, key=natural) if archive.any_order else names:
        named = candidate.named and len(names) == 1
        inner = Candidate(Place(place.path, name, place.member), f"{label}/{name}", candidate.given, named)
        # a repository that is downloaded as a zip may hold zips; what is in those is not opened any more
        yield from _opened_up(inner, source) if _is_inner_zip(inner) else (inner,)


def _is_inner_zip(inner: Candidate) -> bool:
    is_called_so = inner.place.member.lower().endswith(".zip") and not inner.place.within
    return is_called_so and archive_kind(glance(inner.place, inner.label)) == "zip"


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


def ignored_by_name(source: Source, label: str) -> str:
    path = PurePosixPath("/" + label)
    for pattern, reason in source.ignored.items():
        if path.match(pattern) or any(parent.match(pattern) for parent in path.parents):
            return reason
    return next((reason for reason, name in _NAMES.items() if name.match(path.name.lower())), "")
