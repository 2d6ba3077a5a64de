"""Which checkpoint may a run continue from? The newest that was written to its end by a run of the same penalty.

The host writes a checkpoint in place and resumes from the highest number, also from one that a kill tore. A marker,
written last and atomically, lists every file with its size; what lacks it, or a file of it, is torn. It also holds
what the weights were trained with: λ, the anchors, the state of `ewc_lambda: auto`. This module reads and writes
markers and chooses; it knows files, not trainers.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ewc_plugin import conditions
from ewc_plugin.atomic import write_json
from ewc_plugin.conditions import Conditions, Difference
from ewc_plugin.errors import EwcError

if TYPE_CHECKING:  # torch is not needed to look at checkpoints
    from ewc_plugin.ranks import Ranks

MARKER = "ewc_checkpoint.json"
VERSION = 2
READABLE = (1, VERSION)  # 1 has no conditions
STATE = "trainer_state.json"  # the last file that the host writes
OPTIMIZER = ("optimizer.pt", "global_step")  # the host's own, and DeepSpeed's folder: without, only weights come back
HASHED = 1 << 20  # bytes up to which a file is compared by content, not only by size
SHOWN = 3  # faults that an error lists per checkpoint
NUMBERED = re.compile(r"^checkpoint-(\d+)$")


class CheckpointError(EwcError):
    """There is a checkpoint, but the run cannot continue from it; nothing was trained."""


@dataclass(frozen=True)
class Regime:
    """What the weights of a run are trained with; a resumed run must have the same."""

    strength: float | str  # λ, or "auto"
    budget: float | None
    anchors: tuple[tuple[str, str], ...]  # folder, sha256 of its ewc.json
    conditions: Conditions | None = None  # all else; None where only the penalty is known

    def as_json(self) -> dict[str, Any]:
        anchors = [{"folder": folder, "sha256": sha256} for folder, sha256 in self.anchors]
        known = {} if self.conditions is None else {"conditions": self.conditions.as_json()}
        return {"lambda": self.strength, "budget": self.budget, "anchors": anchors, **known}


@dataclass(frozen=True)
class Found:
    """A checkpoint as it lies on the disk; `faults` is empty when it is complete."""

    path: Path
    faults: tuple[str, ...]
    marker: Mapping[str, Any] | None


@dataclass(frozen=True)
class Choice:
    """Where to continue (None: nowhere, start anew), the marker that lies there, and a line about what was decided."""

    path: Path | None
    marker: Mapping[str, Any] | None = None
    note: str = ""


# -- markers ---------------------------------------------------------------------------------------------------


def mark(folder: Path, *, step: int, run: str, regime: Regime, controller: Mapping[str, Any] | None) -> None:
    """Declare a checkpoint complete: to be called when every rank has written everything."""
    files = {str(path.relative_to(folder)): _measured(path) for path in _files(folder)}
    marker = {
        "version": VERSION,
        "step": step,
        "run": run,
        **regime.as_json(),
        "controller": controller,
        "weights_only": not any(name.startswith(OPTIMIZER) for name in files),
        "files": files,
    }
    write_json(folder / MARKER, marker)


def unmark(folder: Path) -> None:
    """Before a folder is written again: a kill would leave old and new files under the old marker."""
    (folder / MARKER).unlink(missing_ok=True)


def examined(folder: Path) -> Found:
    """What lies in a folder, compared with its marker."""
    path = folder / MARKER
    if not folder.is_dir():
        return Found(folder, ("no such folder",), None)
    if not path.is_file():
        at_its_end = (folder / STATE).is_file()
        reason = f"{MARKER} is absent" if at_its_end else f"{STATE} and {MARKER}, which are written last, are absent"
        return Found(folder, (reason,), None)
    try:
        marker = json.loads(path.read_text(encoding="utf-8"))
        files = {str(name): (int(was["bytes"]), was.get("sha256")) for name, was in marker["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return Found(folder, (f"{MARKER} cannot be read ({type(error).__name__}: {error})",), None)
    if marker.get("version") not in READABLE:
        return Found(folder, (f"{MARKER} has version {marker.get('version')!r}, not {VERSION}",), None)
    faults = (_fault(folder / name, name, *was) for name, was in files.items())
    return Found(folder, tuple(fault for fault in faults if fault), marker)


def _files(folder: Path) -> list[Path]:
    # neither the marker nor what a kill left of writing one (see atomic.py)
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith((MARKER, f".{MARKER}")))


def _measured(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    return {"bytes": size, "sha256": _sha256(path)} if size <= HASHED else {"bytes": size}


def _fault(path: Path, name: str, size: int, sha256: str | None) -> str:
    if not path.is_file():
        return f"{name} is absent"
    found = path.stat().st_size
    if found != size:
        return f"{name} has {found} of {size} bytes"
    return f"{name} was altered" if sha256 and _sha256(path) != sha256 else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# -- the choice ------------------------------------------------------------------------------------------------


def choose(
    requested: str | bool | None, *, automatic: bool, output_dir: Path, ranks: "Ranks", run: str | None = None
) -> Choice:
    """The checkpoint that a run continues from, the same on every rank; raises CheckpointError on every rank.

    `requested` is the host's `resume_from_checkpoint`; `automatic` says that the host set it, not the recipe. A
    checkpoint counts as complete when every rank finds it so. `run` is the one that was begun last in the folder, if
    that is known: those of earlier ones are passed over.
    """
    if not requested:
        return Choice(None)
    named = None if automatic or requested is True else Path(str(requested))
    folder = output_dir if named is None else named.parent
    found = _agreed([examined(path) for path in _candidates(folder, named)], ranks)
    return _newest(folder, found, run) if named is None else _as_named(named, found)


def _candidates(folder: Path, named: Path | None) -> list[Path]:
    """Newest first; the one that was named is looked at even if it has another name."""
    content = list(folder.iterdir()) if folder.is_dir() else []
    numbered = {int(m.group(1)): p for p in content if (m := NUMBERED.match(p.name)) and p.is_dir()}
    paths = [numbered[step] for step in sorted(numbered, reverse=True)]
    return paths if named is None or named in paths else [named, *paths]


def _agreed(mine: Sequence[Found], ranks: "Ranks") -> list[Found]:
    """Rank 0's list, with the faults that any rank found; on every rank."""
    views = [{found.path: found for found in view} for view in ranks.gather([list(mine)])]
    merged = [_merged(found, [view.get(found.path) for view in views]) for found in mine]
    everywhere: list[Found] = ranks.broadcast(merged)
    return everywhere


