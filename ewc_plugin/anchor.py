"""What does one stage leave for the next? θ*, F and where they come from, in `<output_dir>/ewc/`.

`anchor.safetensors` holds θ*, `fisher.safetensors` the terms of F, `ewc.json` everything that a person or a check wants
to know, with the checksums of the other two. The folder appears whole or not at all; no pickle anywhere.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

from ewc_plugin.errors import AnchorError

VERSION = 1
FOLDER, ABOUT, THETA, FISHER = "ewc", "ewc.json", "anchor.safetensors", "fisher.safetensors"
REQUIRED = ("version", "space", "form", "scalings", "terms", "fingerprints", "files")

Terms = dict[str, Tensor]


@dataclass(frozen=True)
class Anchor:
    """θ* (float32, on the CPU), the terms of F around it (oldest stage first), and their provenance.

    `dense` and `weights` have one term, since diagonals add up; a sum of rank-one matrices has no rank one, so
    `factored` keeps one term per stage.
    """

    space: str
    form: str
    theta: dict[str, Tensor]
    scalings: dict[str, float]
    fisher: tuple[Terms, ...]
    about: dict[str, Any]
    where: str = "a new anchor"


def decayed(earlier: Anchor | None, terms: Terms, *, form: str, gamma: float) -> tuple[Terms, ...]:
    """Online EWC: F ← γ F_earlier + F_new (Schwarz et al. 2018, eq. 9), as a sum where that is closed."""
    if earlier is None or gamma == 0:
        return (terms,)
    # an F per unit of |gradient|² is linear in its row sums and in its column sums alike
    aged = tuple({name: gamma * value for name, value in old.items()} for old in earlier.fisher)
    if form == "factored":
        return (*aged, terms)
    return ({name: sum((old[name] for old in aged), start=value) for name, value in terms.items()},)


def save(anchor: Anchor, output_dir: Path) -> Path:
    """Write `<output_dir>/ewc/` by renaming a complete folder into place; an anchor already there is replaced."""
    final, partial = output_dir / FOLDER, output_dir / f".{FOLDER}.partial"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        save_file(anchor.theta, partial / THETA)
        fisher = {f"{index}/{name}": v.contiguous() for index, t in enumerate(anchor.fisher) for name, v in t.items()}
        save_file({name: value.cpu() for name, value in fisher.items()}, partial / FISHER)
        about = {
            "version": VERSION,
            "space": anchor.space,
            "form": anchor.form,
            "scalings": anchor.scalings,
            **anchor.about,
            "files": {name: _sha256(partial / name) for name in (THETA, FISHER)},
        }
        _write(partial / ABOUT, json.dumps(about, ensure_ascii=False, indent=2) + "\n")
        _replace(partial, final)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise AnchorError(
            str(final),
            expected="a folder that can be written",
            found=f"{error.strerror or error}",
            remedy="The trained model is saved. Free some space and train again, or continue without an anchor.",
        ) from error
    return final


def load(folder: Path) -> Anchor:
    """Read and verify an anchor; raises AnchorError naming the file that is absent, torn or altered."""
    about = _read_about(folder)
    for name, expected in about["files"].items():
        _verify(folder / name, expected)
    flat = load_file(folder / FISHER)
    fisher: list[Terms] = [{} for _ in about["terms"]]
    for key, value in flat.items():
        index, _, name = key.partition("/")
        fisher[int(index)][name] = value
    return Anchor(
        space=about["space"],
        form=about["form"],
        theta=load_file(folder / THETA),
        scalings=about["scalings"],
        fisher=tuple(fisher),
        about=about,
        where=str(folder),
    )


def _read_about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    if not path.is_file():
        raise AnchorError(
            str(folder),
            expected=f"an anchor ({ABOUT}, {THETA}, {FISHER})",
            found="no " + (ABOUT if folder.is_dir() else "such folder"),
            remedy="Train the previous stage with ewc_save: true, or name its output folder with ewc_anchor.",
        )
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _torn(path, f"text that is not JSON ({error})") from error
    if about.get("version") != VERSION:
        raise AnchorError(
            str(path),
            expected=f"version {VERSION} of the format",
            found=f"version {about.get('version')!r}",
            remedy="Make the anchor again with this version of llamafactory-ewc.",
        )
    absent = [key for key in REQUIRED if key not in about]
    if absent:
        raise _torn(path, f"no {', '.join(absent)}")
    return about


def _verify(path: Path, expected: str) -> None:
    if not path.is_file():
        raise _torn(path, "no such file")
    found = _sha256(path)
    if found != expected:
        raise _torn(path, f"{path.stat().st_size} bytes with sha256 {found[:12]}… instead of {expected[:12]}…")


def _torn(path: Path, found: str) -> AnchorError:
    return AnchorError(
        str(path),
        expected="the file as it was written",
        found=found,
        remedy="It is torn or was altered. Copy the anchor again from where it was made, or train that stage again.",
    )


def _replace(partial: Path, final: Path) -> None:
    old = final.with_name(f".{FOLDER}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        os.replace(final, old)
    os.replace(partial, final)
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def trace(terms: Mapping[str, Tensor], form: str) -> dict[str, float]:
    """Σᵢ Fᵢ of each layer or parameter, per supervised token."""
    if form == "factored":
        return {n.removesuffix(".rows"): float(v.sum()) for n, v in terms.items() if n.endswith(".rows")}
    return {name: float(value.sum()) for name, value in terms.items()}
