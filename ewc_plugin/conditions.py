"""What decides which weights a run ends with? Its keys, data and beginning, as a value that can be compared.

A run may be continued, or counts as finished, under other keys exactly when it ends as a run that had these keys from
its first step. So keys that only say how it is watched, saved or spread over machines are left out here; every other
key of the host counts, also one that a newer host brings. Knows the host's parsed arguments as plain attributes.
"""

import dataclasses
import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewc_plugin import arguments, mixture
from ewc_plugin.identity import fingerprint

# Beginnings of names of keys that do not change what is trained; what is neither here nor below does.
WITHOUT_EFFECT = (
    # where things are put, what is written, and who is told
    *("output_dir", "overwrite_", "logging_", "log_", "save_", "report_to", "run_name", "project", "trackio_", "hub_"),
    *("push_to_hub", "swanlab_", "use_swanlab", "plot_loss", "disable_tqdm", "print_param_status", "debug"),
    *("export_", "enable_torch_profiler", "profile", "skip_memory_metrics", "include_", "resume_from_checkpoint"),
    *("cache_dir", "hf_hub_token", "ms_hub_token", "om_hub_token", "trust_remote_code", "enable_jit_checkpoint"),
    *("restore_callback_states", "ignore_data_skip"),
    # evaluation and generation
    *("eval_", "do_", "per_device_eval_batch_size", "prediction_loss_only", "batch_eval_metrics", "bf16_full_eval"),
    *("fp16_full_eval", "predict_with_generate", "generation_", "compute_accuracy", "infer_", "vllm_", "sglang_"),
    *("use_kv_cache", "use_cache", "sortish_sampler"),
    # memory, speed and the machines: the same sums in another order
    *("preprocessing_num_workers", "data_shared_file_system", "tokenized_path", "overwrite_cache", "dataloader_"),
    *("ddp_", "fsdp", "deepspeed", "accelerator_config", "parallelism_config", "local_rank", "ray_", "master_"),
    *("use_cpu", "tf32", "full_determinism", "torch_compile", "torch_empty_cache_steps", "gradient_checkpointing"),
    *("disable_gradient_checkpointing", "use_reentrant_gc", "use_unsloth_gc", "low_cpu_mem_usage", "offload_folder"),
    *("flash_attn", "enable_liger_kernel", "use_liger_kernel", "liger_kernel_config", "auto_find_batch_size"),
    *("use_v1_kernels", "remove_unused_columns", "label_names", "use_mca"),
    # compared in another way below: by content, or by their product
    *("model_name_or_path", "adapter_name_or_path", "adapter_folder", "dataset_dir", "media_dir"),
    *("per_device_train_batch_size", "gradient_accumulation_steps", "batch_tokens"),
)
WITH_EFFECT = ("dataloader_drop_last",)  # although its name begins like those above
OF_AUTO = ("eval_dataset", "eval_strategy", "eval_steps")  # the losses that λ = auto follows
OF_THE_PENALTY = ("ewc_space",)  # λ, budget and anchors are compared by value and content (see checkpoints.py)
LENGTH = ("num_train_epochs", "max_steps")


@dataclass(frozen=True)
class Conditions:
    """`step`: examples (packed sequences) of one optimiser step, in all `processes`; `keys`: those not at defaults."""

    keys: Mapping[str, Any]
    data: Mapping[str, Mapping[str, Any]]  # dataset → sha256 of its file, and of a mixture its number of examples
    start: Mapping[str, str | None]  # model or adapter that training began from → fingerprint, None for a hub's name
    step: int
    processes: int
    batch_tokens: int | None  # makes `step` from the number of processes
    after: Mapping[str, Any]  # keys of ours that act when the last step is done

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return found


@dataclass(frozen=True)
class Difference:
    """What it was, what it is, and the words that put it back on the command line (empty: no words can)."""

    what: str
    was: str
    now: str
    words: str = ""


def conditions(model: Any, data: Any, training: Any, finetuning: Any, *, cutoff: int) -> Conditions:
    """Those of a run, from the host's parsed arguments; `cutoff` is the recipe's: the host alters its own."""
    keys = {k: v for group in (model, data, training, finetuning) for k, v in _given(group) if _counts(k)}
    keys |= {key: _plain(getattr(training, key)) for key in LENGTH} | {"cutoff_len": cutoff}
    if arguments.automatic(finetuning.ewc_lambda):
        keys |= {k: v for group in (data, training) for k, v in _given(group) if k in OF_AUTO}
    if arguments.penalises(finetuning):
        keys |= {k: v for k, v in _given(finetuning) if k in OF_THE_PENALTY}
    folder = Path(str(data.dataset_dir))
    begins = [str(model.model_name_or_path), *map(str, model.adapter_name_or_path or [])]
    return Conditions(
        keys=keys,
        data={name: _file(name, folder) for name in data.dataset or []},
        start={name: fingerprint(Path(name)) for name in begins},
        step=training.per_device_train_batch_size * training.gradient_accumulation_steps * training.world_size,
        processes=training.world_size,
        batch_tokens=getattr(finetuning, "batch_tokens", None),
        after={k: v for k, v in _given(finetuning) if k in arguments.KEYS and k not in _ON_THE_WAY},
    )


