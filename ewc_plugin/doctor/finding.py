"""What does a check say? A level, what was found, and for a problem the commands that mend it."""

import os
import shlex
import shutil
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from ewc_plugin import shipped

Level = Literal["ok", "note", "problem"]

TRIO = ("torch", "torchvision", "torchaudio")  # one release of each goes with one of the others
BUILDS = "https://pytorch.org/get-started/locally"  # which command installs which build


@dataclass(frozen=True)
class Finding:
    """`remedy` are lines to type (or, where nothing can be typed, one that begins with #)."""

    level: Level
    found: str
    remedy: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def ok(found: str) -> Finding:
    return Finding("ok", found)


def note(found: str, *remedy: str) -> Finding:
    return Finding("note", found, remedy)


def problem(found: str, *remedy: str) -> Finding:
    """Raises ValueError without a remedy: a problem that nobody can act on is a note."""
    if not remedy:
        raise ValueError(f"a problem without a remedy: {found}")
    return Finding("problem", found, remedy)


def pip(*words: str) -> str:
    """`pip install …` of this very environment, with the tested set as constraints."""
    return " ".join([installer(), "install", "-c", constraints(), *words])


def reinstalled() -> str:
    """The command that installs this very code, from its checkout if it lies in one."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return pip("-e", quoted(checkout))
    return f"{installer()} install --force-reinstall --no-deps llamafactory-ewc"


def installer() -> str:
    """`pip` where that word means this environment's, else its Python's."""
    found = shutil.which("pip")
    own = Path(os.path.normpath(sys.executable))
    return "pip" if found and Path(found).parent == own.parent else f"{quoted(own)} -m pip"


def constraints() -> str:
    """The tested set as a word of a command line."""
    return quoted(shipped.path("constraints.txt"))


def quoted(word: str | os.PathLike[str]) -> str:
    return shlex.quote(os.fspath(word))


def size(count: float) -> str:
    """Bytes for people."""
    for unit, factor in (("TB", 1e12), ("GB", 1e9)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count / 1e6:.0f} MB"
