"""What does a recipe say? Its keys, parsed and checked as the host does, before any device is touched."""

import difflib
import os
from dataclasses import fields
from typing import Any

from ewc_plugin.arguments import KEYS
from ewc_plugin.batch import keys as batch_keys
from ewc_plugin.errors import ArgumentsError
from ewc_plugin.host.names import PARSER, imported


def keys_of(raw: Any) -> dict[str, Any]:
    """The keys of a recipe or a command line, the latter's without their values."""
    if isinstance(raw, dict):
        return {str(key): value for key, value in raw.items() if value is not None}
    # the host's command line knows each key with hyphens too
    return {word[2:].split("=")[0].replace("-", "_"): word for word in raw if word.startswith("--")}


def suggest(raw: Any, known: list[str]) -> None:
    """A misspelt key of ours gets its right name; any other unknown key is left to the host."""
    for key in keys_of(raw):
        close = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.75)
        if key not in known and (close or key.startswith(("ewc_", "stage_eval"))):
            meant = f"Did you mean {close[0]}?" if close else f"Our keys are {', '.join(KEYS)}."
            raise ArgumentsError(f"key {key}", expected="a known key", found="an unknown one", remedy=meant)


def cutoff_of(data: Any, given: dict[str, Any]) -> int:
    """The recipe's own cutoff_len: the host takes one off as soon as it reads that it shall pack.

    Not so where it packs by itself (stage pt).
    """
    return int(data.cutoff_len) + bool(data.packing and (data.neat_packing or "packing" in given))


def unprepared(raw: Any) -> tuple[Any, Any, Any, Any, Any]:
    """The host's five groups of arguments with their defaults, as they are before a device or a process group is made.

    Unknown keys are left to the host. What it checks or alters after parsing is neither checked nor altered here.
    """
    from transformers import HfArgumentParser

    module = imported(PARSER)

    class TrainingArguments(module.TrainingArguments):
        local_process_index = property(lambda _: int(os.environ.get("LOCAL_RANK", "0")))

        def __post_init__(self) -> None:  # would choose a device, start DeepSpeed, refuse bf16 without a GPU
            return

    groups = [TrainingArguments if group is module.TrainingArguments else group for group in module._TRAIN_ARGS]
    parser = HfArgumentParser(groups)
    if isinstance(raw, dict):
        return parser.parse_dict(raw, allow_extra_keys=True)
    return parser.parse_args_into_dataclasses(args=raw, return_remaining_strings=True)[:5]


def unknown(raw: dict[str, Any]) -> dict[str, str]:
    """Each key of a recipe that neither the host nor we have, with a sentence; none where the host takes them all."""
    module = imported(PARSER)
    if module.is_env_enabled("ALLOW_EXTRA_ARGS"):
        return {}
    names = [f.name for group in module._TRAIN_ARGS for f in fields(group)]
    found = {key: difflib.get_close_matches(key, names, n=1) for key in keys_of(raw) if key not in names}
    return {key: f"unknown key {key}" + (f"; did you mean {near[0]}?" if near else "") for key, near in found.items()}


def examined(raw: dict[str, Any]) -> tuple[tuple[Any, ...], int]:
    """(a recipe's arguments as the host parses and checks them, its cutoff_len), without starting anything.

    DeepSpeed would change how this process loads models, and it and a ddp_backend want torchrun; a batch in tokens is
    reckoned later.
    """
    module, given = imported(PARSER), keys_of(raw)
    kept = {key: value for key, value in raw.items() if key not in ("deepspeed", "ddp_backend")}
    parsed = module.get_train_args.__wrapped__({**kept, "overwrite_output_dir": True})
    if batch_keys.OURS in given:
        batch_keys.check(parsed[3].batch_tokens, parsed[2], parsed[3], given)
    return parsed, cutoff_of(parsed[1], given)


def examined_export(raw: dict[str, Any]) -> None:
    """Raise what the host has against the keys of an export; nothing is exported or noted."""
    imported(PARSER).get_infer_args.__wrapped__(raw)
