"""Which files a conversion reads, and which format each of them has: recognised by content, never by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from glob import glob, has_magic
from pathlib import Path, PurePosixPath

from converters.contract import Format, Source, SourceError
from converters.readers import Layout, Shape, look

_SUFFIXES = {".json", ".jsonl", ".txt", ".tsv", ".csv", ""}
_PACKED = {".gz", ".bz2", ".zst"}


@dataclass(frozen=True)
class Input:
    """`label` is the path inside the folder that the user named: it stands in messages, meta and manifest."""

    path: Path
    label: str
    format: Format
    encoding: str
    layout: Layout
    note: str = ""


@dataclass
class Found:
    inputs: list[Input] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    ignored_files: list[str] = field(default_factory=list)

    def ignore(self, label: str, reason: str) -> None:
        self.ignored[reason] += 1
        self.ignored_files.append(f"{label} ({reason})")


def find_inputs(
    source: Source, named: Sequence[str], *, raw: Path, format_name: str, encoding: str, sources: Sequence[Source]
) -> Found:
    """The files to convert, in natural order. Raises SourceError when nothing fits or a named file does not.

    A file that the user named must fit; a file that lies in a folder may be something else and is counted as ignored.
    """
    wanted = _format_named(source, format_name)
    found = Found()
    folders = [path for path in _expanded(source, named, raw) if path.is_dir()]
    for path in _expanded(source, named, raw):
        if path.is_dir():
            for inner in _files_in(path):
                _take_from_folder(found, source, path, inner, wanted, encoding)
        else:
            found.inputs.append(_named_file(source, path, wanted, encoding, sources))
    if not found.inputs:
        raise _nothing_fits(source, folders, found)
    found.inputs = _told_apart(found.inputs)
    return found


def _told_apart(inputs: Iterable[Input]) -> list[Input]:
    """Each file once, and no two labels alike: a label is all that meta and manifest say of a file."""
    by_path = {item.path.resolve(): item for item in inputs}
    labels = Counter(item.label for item in by_path.values())
    return [
        item if labels[item.label] == 1 else replace(item, label=_longer_label(path, by_path))
        for path, item in by_path.items()
    ]


def _longer_label(path: Path, others: Iterable[Path]) -> str:
    """The shortest end of the path that no other file has."""
    for count in range(2, len(path.parts)):
        end = path.parts[-count:]
        if sum(other.parts[-count:] == end for other in others) == 1:
            return "/".join(end)
    return path.as_posix()


def _expanded(source: Source, named: Sequence[str], raw: Path) -> list[Path]:
    if not named:
        folder = raw / source.name
        if not folder.is_dir() or not any(_files_in(folder)):
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
    paths = sorted(map(Path, glob(name, recursive=True)), key=_natural) if has_magic(name) else []
    if not paths:
        raise SourceError(
            name,
            expected="a file, a folder or a pattern that matches one",
            found="nothing of that name",
            remedy="Check the spelling; relative paths start from the folder you are in.",
        )
    return paths


def _natural(path: Path) -> tuple[object, ...]:
    # poet.tang.2000 comes before poet.tang.10000; digits never meet letters in a comparison
    pieces = re.split(r"(\d+)", path.as_posix())
    return tuple((index % 2, int(piece) if index % 2 else piece) for index, piece in enumerate(pieces))


def _files_in(folder: Path) -> Iterator[Path]:
    files = (path for path in folder.rglob("*") if path.is_file())
    visible = (path for path in files if not any(part.startswith(".") for part in path.relative_to(folder).parts))
    yield from sorted((path for path in visible if _is_candidate(path)), key=_natural)


def _is_candidate(path: Path) -> bool:
    suffix = path.with_suffix("").suffix if path.suffix in _PACKED else path.suffix
    return suffix.lower() in _SUFFIXES and path.name.upper() not in {"LICENSE", "README", "README.TXT"}


def _take_from_folder(
    found: Found, source: Source, folder: Path, path: Path, wanted: Format | None, encoding: str
) -> None:
    label = path.relative_to(folder).as_posix()
    reason = _ignored_by_name(source, label)
    if reason:
        found.ignore(label, reason)
        return
    shape = look(path, label, encoding)
    if shape is None:
        found.ignore(label, "empty file")
        return
    chosen = wanted or recognise(source.formats, shape)
    if chosen is None or chosen.convert is None or not _fits(chosen, shape):
        found.ignore(label, chosen.unsupported if chosen and chosen.unsupported else "not a format of this source")
        return
    found.inputs.append(_input(path, label, chosen, shape))


def _ignored_by_name(source: Source, label: str) -> str:
    for pattern, reason in source.ignored.items():
        if PurePosixPath("/" + label).match(pattern) or any(
            parent.match(pattern) for parent in PurePosixPath("/" + label).parents
        ):
            return reason
    return ""


def _named_file(source: Source, path: Path, wanted: Format | None, encoding: str, sources: Sequence[Source]) -> Input:
    shape = look(path, path.name, encoding)
    if shape is None:
        raise SourceError(
            path.name,
            expected=f"records of {source.name}",
            found="an empty file",
            remedy="The download was probably cut: fetch the file again.",
        )
    chosen = wanted or recognise(source.formats, shape)
    if chosen is None or chosen.convert is None or not _fits(chosen, shape):
        raise _wrong_file(source, path, shape, chosen, sources)
    return _input(path, path.name, chosen, shape)


def _input(path: Path, label: str, chosen: Format, shape: Shape) -> Input:
    legacy = shape.guessed and shape.encoding not in ("utf-8", "utf-8-sig")
    note = f"{label}: not UTF-8, read as {shape.encoding} (--encoding overrides)" if legacy else ""
    return Input(path, label, chosen, shape.encoding, shape.layout, note)


def recognise(formats: Iterable[Format], shape: Shape) -> Format | None:
    """The format that most of the first records have; half of them may be broken or foreign, no more."""
    scores = {shape_: _matching(shape_, shape) for shape_ in formats if shape_.container == shape.container}
    best = max(scores, key=lambda candidate: scores[candidate], default=None)
    return best if best is not None and 2 * scores[best] >= max(1, len(shape.samples)) else None


def _matching(candidate: Format, shape: Shape) -> int:
    return sum(candidate.matches(sample) for sample in shape.samples)


def _fits(chosen: Format, shape: Shape) -> bool:
    return chosen.container == shape.container


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


def _wrong_file(
    source: Source, path: Path, shape: Shape, chosen: Format | None, sources: Sequence[Source]
) -> SourceError:
    known = "; ".join(f"{candidate.name} ({candidate.description})" for candidate in source.readable)
    first = str(shape.samples[0])[:160] if shape.samples else "nothing that parses"
    if chosen is not None and chosen.unsupported:
        remedy = f"This looks like {chosen.description}: {chosen.unsupported}."
    else:
        remedy = _lookalike(source, path, shape, sources)
    return SourceError(f"{path.name}", expected=f"a format of {source.name}: {known}", found=first, remedy=remedy)


def _lookalike(source: Source, path: Path, shape: Shape, sources: Sequence[Source]) -> str:
    for other in sources:
        seen = recognise(other.formats, shape)
        if seen is not None and other.name != source.name:
            return f"This looks like {other.name} ({seen.description}): python -m converters {other.name} {path}"
    return "It looks like no source that is known: python -m converters list"


def _nothing_fits(source: Source, folders: Sequence[Path], found: Found) -> SourceError:
    names = ", ".join(found.ignored_files[:5]) or "no data files"
    return SourceError(
        ", ".join(f"{folder}/" for folder in folders),
        expected=f"at least one file of {source.name}: " + "; ".join(source.wanted),
        found=names,
        remedy=f"Download it from {source.origin}.",
    )
