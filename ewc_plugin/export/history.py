"""Which part of a stage's folder goes into the folder of the exported model? What a next stage and a reader need.

`ewc/` whole, and of `stage_eval/` the matrix, its small files and the measured items of every row, so that changes can
still be tested where the folders of the stages are gone. A mark tells such a copy from a stage's own.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import anchor as anchors
from ewc_plugin import lineage, matrix
from ewc_plugin.atomic import write_json
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation import PREDICTIONS
from ewc_plugin.evaluation import recipe as recipes
from ewc_plugin.plan import continues_from
from ewc_plugin.shapes import is_there, read_object
from ewc_plugin.stage_evaluation import FOLDER
from ewc_plugin.visible import say

MARK = "ewc_export.json"
EARLIER = "earlier"  # of stage_eval: the items of the rows before the last
QUANTISED = ("quantization_bit", "quantization_method", "double_quantization", "quantization_type")


class ExportError(EwcError):
    """A history that cannot go with its model, or must not replace another."""


@dataclass(frozen=True)
class Export:
    """`source` is what a next stage would continue from: the last adapter, else the model."""

    source: Path
    target: Path
    model: str
    adapters: tuple[str, ...]
    template: str | None


def plan(model: Any, data: Any) -> Export | None:
    """What an export has to keep, None where there is no history; raises ExportError before a weight is loaded."""
    source, target = Path(continues_from(model)), Path(str(model.export_dir))
    found = Export(
        source, target, str(model.model_name_or_path), tuple(model.adapter_name_or_path or ()), data.template
    )
    _require_room(found)
    if not _has_history(source):
        for sentence in _why_none(found):
            say(f"EWC: {sentence}")
        return None
    if model.export_quantization_bit is not None:
        say("EWC: no history is kept: a stage cannot go on from quantised files, and its scores are of other weights")
        return None
    if (source / anchors.FOLDER).is_dir():
        anchors.examine(source / anchors.FOLDER)
    if (source / FOLDER / matrix.FILE).is_file():
        matrix.load(source / FOLDER / matrix.FILE)
    return found


def _has_history(folder: Path) -> bool:
    known = (Path(anchors.FOLDER, anchors.ABOUT), Path(FOLDER, matrix.FILE), Path(FOLDER, lineage.FILE))
    return any(is_there(folder / path) for path in known)


def _require_room(export: Export) -> None:
    """Another history may only be replaced by one, and only where an export had left it."""
    if not _has_history(export.target):
        return
    own = export.target.resolve() == export.source.resolve()
    if own or not (export.target / MARK).is_file():
        raise ExportError(
            f"export_dir {export.target}",
            expected="a new folder, or one that an export has left",
            found="the folder of the stage itself" if own else "a stage's own anchor or evaluation in it",
            remedy="Name another export_dir.",
        )
    if not _has_history(export.source):
        raise ExportError(
            f"export_dir {export.target}",
            expected="no anchor or evaluation of another model",
            found=f"those of an earlier export, while {export.source} has none to replace them",
            remedy=f"Name another export_dir, or delete {anchors.FOLDER}/, {FOLDER}/ and {MARK} in it.",
        )


def _why_none(export: Export) -> list[str]:
    """Where somebody might think that a history goes with the model, and it does not."""
    earlier = [name for name in export.adapters[:-1] if _has_history(Path(name))]
    if earlier:
        return [
            f"no history is kept: {export.source}, the last adapter, has none (that of {', '.join(earlier)} is older)"
        ]
    if export.source.name.startswith("checkpoint-") and _has_history(export.source.parent):
        return [
            f"no history is kept: the anchor in {export.source.parent} is of its final weights, not of "
            f"{export.source.name}; recipes/anchor.yaml makes one for the exported model"
        ]
    return []


# -- copying ---------------------------------------------------------------------------------------------------


def keep(export: Export) -> str:
    """Copy, in place of what an earlier export left; what was kept, in a sentence."""
    (export.target / MARK).unlink(missing_ok=True)
    kept = []
    if (export.source / anchors.FOLDER).is_dir():
        about = anchors.examine(_replaced(export, anchors.FOLDER, _copy_anchor))
        size = sum(entry["bytes"] for entry in about["files"].values())
        kept.append(f"the anchor of {', '.join(map(str, about.get('history', ())))} ({_megabytes(size)})")
    else:
        shutil.rmtree(export.target / anchors.FOLDER, ignore_errors=True)
    if (export.source / FOLDER).is_dir():
        folder = _replaced(export, FOLDER, _copy_evaluation)
        rows = len(matrix.load(folder / matrix.FILE)["rows"]) if (folder / matrix.FILE).is_file() else 0
        kept.append(f"the matrix of {rows} rows ({_megabytes(_size(folder))})" if rows else "the record of its stages")
    else:
        shutil.rmtree(export.target / FOLDER, ignore_errors=True)
    return f"{export.target} keeps {' and '.join(kept)}: a next stage continues from it by itself"


def _replaced(export: Export, name: str, copy: Any) -> Path:
    """The folder appears whole or not at all; on an error the one before is gone: it is of other weights."""
    partial, final = export.target / f".{name}.partial", export.target / name
    for folder in (partial, final):
        shutil.rmtree(folder, ignore_errors=True)
    copy(export.source / name, partial)
    partial.rename(final)
    return final


def _copy_anchor(source: Path, partial: Path) -> None:
    shutil.copytree(source, partial)


def _copy_evaluation(source: Path, partial: Path) -> None:
    partial.mkdir()
    for path in sorted(source.iterdir()):
        if path.is_file() and path.name not in (matrix.FILE, recipes.FILE):
            shutil.copy2(path, partial)
    recipe = recipes.load(source)
    if recipe is not None:  # the merged files are not quantised, whatever the stage was trained in
        recipes.changed(recipe, dict.fromkeys(QUANTISED)).save(partial)
    if (source / matrix.FILE).is_file():
        found = matrix.load(source / matrix.FILE)
        for index, row in enumerate(found["rows"]):
            own = partial if index == len(found["rows"]) - 1 else partial / EARLIER / str(index)
            _copy_items(row, own)
        matrix.save(found, partial / matrix.FILE)


def _copy_items(row: dict[str, Any], folder: Path) -> None:
    """The measured items of a row, and what its penalty came to; a row whose items are gone keeps saying so."""
    items = Path(row.get("predictions") or "/-")
    if not is_there(items):
        return
    row["predictions"] = str(shutil.copytree(items, folder.resolve() / PREDICTIONS))
    beside = items.parent / "ewc.json"
    if beside.is_file() and not (folder / "ewc.json").exists():
        shutil.copy2(beside, folder)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


# -- the mark --------------------------------------------------------------------------------------------------


def mark(export: Export, prompts: Mapping[str, Any]) -> None:
    write_json(
        export.target / MARK,
        {
            "source": str(export.source),
            "model": export.model,
            "adapters": list(export.adapters),
            "template": export.template,
            "prompts": dict(prompts),
        },
    )


def marked(folder: Path) -> dict[str, Any] | None:
    """What was exported into a folder; None where nothing was, or the mark cannot be read."""
    try:
        return read_object(folder / MARK)
    except ValueError:
        return None


@contextmanager
def in_words(export: Export) -> Iterator[None]:
    """What fails from here on is told with what is whole."""
    try:
        yield
    except (OSError, EwcError, json.JSONDecodeError) as problem:
        raise ExportError(
            str(export.target),
            expected=f"to keep the history of {export.source} and a model card beside the exported model",
            found=str(problem).rstrip("."),
            remedy="The model itself is exported and whole. Mend that and export again, or go on without: a next "
            "stage then needs ewc_anchor, and begins a new matrix.",
        ) from problem