_ON_THE_WAY = ("ewc_lambda", "ewc_budget", "ewc_anchor", "ewc_space", "ewc_offload", "batch_tokens")


def _counts(key: str) -> bool:
    if key in arguments.KEYS:
        return False
    return key in WITH_EFFECT or not key.startswith(WITHOUT_EFFECT)


def _given(group: Any) -> Iterator[tuple[str, Any]]:
    """The keys of one dataclass of the host that differ from their defaults, as JSON has them."""
    for field in dataclasses.fields(group):
        value = getattr(group, field.name, None)
        default = field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        if field.init and value != default:
            yield field.name, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _file(name: str, folder: Path) -> dict[str, Any]:
    entry = mixture.registry(folder).get(name)
    if not isinstance(entry, dict) or "file_name" not in entry:
        return {"sha256": None}  # a hub's, or a folder's: only its name is known
    found: dict[str, Any] = {"sha256": mixture.sha256(folder / str(entry["file_name"]))}
    if mixture.is_mixture(entry) and (manifest := mixture.find([name], folder)):
        found["examples"] = manifest.manifest["output"]["examples"]
    return found


# -- two runs --------------------------------------------------------------------------------------------------


def differences(was: Mapping[str, Any], now: Conditions, *, by_recipe: bool = False) -> list[Difference]:
    """What another run had otherwise (`was` as `as_json` gives it), so that it ends with other weights.

    `by_recipe`: on how many machines either was run does not matter, as for a stage that is finished.
    """
    is_now = now.as_json()
    return [
        *_beginnings(was["start"], is_now["start"]),
        *_datasets(was["data"], is_now["data"]),
        *_keys(was["keys"], is_now["keys"]),
        *(_recipes_steps(was, is_now) if by_recipe else _steps(was["step"], is_now["step"])),
    ]


def later_differences(was: Mapping[str, Any], now: Conditions) -> list[Difference]:
    """What acts only after the last step and differs: anchor and evaluation."""
    return [_difference(key, was["after"], now.as_json()["after"]) for key in _unequal(was["after"], now.after)]


def _unequal(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in was.keys() | now.keys() if was.get(key) != now.get(key))


def _keys(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    lengthened = all(_longer(key, was, now) for key in LENGTH if was.get(key) != now.get(key))
    for key in _unequal(was, now):
        if not (key in LENGTH and lengthened and _steady(was) and _steady(now)):
            yield _difference(key, was, now)


def _longer(key: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    before, after = was.get(key), now.get(key)
    return isinstance(before, int | float) and isinstance(after, int | float) and after > before


def _steady(keys: Mapping[str, Any]) -> bool:
    """Whether a learning rate at some step does not depend on how many are to come."""
    schedule, warmup = keys.get("lr_scheduler_type"), keys.get("warmup_steps", 0)
    in_steps = not keys.get("warmup_ratio") and (warmup == 0 or warmup >= 1)
    return schedule == "constant" or (schedule == "constant_with_warmup" and in_steps)


def _difference(key: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Difference:
    before = _shown(was.get(key))
    # what was not set has no words; a value with spaces would need quotes, and the host's torchrun splits it
    words = f"{key}={before}" if key in was and not isinstance(was[key], dict) and " " not in before else ""
    return Difference(key, before, _shown(now.get(key)), words)


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(_shown, value))
    return repr(value) if isinstance(value, float) else str(value)


def _datasets(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted(was.keys() & now.keys()):  # another name is another `dataset`, among the keys
        if was[name]["sha256"] != now[name]["sha256"]:
            yield Difference(f"data of {name}", _content(was[name]), _content(now[name]))


def _content(file: Mapping[str, Any]) -> str:
    examples = f"{file['examples']:,} examples, " if "examples" in file else ""
    return f"{examples}sha256 {str(file['sha256'])[:12]}…"


def _beginnings(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = list(was.items()), list(now.items())
    for place in range(max(len(before), len(after))):
        old, new = (pairs[place] if place < len(pairs) else ("none", None) for pairs in (before, after))
        known = old[1] is not None and new[1] is not None
        # weights that were moved are the same weights
        if old[1] != new[1] if known else old != new:
            what = "weights of model_name_or_path" if place == 0 else "weights of adapter_name_or_path"
            yield Difference(what, _weights(*old), _weights(*new))


def _weights(name: str, known: str | None) -> str:
    return name + (f" (sha256 {known[:12]}…)" if known else "")


def _steps(was: float, now: float) -> Iterator[Difference]:
    if was != now:
        yield Difference("examples a step (batch × accumulation × processes)", f"{was:g}", f"{now:g}")


def _recipes_steps(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    if was["batch_tokens"] != now["batch_tokens"]:
        yield _difference("batch_tokens", was, now)
    elif now["batch_tokens"] is None:
        yield from _steps(was["step"] / was["processes"], now["step"] / now["processes"])