def _merged(mine: Found, views: Sequence[Found | None]) -> Found:
    faults = [f for rank, view in enumerate(views) for f in (view.faults if view else (f"rank {rank} lacks it",))]
    return Found(mine.path, tuple(dict.fromkeys(faults)), mine.marker)


def _newest(folder: Path, found: Sequence[Found], run: str | None) -> Choice:
    complete = [f for f in found if not f.faults]
    if not found:
        return Choice(None, note=f"no checkpoint in {folder}: training starts anew")
    if not complete:
        raise CheckpointError(
            str(folder),
            expected=f"a checkpoint that was written to its end ({MARKER} is written last)",
            found="; ".join(_described(f) for f in found[:SHOWN]),
            remedy=_way_out(found),
        )
    of_the_last = [f for f in complete if f.marker is not None and f.marker["run"] == run] if run else complete
    if not of_the_last:
        return Choice(None, note=f"the checkpoints in {folder} are of an earlier run: training starts anew")
    chosen = of_the_last[0]
    _require_one_run(of_the_last)
    torn = [f for f in found[: found.index(chosen)] if f.faults]
    note = f"{'; '.join(_described(f) for f in torn)}: resuming from {chosen.path.name}" if torn else ""
    return Choice(chosen.path, chosen.marker, "; ".join(filter(None, (note, _weights_only(chosen)))))


def _as_named(named: Path, found: Sequence[Found]) -> Choice:
    it = next(f for f in found if f.path == named)
    if not it.faults:
        return Choice(named, it.marker, _weights_only(it))
    complete = [f.path for f in found if not f.faults]
    raise CheckpointError(
        f"resume_from_checkpoint {named}",
        expected=f"a checkpoint that was written to its end ({MARKER} is written last)",
        found=_described(it),
        remedy=f"The newest complete one beside it is {complete[0]}: name that." if complete else _way_out([it]),
    )


