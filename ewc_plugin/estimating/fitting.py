"""Which recipe fits on these GPUs, when this one does not? The same stage of the folders beside it, on 1 to 8 GPUs."""

from collections.abc import Iterator

from ewc_plugin.errors import ArgumentsError
from ewc_plugin.estimating.estimate import FULL
from ewc_plugin.estimating.gpus import Gpu
from ewc_plugin.estimating.memory import parts, sharing, total
from ewc_plugin.estimating.model import build
from ewc_plugin.estimating.recipe import Recipe, data_length, read
from ewc_plugin.estimating.tracing import trace

FOLDERS = ("", "qlora", "full")
COUNTS = (1, 2, 4, 8)


def alternatives(recipe: Recipe, gpu: Gpu, words: list[str]) -> list[str]:
    """One sentence for each recipe of the same stage, with how many such GPUs it needs; the model is this recipe's."""
    root = recipe.path.parent
    root = root.parent if root.name in FOLDERS else root
    # later stages of full tuning name a model that an earlier one leaves
    model = f"model_name_or_path={recipe.model.model_name_or_path}"
    paths = [path for folder in FOLDERS if (path := root / folder / recipe.path.name).is_file()]
    found = [sentence for path in paths for sentence in _sentence(read(path, [*words, model]), gpu)]
    return ["which recipe fits:", *found] if found else []


def _sentence(recipe: Recipe, gpu: Gpu) -> Iterator[str]:
    needs = {}
    try:
        sharing(recipe.training.deepspeed, 1)
    except ArgumentsError as error:
        yield f"  {recipe.path}: not estimated: {error.where} is not here"
        return
    for world in COUNTS if recipe.training.deepspeed else COUNTS[:1]:  # without DeepSpeed more GPUs hold no more each
        needs[world] = needed(recipe, world)
        if needs[world] <= FULL * gpu.memory:
            yield f"  {recipe.path}: {needs[world] / 1e9:.1f} GB, fits on {world} × {gpu.name}"
            return
    world, least = min(needs.items(), key=lambda pair: pair[1])
    yield f"  {recipe.path}: {least / 1e9:.1f} GB, does not fit, on {world} × {gpu.name} either"


def needed(recipe: Recipe, world: int) -> float:
    """Bytes of each GPU at the peak."""
    shared = sharing(recipe.training.deepspeed, world)
    try:
        per_device, _ = recipe.batch(world, data_length(recipe))
    except ArgumentsError:
        per_device = 1
    model = build(recipe.model, recipe.training, recipe.finetuning, cutoff=recipe.cutoff, zero=shared.zero)
    micro = trace(model, per_device, recipe.cutoff, checkpointing=recipe.checkpointing)
    return total(parts(model, micro, shared, recipe.training, recipe.finetuning, fisher=1.0))
