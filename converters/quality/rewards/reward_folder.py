"""What kind of reward model lies in a folder, or under a name of a hub? Told by its files, before any weight is loaded.

* `value_head`: what LLaMA-Factory saves with stage rm, a LoRA adapter or a whole model, with value_head.* beside it;
* `classifier`: a sequence classification model of transformers, or a LoRA adapter on one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from converters.contract import SourceError

VALUE_HEADS = ("value_head.safetensors", "value_head.bin")
CLASSIFIES = "ForSequenceClassification"


@dataclass(frozen=True)
class Found:
    """`adapter` is "" for whole models, `base` is the model itself then; `head` is the path of the value head."""

    kind: Literal["value_head", "classifier"]
    base: str
    adapter: str = ""
    head: str = ""


def recognised(path: str, *, base: str = "") -> Found:
    """Raises SourceError for what is no reward model."""
    head = next((found for name in VALUE_HEADS if (found := file_of(path, name))), "")
    adapter = _read(path, "adapter_config.json")
    if adapter is not None:
        return _adapter(path, adapter, base, head)
    config = _read(path, "config.json")
    if config is None:
        raise _none(path, _absent(path))
    if head:
        return Found("value_head", path, head=head)
    # code that comes with a model may call its class as it likes
    if any(CLASSIFIES in each for each in config.get("architectures") or ()) or config.get("auto_map"):
        return Found("classifier", path)
    raise _none(path, f"{', '.join(config.get('architectures') or ['no architecture'])} without a value head")


def _adapter(path: str, config: dict[str, Any], base: str, head: str) -> Found:
    beneath = base or str(config.get("base_model_name_or_path") or "")
    if not beneath:
        raise SourceError(
            path, expected="the model that the adapter stands on", found="no name of it", remedy="--reward-base PATH"
        )
    if head:
        return Found("value_head", beneath, path, head)
    if config.get("task_type") == "SEQ_CLS":
        return Found("classifier", beneath, path)
    raise _none(path, f"an adapter for {config.get('task_type')} without a value head")


def file_of(path: str, name: str) -> str:
    """Where a file of a model lies; "" if it has none."""
    from transformers.utils.hub import cached_file

    if Path(path).is_dir():
        return str(Path(path) / name) if (Path(path) / name).is_file() else ""
    try:
        return cached_file(path, name, _raise_exceptions_for_missing_entries=False) or ""
    except OSError:
        return ""


def _read(path: str, name: str) -> dict[str, Any] | None:
    where = file_of(path, name)
    if not where:
        return None
    try:
        found = json.loads(Path(where).read_text(encoding="utf-8"))
    except ValueError as error:
        raise SourceError(where, expected="a JSON object", found=str(error)) from error
    return found if isinstance(found, dict) else None


def _absent(path: str) -> str:
    if Path(path).is_dir():
        return "neither config.json nor adapter_config.json in this folder"
    return "no such folder, and no such name that can be reached"


def _none(path: str, found: str) -> SourceError:
    return SourceError(
        f"--reward-model {path}",
        expected=f"a model {CLASSIFIES}, or what LLaMA-Factory saved with stage rm ({' or '.join(VALUE_HEADS)})",
        found=found,
    )
