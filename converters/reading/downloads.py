"""Which files lie in what a user named: files, folders, patterns and archives, each with a label of its own."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import glob, has_magic
from pathlib import Path, PurePosixPath

from converters.contract import Source, SourceError
from converters.reading.archives import archive_at
from converters.reading.encodings import readable_name
from converters.reading.places import Place, told_of_damage

# what lies beside data in a download and can never be it
NO_DATA = {
    "documentation": ("readme*", "license*", "licence*", "copying*", "notice*", "citation*", "changelog*"),
    "a page in Markdown": ("*.md",),
    "metadata of a hub": ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"),
    "unfinished download": ("*.crdownload", "*.part", "*.partial", "*.incomplete", "*.aria2", "*.download", "*.lock"),
    "what datasets keeps of its own work": ("cache-*.arrow", "tmp*.arrow"),
    "code or pictures": (
        *("*.py", "*.ipynb", "*.sh", "*.js", "*.css", "*.yml", "*.yaml", "*.toml", "*.cfg", "*.png", "*.jpg"),
        *("*.jpeg", "*.gif", "*.svg", "*.pdf", "*.docx", "*.xlsx", "*.pptx", "*.epub", "*.bin", "*.pt", "*.npz"),
    ),
}

SPLITS = ("train", "dev", "val", "validation", "test")
_DOCUMENTATION = re.compile("|".join(map(fnmatch.translate, NO_DATA["documentation"])))
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
                remedy=f"Put one of them there (from {source.origin}), or: python -m converters {source.name} FILE"
                + (f", or --download (see python -m converters {source.name} --help)" if source.downloads else ""),
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


def candidates(given: Iterable[Path]) -> Iterator[Candidate]:
    for path in given:
        if not path.is_dir():
            yield Candidate(Place(path), readable_name(_name_that_tells(path)), str(path), named=True)
            continue
        for inner in _files_in(path):
            yield Candidate(Place(inner), readable_name(inner.relative_to(path).as_posix()), str(path), named=False)


# of a part of a table only the folder says what it is of: law/test-00000-of-00001.parquet
_PART_OF_TABLE = re.compile(r"(?:[a-z]+-)?\d+(?:-of-\d+)?\.(?:parquet|arrow)")


def _name_that_tells(path: Path) -> str:
    if not _PART_OF_TABLE.fullmatch(path.name):
        return path.name
    folders = path.absolute().parts[-3:-1] if path.parent.name in SPLITS else path.absolute().parts[-2:-1]
    return "/".join([*(name.strip("/") for name in folders if name != "/"), path.name])


def inside(candidate: Candidate, kind: str, source: Source) -> list[Candidate]:
    """What is in an archive (a single file in a named one is named, too); nothing if it is not to be opened.

    A repository that is downloaded as an archive may hold zips; what is in those is not opened any more. An Office
    document is a zip, but no folder of data.
    """
    place, label = candidate.place, candidate.label
    if not kind or place.within or (place.member and kind != "zip"):
        return []
    with told_of_damage(lambda: label):
        archive = archive_at(place.path, place.member)
        archive.keep(_companion_names(source, archive.members))
    if "[Content_Types].xml" in archive.members:
        return []
    names = [name for name in archive.members if not _is_hidden(PurePosixPath(name))]
    named = candidate.named and len(names) == 1
    return [
        Candidate(Place(place.path, name, place.member), f"{label}/{name}", candidate.given, named)
        for name in (sorted(names, key=natural) if archive.any_order else names)
    ]


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
        folders[:] = _of_snapshot(Path(where), [name for name in folders if not name.startswith(".")])
        files += [Path(where, name) for name in names if not name.startswith(".")]
    return sorted(files, key=lambda path: natural(path.as_posix()))


def _of_snapshot(where: Path, folders: list[str]) -> list[str]:
    """In the cache of a hub the files lie in blobs/, without their names; snapshots/<revision>/ links to them.

    Of several revisions the one is read that the main branch pointed to when it was last asked for.
    """
    if {"blobs", "refs", "snapshots"} <= set(folders):
        return ["snapshots"]
    if where.name != "snapshots" or not (main := where.parent / "refs" / "main").is_file():
        return folders
    revision = main.read_text(encoding="utf-8", errors="replace").strip()
    return [revision] if revision in folders else folders


def natural(name: str) -> tuple[object, ...]:
    # poet.tang.2000 comes before poet.tang.10000; digits never meet letters in a comparison
    pieces = re.split(r"([0-9]+)", name)
    return tuple((index % 2, int(piece) if index % 2 else piece) for index, piece in enumerate(pieces))


def ignored_by_name(source: Source, label: str) -> str:
    path = PurePosixPath("/" + label)
    rules = tuple(source.ignored.items())
    reason = _first_match(path, rules) or _folder_ignored(path.parent, rules)
    if reason or _is_document(source, path):
        return reason
    return next((reason for reason, name in _NAMES.items() if name.match(path.name.lower())), "")


def _is_document(source: Source, path: PurePosixPath) -> bool:
    named = any(path.match(pattern) for pattern in source.documents)
    return named and not _DOCUMENTATION.match(path.name.lower())


Rules = tuple[tuple[str, str], ...]


def _first_match(path: PurePosixPath, rules: Rules) -> str:
    return next((reason for pattern, reason in rules if path.match(pattern)), "")


@lru_cache(maxsize=1024)
def _folder_ignored(folder: PurePosixPath, rules: Rules) -> str:
    # thousands of files lie in one folder
    return next((reason for path in (folder, *folder.parents) if (reason := _first_match(path, rules))), "")
