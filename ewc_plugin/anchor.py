"""What does one stage leave for the next? θ*, F and where they come from, in `<output_dir>/ewc/`.

`anchor.safetensors` holds θ* and samples of the frozen weights under it, `fisher.safetensors` the terms of F,
`probe.safetensors` some of the old data as tokens, `ewc.json` everything that a person or a check wants to know, with
the checksums of the others. The folder appears whole or not at all; no pickle anywhere.
"""

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ewc_plugin import tensors
from ewc_plugin.errors import AnchorError
from ewc_plugin.fisher import Example

VERSION = 2
FOLDER, ABOUT = "ewc", "ewc.json"
THETA, FISHER, PROBE = "anchor", "fisher", "probe"
REQUIRED = ("version", "space", "centres", "terms", "files")
EARLY = 1 << 30  # bytes up to which checksums are verified before a model is loaded

Terms = Mapping[str, Tensor]


@dataclass(frozen=True)
class Term:
    """One stage's F: its form, the number of the centre that it is around, its tensors and their provenance."""

    form: str
    fisher: Terms
    centre: int = 0
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Anchor:
    """The centres (θ* of the newest stage first), the terms of F around them (oldest first), and their provenance.

    base: samples of the frozen weights that the update stands on, by layer; empty in `weights` without frozen ones.
    probe: some of the examples that F was estimated on, for the KL that the next stage measures.
    """

    space: str
    centres: tuple[Terms, ...]
    terms: tuple[Term, ...]
    base: Terms = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    probe: tuple[Example, ...] = ()
    where: str = "a new anchor"

    @property
    def theta(self) -> Terms:
        """θ* of the newest stage."""
        return self.centres[0]


# -- combining stages ------------------------------------------------------------------------------------------


def online(earlier: Sequence[Term], new: Term, *, gamma: float) -> tuple[Term, ...]:
    """F ← γ F_earlier + F_new around the newest θ* (Schwarz et al. 2018, eq. 9): a sum where that is closed.

    Diagonals add up. A sum of Kronecker products, or of rank-one matrices, is not one: these stay a list.
    """
    if gamma == 0:
        return (new,)
    aged = [scaled(replace(term, centre=0), gamma) for term in earlier]
    if new.form != "dense":
        return (*aged, new)
    closed = [term for term in aged if term.form == "dense" and set(term.fisher) == set(new.fisher)]
    rest = [term for term in aged if not any(term is one for one in closed)]
    for term in closed:
        total = tensors.Lazy(new.fisher, functools.partial(_sum, new.fisher, term.fisher))
        new = replace(new, fisher=total, about={**new.about, "sum_of": [*_stages(term), *_stages(new)]})
    return (*rest, new)


def _sum(new: Terms, old: Terms, name: str) -> Tensor:
    return new[name] + old[name]


def separate(earlier: Sequence[Term], new: Term) -> tuple[Term, ...]:
    """Each stage around its own θ* (Kirkpatrick et al. 2017): the earlier centres move up by one."""
    return (*(replace(term, centre=term.centre + 1) for term in earlier), new)


def scaled(term: Term, factor: float) -> Term:
    """The term times a number: every form is linear in what it stores, a Kronecker product in one of its factors."""

    def value(name: str, stored: Tensor) -> Tensor:
        if name.endswith((".C.U", ".C.d")):
            return stored
        return stored * (factor**0.5 if name.endswith(".G.U") else factor)

    about = {**term.about, "decay": factor * term.about.get("decay", 1.0)}
    return replace(term, fisher=tensors.Lazy(term.fisher, lambda name: value(name, term.fisher[name])), about=about)


def _stages(term: Term) -> list[Any]:
    return list(term.about.get("sum_of", [term.about.get("stage")]))


def trace(term: Term) -> dict[str, float]:
    """Σᵢ Fᵢ of each layer or parameter, per supervised token."""
    fisher = term.fisher
    if term.form == "factored":
        return {n.removesuffix(".rows"): float(v.sum()) for n, v in fisher.items() if n.endswith(".rows")}
    if term.form == "kronecker":
        names = [n.removesuffix(".G.d") for n in fisher if n.endswith(".G.d")]
        return {n: _factor_trace(fisher, f"{n}.G") * _factor_trace(fisher, f"{n}.C") for n in names}
    return {name: float(value.float().sum()) for name, value in fisher.items()}


def _factor_trace(fisher: Terms, name: str) -> float:
    return float(fisher[f"{name}.U"].float().square().sum() + fisher[f"{name}.d"].float().sum())


# -- writing ---------------------------------------------------------------------------------------------------