def _described(found: Found) -> str:
    more = f" and {len(found.faults) - SHOWN} more" if len(found.faults) > SHOWN else ""
    word = "is torn" if found.marker is not None or not _whole_without_marker(found) else "has no marker"
    return f"{found.path.name} {word} ({', '.join(found.faults[:SHOWN])}{more})"


def _whole_without_marker(found: Found) -> bool:
    return found.faults == (f"{MARKER} is absent",)


def _way_out(found: Sequence[Found]) -> str:
    anew = "To train this stage anew, set overwrite_output_dir: true or name another output_dir."
    unmarked = [f.path for f in found if _whole_without_marker(f)]
    if not unmarked:
        return f"Nothing here can be continued. {anew}"
    return (
        f"If {unmarked[0].name} was written by a run without the keys of llamafactory-ewc: finish that run without "
        "them, or begin this stage from its weights (adapter_name_or_path or model_name_or_path: "
        f"{unmarked[0]}) in another output_dir. {anew}"
    )


def _weights_only(found: Found) -> str:
    if found.marker is None or not found.marker.get("weights_only"):
        return ""
    return f"{found.path.name} holds weights only (save_only_model): optimiser and random state start anew"


def _require_one_run(complete: Sequence[Found]) -> None:
    """Two runs in one folder (`overwrite_output_dir`): the highest number need not be of the last one."""
    of = {found.marker["run"]: found.path.name for found in reversed(complete) if found.marker is not None}
    if len(of) > 1:
        raise CheckpointError(
            str(complete[0].path.parent),
            expected="checkpoints of one run",
            found=f"those of {len(of)}: {', '.join(of.values())}",
            remedy="Name the one to continue with resume_from_checkpoint, or delete those of the earlier run.",
        )


# -- the same run ----------------------------------------------------------------------------------------------


def require_same(marker: Mapping[str, Any], regime: Regime, *, where: Path) -> None:
    """Raise CheckpointError, naming both, when weights would be trained on otherwise than before."""
    refuse(differences(marker, regime), where=where)


def refuse(found: Sequence[Difference], *, where: Path) -> None:
    """Nothing where nothing differs; else what it was, what it is, and what to type."""
    if not found:
        return
    back = " ".join(each.words for each in found if each.words)
    typed = f" ({back} behind the recipe)" if back else ""
    raise CheckpointError(
        str(where),
        expected="; ".join(f"{each.what} {each.was}" for each in found) + ", with which it was trained",
        found="; ".join(f"{each.what} {each.now}" for each in found),
        remedy=f"Put back what it was trained with{typed}, or train this stage anew with overwrite_output_dir=true or "
        "another output_dir. Nothing was changed.",
    )


def differences(was: Mapping[str, Any], regime: Regime, *, by_recipe: bool = False) -> list[Difference]:
    """What a marker (or another regime as JSON) has otherwise; a marker of version 1 knows the penalty alone."""
    found = []
    if was["lambda"] != regime.strength:
        words = f"ewc_lambda={_strength(was['lambda'])}"
        found.append(Difference("ewc_lambda", _strength(was["lambda"]), _strength(regime.strength), words))
    if was["budget"] != regime.budget:
        words = "" if was["budget"] is None else f"ewc_budget={was['budget']:g}"
        found.append(Difference("ewc_budget", str(was["budget"]), str(regime.budget), words))
    anchors = [(str(a["folder"]), str(a["sha256"])) for a in was["anchors"]]
    # an anchor that was moved is the same anchor
    if [sha256 for _, sha256 in anchors] != [sha256 for _, sha256 in regime.anchors]:
        found.append(Difference("ewc_anchor", _anchors(anchors), _anchors(regime.anchors)))
    if "conditions" in was and regime.conditions is not None:
        found += conditions.differences(was["conditions"], regime.conditions, by_recipe=by_recipe)
    return found


def _strength(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _anchors(anchors: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{folder} (sha256 {sha256[:12]}…)" for folder, sha256 in anchors) or "none"
