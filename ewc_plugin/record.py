"""What became of the last run in an output folder? Under which conditions it was begun, and what it left if it ended.

Written by the run itself, or by `python -m ewc_plugin run` for a stage that uses none of our keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.atomic import write_json
from ewc_plugin.identity import fingerprint
from ewc_plugin.shapes import read_object

FILE = "ewc_run.json"
VERSION = 1
PACKAGES = ("llamafactory-ewc", "llamafactory", "torch", "transformers", "peft")


@dataclass(frozen=True)
class Record:
    """`regime` as checkpoints.Regime.as_json gives it; `left`, of a finished run, what lies in its folder."""

    run: str
    regime: Mapping[str, Any]
    versions: Mapping[str, str]
    left: Mapping[str, str | None] | None

    @property
    def finished(self) -> bool:
        return self.left is not None


def write(folder: Path, run: str, regime: Mapping[str, Any], *, finished: bool) -> None:
    write_json(
        folder / FILE,
        {
            "version": VERSION,
            "run": run,
            "regime": dict(regime),
            "versions": versions(),
            "left": left_in(folder) if finished else None,
        },
    )


def read(folder: Path) -> Record | None:
    """None where there is none, also where it is of another version or torn: nothing is known then."""
    try:
        found = read_object(folder / FILE)
        if found["version"] != VERSION or "conditions" not in found["regime"]:
            return None
        return Record(str(found["run"]), found["regime"], found["versions"], found["left"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def left_in(folder: Path) -> dict[str, str | None]:
    """The weights and the anchor in a folder: the same when nobody touched them."""
    from ewc_plugin import anchor as anchors  # here: who only reads records needs no torch

    return {"weights": fingerprint(folder), "anchor": mixture.sha256(folder / anchors.FOLDER / anchors.ABOUT)}


def versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
