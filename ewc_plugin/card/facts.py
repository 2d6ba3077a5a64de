"""What is known of a model from its folder? Stages, matrix, anchor and export, each absent where it was not left."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import anchor as anchors
from ewc_plugin import lineage
from ewc_plugin.errors import EwcError
from ewc_plugin.evaluation import recipe as recipes
from ewc_plugin.export import history, prompts
from ewc_plugin.lineage import Stage
from ewc_plugin.matrix import FILE as MATRIX
from ewc_plugin.report.data import ReportData, read_report
from ewc_plugin.shapes import read_object, table_of
from ewc_plugin.stage_evaluation import FOLDER

ADAPTER = "adapter_config.json"
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]*[A-Za-z0-9]")


class CardError(EwcError):
    """A folder of which nothing can be said."""


@dataclass(frozen=True)
class Facts:
    """base: name of the model that the first stage began from. serves: what a server loads below an adapter."""

    folder: Path
    kind: str  # adapter, merged or full
    base: str
    serves: str
    template: str
    stages: Sequence[Stage]
    report: ReportData | None
    anchor: Mapping[str, Any]
    prompts: prompts.Compared | None
    quantised: bool

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def base_on_hub(self) -> str | None:
        return self.base if is_hub_name(self.base) else None


def is_hub_name(name: str) -> bool:
    return bool(HUB_NAME.fullmatch(name)) and not Path(name).exists()


def read(folder: Path) -> Facts:
    """Raises CardError where no stage of ours has left anything, and EwcError for what is torn."""
    where = folder / FOLDER
    stages = lineage.read(where)
    if not stages and not (where / MATRIX).is_file():
        raise CardError(
            str(folder),
            expected=f"the folder of a stage or of an exported model ({FOLDER}/{lineage.FILE})",
            found="none" if folder.is_dir() else "no such folder",
            remedy="Train with ewc_save or stage_eval and name its output_dir, or an export_dir of that.",
        )
    exported, recipe = history.marked(folder), recipes.load(folder)
    began = table_of(stages[-1].get("began_from")) if stages else {}
    serves = str((exported or {}).get("model") or began.get("model") or (recipe and recipe.model_name_or_path) or "")
    anchor = folder / anchors.FOLDER
    keys = table_of(stages[-1].get("keys")) if stages else {}
    return Facts(
        folder=folder,
        kind="adapter" if (folder / ADAPTER).is_file() else "merged" if (exported or {}).get("adapters") else "full",
        base=_base(stages, serves),
        serves=serves,
        template=str((exported or {}).get("template") or keys.get("template") or (recipe and recipe.template) or ""),
        stages=stages,
        report=read_report(folder) if (where / MATRIX).is_file() else None,
        anchor=read_object(anchor / anchors.ABOUT) if (anchor / anchors.ABOUT).is_file() else {},
        prompts=prompts.from_json(table_of(exported["prompts"])) if exported and "prompts" in exported else None,
        quantised=any(table_of(stage.get("keys")).get("quantization_bit") for stage in stages),
    )


def _base(stages: Sequence[Stage], serves: str) -> str:
    """Of the first stage; a later one may have begun from an exported or a fully tuned model."""
    return str(table_of(stages[0].get("began_from")).get("model") or serves) if stages else serves