def save(anchor: Anchor, output_dir: Path, *, writes: bool = True) -> Path:
    """Write `<output_dir>/ewc/` by renaming a complete folder into place; an anchor already there is replaced.

    Tensors that are shared out over ranks are gathered one at a time as they are written, so every rank has to call
    this; only one of them `writes`.
    """
    final, partial = output_dir / FOLDER, output_dir / f".{FOLDER}.partial"
    if not writes:
        for items in (_theta(anchor), _fisher(anchor)):
            for _ in items:
                pass
        return final
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        files = tensors.write(_theta(anchor), partial, THETA)
        files += tensors.write(_fisher(anchor), partial, FISHER)
        files += tensors.write(_probe(anchor.probe), partial, PROBE) if anchor.probe else []
        about = {
            "version": VERSION,
            "space": anchor.space,
            "centres": len(anchor.centres),
            "terms": [{"form": term.form, "centre": term.centre, **term.about} for term in anchor.terms],
            **anchor.about,
            "files": {
                name: {"bytes": (partial / name).stat().st_size, "sha256": _sha256(partial / name)} for name in files
            },
        }
        _write(partial / ABOUT, json.dumps(about, ensure_ascii=False, indent=2) + "\n")
        _replace(partial, final)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise AnchorError(
            str(final),
            expected="a folder that can be written",
            found=f"{error.strerror or error}",
            remedy="The trained model is saved. Free some space and train again, or make the anchor with ewc_estimate.",
        ) from error
    return final


def _theta(anchor: Anchor) -> Iterator[tuple[str, Tensor]]:
    for index, centre in enumerate(anchor.centres):
        yield from ((f"{index}/{name}", centre[name]) for name in centre)
    yield from ((f"base/{name}", anchor.base[name]) for name in anchor.base)


def _fisher(anchor: Anchor) -> Iterator[tuple[str, Tensor]]:
    for index, term in enumerate(anchor.terms):
        yield from ((f"{index}/{name}", term.fisher[name]) for name in term.fisher)


def _probe(examples: Sequence[Example]) -> list[tuple[str, Tensor]]:
    def flat(rows: list[Sequence[int]]) -> Tensor:
        return torch.tensor([value for row in rows for value in row], dtype=torch.int32)

    lengths = torch.tensor([len(e.ids) for e in examples], dtype=torch.int32)
    return [
        ("ids", flat([e.ids for e in examples])),
        ("labels", flat([e.labels for e in examples])),
        ("lengths", lengths),
    ]


# -- reading ---------------------------------------------------------------------------------------------------


def examine(folder: Path) -> dict[str, Any]:
    """`ewc.json`, once its files are seen to be there whole; checksums of large anchors are left to `load`."""
    about = _read_about(folder)
    sizes = {name: entry["bytes"] for name, entry in about["files"].items()}
    for name, entry in about["files"].items():
        _verify(folder / name, entry, checksum=sum(sizes.values()) <= EARLY)
    return about


def load(folder: Path) -> Anchor:
    """Read and verify an anchor; raises AnchorError naming the file that is absent, torn or altered."""
    about = _read_about(folder)
    for name, entry in about["files"].items():
        _verify(folder / name, entry, checksum=True)
    theta, fisher = (_stored(folder, about, stem) for stem in (THETA, FISHER))
    known = ("form", "centre")
    terms = tuple(
        Term(t["form"], fisher.under(f"{index}/"), t["centre"], {k: v for k, v in t.items() if k not in known})
        for index, t in enumerate(about["terms"])
    )
    return Anchor(
        space=about["space"],
        centres=tuple(theta.under(f"{index}/") for index in range(about["centres"])),
        terms=terms,
        base=theta.under("base/"),
        about=about,
        probe=_examples(_stored(folder, about, PROBE)),
        where=str(folder),
    )


def _stored(folder: Path, about: Mapping[str, Any], stem: str) -> tensors.StoredTensors:
    names = [name for name in about["files"] if name == f"{stem}.safetensors" or name.startswith(f"{stem}-")]
    return tensors.StoredTensors([folder / name for name in names])


def _examples(stored: Mapping[str, Tensor]) -> tuple[Example, ...]:
    if not stored:
        return ()
    lengths = stored["lengths"].tolist()
    ids, labels = (torch.split(stored[name], lengths) for name in ("ids", "labels"))
    return tuple(Example(tuple(i.tolist()), tuple(n.tolist())) for i, n in zip(ids, labels, strict=True))


def _read_about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    if not path.is_file():
        raise AnchorError(
            str(folder),
            expected=f"an anchor ({ABOUT} and its safetensors)",
            found="no " + (ABOUT if folder.is_dir() else "such folder"),
            remedy="Train the previous stage with ewc_save: true, name its output folder with ewc_anchor, or make an "
            "anchor for this model with ewc_estimate: true (recipes/anchor.yaml).",
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
            remedy="Make the anchor again with this version of llamafactory-ewc (ewc_estimate: true).",
        )
    absent = [key for key in REQUIRED if key not in about]
    if absent:
        raise _torn(path, f"no {', '.join(absent)}")
    return about


def _verify(path: Path, entry: Mapping[str, Any], *, checksum: bool) -> None:
    if not path.is_file():
        raise _torn(path, "no such file")
    size = path.stat().st_size
    if size != entry["bytes"]:
        raise _torn(path, f"{size} bytes instead of {entry['bytes']}")
    if checksum and (found := _sha256(path)) != entry["sha256"]:
        raise _torn(path, f"sha256 {found[:12]}… instead of {entry['sha256'][:12]}…")


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
