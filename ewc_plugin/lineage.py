"""Which stages led to this model, and on what was each trained? `stage_eval/stages.json`, an entry longer each stage.

Written after training, since registry and mixtures may be others by the time that somebody wants to know.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from ewc_plugin import mixture
from ewc_plugin.atomic import write_json
from ewc_plugin.errors import EwcError
from ewc_plugin.mixture import Mixture
from ewc_plugin.shapes import read_object, table_of

FILE = "stages.json"
VERSION = 1
OF_MIXTURE = ("mixture", "stage", "ratio", "total", "unit", "sampling", "seed", "groups", "licences")
OF_INPUT = ("dataset", "group", "weight", "taken", "repeats")
# what somebody who uses or repeats a stage asks for first
KEYS = (
    *("stage", "finetuning_type", "lora_rank", "lora_alpha", "lora_dropout", "lora_target", "quantization_bit"),
    *("learning_rate", "lr_scheduler_type", "warmup_steps", "warmup_ratio", "num_train_epochs", "max_steps"),
    *("per_device_train_batch_size", "gradient_accumulation_steps", "batch_tokens", "cutoff_len", "packing"),
    *("max_samples", "bf16", "fp16", "seed", "template"),
    *("ewc_lambda", "ewc_budget", "ewc_form", "ewc_stages", "ewc_gamma", "ewc_fisher", "ewc_fisher_samples"),
)

PACKAGES = ("llamafactory-ewc", "llamafactory", "transformers", "peft", "torch", "deepspeed", "bitsandbytes")

Stage = dict[str, Any]


class LineageError(EwcError):
    """A record of earlier stages that cannot be read."""


def read(folder: Path) -> list[Stage]:
    """The stages recorded in a `stage_eval` folder, oldest first; empty where there is no record."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        found = read_object(path)
        stages = found["stages"]
        if (
            found["version"] != VERSION
            or not isinstance(stages, list)
            or not all(table_of(s).get("label") for s in stages)
        ):
            raise ValueError(f"version {found['version']}, or stages without a label")
    except (ValueError, KeyError) as problem:
        raise LineageError(
            str(path),
            expected=f"the record of earlier stages, version {VERSION}",
            found=f"{type(problem).__name__}: {problem}",
            remedy="Take it again from the stage before, or delete it: the model card then begins with this stage.",
        ) from problem
    return stages


def write(earlier: Sequence[Stage], stage: Stage, folder: Path) -> None:
    """`earlier` and this stage; one of the same name was trained again and is replaced."""
    kept = [one for one in earlier if one["label"] != stage["label"]]
    write_json(folder / FILE, {"version": VERSION, "stages": [*kept, stage]})


def keys(*groups: Any) -> dict[str, Any]:
    """`KEYS` of the host's parsed arguments, those that are set."""
    found = {key: getattr(group, key) for key in KEYS for group in groups if hasattr(group, key)}
    values = {key: getattr(value, "value", value) for key, value in found.items() if value not in (None, False, -1)}
    return {k: sorted(map(str, v)) if isinstance(v, set) else v for k, v in values.items()}


def amounts(folder: Path, dataset: Any) -> dict[str, Any]:
    """Sequences in the trainer (packed or not), and per group the examples and supervised tokens where counted."""
    # a stream does not know how long it is
    found: dict[str, Any] = {"sequences": len(dataset)} if hasattr(dataset, "__len__") else {}
    path = folder / "trained_on.json"
    if path.is_file():
        account = read_object(path)
        found |= {key: account[key] for key in ("trained", "supervised_tokens_in_the_trainer") if key in account}
    return found


def versions() -> dict[str, str]:
    """Of the packages whose change may change a result; those that are installed."""
    found = {}
    for name in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def of_mixture(found: Mixture, dataset_dir: Path) -> dict[str, Any]:
    """What a reader wants to know of a mixture: ratio, datasets with weight, licence and origin, obligations."""
    entries = mixture.registry(dataset_dir)
    inputs = [
        {**{key: one.get(key) for key in OF_INPUT}, **_rights(table_of(entries.get(one["dataset"])))}
        for one in found.manifest["inputs"]
    ]
    return {**{k: found.manifest[k] for k in OF_MIXTURE if k in found.manifest}, "inputs": inputs}


def of_datasets(names: Sequence[str], dataset_dir: Path) -> list[dict[str, Any]]:
    """Datasets that are no mixture of ours, as the registry knows them."""
    entries = mixture.registry(dataset_dir)
    return [{"dataset": name, **_rights(table_of(entries.get(name)))} for name in names]


def _rights(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Also the address of a dataset that the host fetches from a hub."""
    own = {key: entry[key] for key in ("licence", "origin", "hf_hub_url", "ms_hub_url") if entry.get(key)}
    return {str(key): str(value) for key, value in own.items()}
