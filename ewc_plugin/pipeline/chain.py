"""Do the stages fit together, and is there what they need? Every reason why not, before the first one is started.

Reads the disk, knows neither torch nor the host; what the host thinks of the keys is asked in `examining`.
"""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from ewc_plugin import mixture
from ewc_plugin.arguments import penalises
from ewc_plugin.pipeline.recipes import Stage, several

# of the size of the model's weights, for a stage with its checkpoints and its anchor: for LoRA an eighth (rank 16 of a
# 9B model: adapter 0.2 GB, with Adam 0.65 GB a checkpoint, anchor 0.45 GB), for full tuning copies of the model
OF_AN_ADAPTER, OF_AN_EXPORT = 1 / 8, 1.0
OF_A_CHECKPOINT = 7.0  # bfloat16 weights and Adam in float32: 2 + 12 bytes a number


def problems(stages: Sequence[Stage]) -> list[str]:
    found = [*_twice(stages), *_room(stages)]
    for place, stage in enumerate(stages):
        earlier = stages[:place]
        found += [f"{stage.recipe}: {p}" for p in (*_lacks(stage), *_order(stage, earlier, stages[place + 1 :]))]
    return found


def depends(stages: Sequence[Stage]) -> list[set[int]]:
    """For each stage those before it, by their places, whose output it takes directly or through another."""
    found: list[set[int]] = []
    for place, stage in enumerate(stages):
        near = {k for k in range(place) if _is_from(stage, stages[k])}
        found.append(near | {far for k in near for far in found[k]})
    return found


def _is_from(stage: Stage, earlier: Stage) -> bool:
    return any(same(name, earlier.output) for name in stage.continues_from)


def same(name: str, folder: Path) -> bool:
    """Also a checkpoint in the folder, or its anchor."""
    path, folder = Path(name).resolve(), folder.resolve()
    return path == folder or folder in path.parents


def _twice(stages: Sequence[Stage]) -> Iterator[str]:
    for place, stage in enumerate(stages):
        for other in stages[:place]:
            if stage.output.resolve() == other.output.resolve() and str(stage.output) != ".":
                yield f"{other.recipe} and {stage.recipe} have the same output folder {stage.output}"


def _lacks(stage: Stage) -> Iterator[str]:
    if str(stage.output) == ".":
        yield "it has neither output_dir nor export_dir"
    if "model_name_or_path" not in stage.keys:
        yield "it has no model_name_or_path"
    if stage.verb == "export":
        return
    yield from mixture.unconverted([*stage.datasets, *several(stage.keys.get("eval_dataset"))], stage.dataset_dir)


def _order(stage: Stage, earlier: Sequence[Stage], later: Sequence[Stage]) -> Iterator[str]:
    for one in later:
        if _is_from(stage, one):
            yield f"it continues from {one.output}, which {one.recipe} leaves: name that recipe first"
            return
    for name in stage.continues_from:
        if not any(same(name, one.output) for one in earlier) and _is_local(name) and not Path(name).exists():
            yield f"it begins from {name}, which is absent and which no recipe before it leaves"
    start = _start(stage)
    fits = any(_is_from(stage, one) or start == _start(one) for one in earlier)
    if earlier and start and not fits:
        outputs = ", ".join(str(one.output) for one in earlier)
        yield (
            f"it continues from {start}, which none of the stages before it leaves ({outputs}): put "
            f"{earlier[-1].output} there, or run it by a call of its own"
        )
    yield from _before(stage, earlier)


def _start(stage: Stage) -> str:
    """The folder whose weights it goes on training; empty for a stage that begins with an untouched model."""
    adapters, model = several(stage.keys.get("adapter_name_or_path")), str(stage.keys.get("model_name_or_path"))
    return adapters[-1] if adapters else model if _is_local(model) and stage.keys.get("ewc_lambda") else ""


def _before(stage: Stage, earlier: Sequence[Stage]) -> Iterator[str]:
    """What the stage that it continues from must leave."""
    held = several(stage.keys.get("ewc_anchor")) or several(stage.keys.get("adapter_name_or_path"))[-1:]
    held = held or [str(stage.keys.get("model_name_or_path"))]
    for one in earlier:
        if not _is_from(stage, one):
            continue
        leaves = one.keys.get("ewc_save") or one.keys.get("ewc_estimate") or one.verb == "export"
        if _penalised(stage) and not leaves and any(same(name, one.output) for name in held):
            yield f"ewc_lambda needs the anchor of {one.output}, but {one.recipe} leaves none: add ewc_save: true to it"
        theirs, ours = (s.keys.get("model_name_or_path") for s in (one, stage))
        if stage.keys.get("adapter_name_or_path") and theirs != ours:
            yield f"its model_name_or_path is {ours}, that of {one.recipe}, whose adapter it continues, {theirs}"


def _penalised(stage: Stage) -> bool:
    class Keys:
        ewc_lambda = stage.keys.get("ewc_lambda")

    return penalises(Keys)


def _is_local(name: str) -> bool:
    """A path rather than a hub's name: it says so, or its first part is a folder here."""
    return (
        name.startswith((".", "/", "~"))
        or name.count("/") > 1
        or (Path(name).parts[0] != name and Path(Path(name).parts[0]).is_dir())
    )


# -- the disk --------------------------------------------------------------------------------------------------


def _room(stages: Sequence[Stage]) -> Iterator[str]:
    needed: dict[int, int] = {}
    where: dict[int, Path] = {}
    for stage in stages:
        folder = next(p for p in [stage.output, *stage.output.absolute().parents] if p.is_dir())
        device = folder.stat().st_dev
        where[device] = folder
        if not stage.output.is_dir():  # what lies there already is written over
            needed[device] = needed.get(device, 0) + _bytes(stage, stages)
    for device, folder in where.items():
        free = shutil.disk_usage(folder).free
        if free < needed.get(device, 0):
            yield (
                f"{folder}: {free / 1e9:.1f} GB are free and about {needed[device] / 1e9:.1f} GB are needed "
                "(estimated): free some, lower save_total_limit, or name another output_dir"
            )


def _bytes(stage: Stage, stages: Sequence[Stage]) -> int:
    """Estimated from the size of the model's files; 0 where they are not here yet."""
    model = Path(str(stage.keys.get("model_name_or_path")))
    for one in stages:  # full tuning: the model is that of an earlier stage
        model = Path(str(one.keys.get("model_name_or_path"))) if same(str(model), one.output) else model
    size = sum(p.stat().st_size for p in model.glob("*.safetensors")) if model.is_dir() else 0
    if stage.verb == "export":
        return int(size * OF_AN_EXPORT)
    if stage.keys.get("finetuning_type", "lora") == "lora":
        return int(size * OF_AN_ADAPTER)
    kept = 0 if stage.keys.get("save_strategy") == "no" else int(stage.keys.get("save_total_limit") or 2)
    return int(size * (2 + kept * OF_A_CHECKPOINT))
