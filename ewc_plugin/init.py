"""How does a folder become one that stages can be trained in? Recipes, registry and a small general set, put there.

Nothing that the user changed is written over. The registry is the user's as soon as something was converted: new
entries come into it by `python -m converters catalog`, which keeps what was edited.
"""

import argparse
import difflib
import os
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ewc_plugin import __version__, placing, shipped, workplace
from ewc_plugin.errors import EwcError
from ewc_plugin.placing import REGISTRY, Part
from ewc_plugin.visible import say

WIDEST = 200  # characters of a line of a difference: the table of tones is a single one
# what reads a checkout's or an installation's own converters, whatever lies in the user's folder
BESIDE_US = Path(__file__).resolve().parents[1]


class InitError(EwcError):
    """A step of the preparation failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR", help="default: this folder")
    parser.add_argument(
        "--update",
        action="store_true",
        help="replace what you did not change by this version's, and show the difference where you did",
    )


def run(options: argparse.Namespace) -> int:
    folder: Path = options.folder
    say(str(folder.resolve()))
    # a checkout has its recipes already, and a record of them would travel in its wheel
    if (folder / "recipes").resolve() != shipped.path("recipes").resolve():
        _place(folder, update=options.update)
    say(f"  {_general(folder / 'dataset_info')}")
    for line in _next(folder):
        say(line)
    return 0


def _place(folder: Path, *, update: bool) -> None:
    found = placing.parts(folder)
    due = [part for part in found if part.state == "absent" or (update and part.state == "older")]
    placing.write(due, folder)
    placing.remember(found, due, folder)
    for line in _told(found, update=update):
        say(f"  {line}")
    for part in found if update else ():
        if part.state == "edited":
            say(_registry_difference(folder) if part.name == REGISTRY else _difference(part))


def _told(found: Sequence[Part], *, update: bool) -> Iterator[str]:
    """A line for each file that is not simply there, and how many are."""
    names = {state: [part.name for part in found if part.state == state] for state in ("absent", "same")}
    if names["absent"]:
        yield f"written: {_counted(names['absent'])}"
    if names["same"]:
        yield f"there already, and the same: {_counted(names['same'])}"
    for part in found:
        if part.state == "older":
            yield f"{part.name}: " + (
                "replaced by this version's" if update else "of another version; --update replaces it"
            )
        if part.state == "edited":
            what = "holds your datasets" if part.name == REGISTRY else "changed by you"
            yield f"{part.name}: {what}, kept" + ("" if update else "; --update shows the difference")


def _counted(names: Sequence[str]) -> str:
    folders = Counter(name.partition("/")[0] for name in names)
    return ", ".join(f"{folder}/ ({count} file{'s' * (count > 1)})" for folder, count in folders.items())


def _difference(part: Part) -> str:
    yours, ours = ((text or b"").decode("utf-8", "replace").splitlines() for text in (part.theirs, part.ours))
    lines = difflib.unified_diff(
        yours, ours, fromfile=f"{part.name} (yours)", tofile=f"{part.name} ({__version__})", lineterm="", n=1
    )
    return "\n".join(line if len(line) <= WIDEST else f"{line[:WIDEST]} …" for line in lines)


# -- the converters' part, asked for as a user would ask ---------------------------------------------------------


def _converters(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "converters", *words],
        cwd=BESIDE_US,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _registry_difference(folder: Path) -> str:
    dataset_dir = (folder / REGISTRY).parent
    ended = _converters("catalog", "--check", "--dataset-dir", str(dataset_dir.resolve()))
    if ended.returncode == 0:
        return f"{REGISTRY}: everything that this version registers is in it"
    return ended.stdout + ended.stderr


def _general(dataset_dir: Path) -> str:
    """Answers that no stage may lose, so that forgetting is measured from the first report on.

    Sets that are there stay: what was measured on them must not be compared with what others say.
    """
    if not _general_sets(dataset_dir):
        words = ("general", "--samples", "--quiet", "--dataset-dir", str(dataset_dir.resolve()))
        ended = _converters(*words)
        if ended.returncode:
            raise InitError(
                "general ability",
                expected=f"python -m converters {' '.join(words[:2])} to write its sets into {dataset_dir}",
                found=ended.stderr.strip() or f"exit code {ended.returncode}",
                remedy="Recipes and registry are there. Mend that, then type the same command again.",
            )
    sets = _general_sets(dataset_dir)
    items = sum(len(path.read_bytes().splitlines()) for path in sets)
    names = ", ".join(path.stem.removeprefix("general_") for path in sets)
    return f"general ability is measured with {items} questions: {names}"


def _general_sets(dataset_dir: Path) -> list[Path]:
    found = sorted((dataset_dir / "data").glob("general_*.jsonl"))
    return [path for path in found if not path.name.endswith(".rejects.jsonl")]


# -- what next -------------------------------------------------------------------------------------------------


def _next(folder: Path) -> Iterator[str]:
    yield "next:"
    if folder.resolve() != Path.cwd():
        yield f"  cd {shlex.quote(str(folder))}"
    yield "  python -m ewc_plugin doctor"
    yield "own data, from a table with questions and answers to a report:"
    yield "  python -m converters custom my.jsonl --group domain"
    yield "  llamafactory-cli train recipes/own.yaml"
    yield "public corpora, in three stages:"
    yield "  python -m converters list"
    yield "  llamafactory-cli train recipes/foundation.yaml"
    if sentence := workplace.spaces_in_python():
        yield f"note: {sentence}"
