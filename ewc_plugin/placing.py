"""Which of our files lie in a user's folder, which did the user change, and how are the others put there?

The SHA-256 of what was written is kept in recipes/.shipped.json: a file that still has it is ours to replace.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ewc_plugin import __version__, shipped
from ewc_plugin.atomic import WriteError, write_json
from ewc_plugin.errors import EwcError

RECORD = "recipes/.shipped.json"
REGISTRY = "dataset_info/dataset_info.json"
SINGLE = (REGISTRY, "dataset_info/prosody.json")
State = Literal["absent", "same", "older", "edited"]


class PlacingError(EwcError):
    """The folder cannot be written to; it is as it was."""


@dataclass(frozen=True)
class Part:
    """A file of ours and what lies in its place; `written` is the SHA-256 of what we wrote there last, or empty."""

    name: str
    ours: bytes
    theirs: bytes | None
    written: str

    @property
    def state(self) -> State:
        if self.theirs is None:
            return "absent"
        if self.theirs == self.ours:
            return "same"
        return "older" if _sha256(self.theirs) == self.written else "edited"


def parts(folder: Path) -> list[Part]:
    """Everything that an installation brings for a folder, beside what is there."""
    recorded = _recorded(folder)
    names = [*(f"recipes/{name}" for name in _recipes()), *SINGLE]
    try:
        return [
            Part(name, shipped.path(name).read_bytes(), _content(folder / name), recorded.get(name, ""))
            for name in names
        ]
    except OSError as problem:
        raise _unusable(problem, folder) from problem


def _recipes() -> Iterator[str]:
    folder = shipped.path("recipes")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _recorded(folder: Path) -> dict[str, str]:
    """Without a record that can be read, every file that differs counts as the user's."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# -- writing ---------------------------------------------------------------------------------------------------


def write(due: Sequence[Part], folder: Path) -> None:
    """All of them or none: they are put in place when the last one is on the disk."""
    try:
        with _room(folder, [Path(part.name).parent for part in due]) as staging:
            for number, part in enumerate(due):
                (staging / str(number)).write_bytes(part.ours)
            _put(due, staging, folder)
    except OSError as problem:
        raise _unusable(problem, folder) from problem


def _put(due: Sequence[Part], staging: Path, folder: Path) -> None:
    done: list[Part] = []
    try:
        for number, part in enumerate(due):
            os.replace(staging / str(number), folder / part.name)
            done.append(part)
    except OSError:
        for part in done:
            if part.theirs is None:
                (folder / part.name).unlink()
            else:
                (folder / part.name).write_bytes(part.theirs)
        raise


@contextmanager
def _room(folder: Path, below: Sequence[Path]) -> Iterator[Path]:
    """A place on the same disk to write to first, and the folders that are needed; all gone again on an error."""
    made: list[Path] = []
    try:
        for inner in [folder, *(folder / path for path in below)]:
            for path in [*reversed(inner.parents), inner]:
                if not path.exists():
                    path.mkdir()
                    made.append(path)
        with tempfile.TemporaryDirectory(prefix=".init-", dir=folder) as staging:
            yield Path(staging)
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        raise


def _unusable(problem: OSError, folder: Path) -> PlacingError:
    return PlacingError(
        str(problem.filename or folder),
        expected="a folder that can be written and has room",
        found=problem.strerror or str(problem),
        remedy="Nothing was written. Mend that, or name another folder: python -m ewc_plugin init DIR",
    )


def remember(found: Sequence[Part], due: Sequence[Part], folder: Path) -> None:
    """That what lies there now is ours; what the user changed keeps its earlier record."""
    ours = {part.name: _sha256(part.ours) for part in found if part in due or part.state == "same"}
    try:
        write_json(folder / RECORD, {"version": __version__, "files": _recorded(folder) | ours})
    except WriteError as problem:
        raise PlacingError(
            problem.where,
            expected=problem.expected,
            found=problem.found,
            remedy="The files are there, but not remembered as ours; mend that and type the command again.",
        ) from problem
