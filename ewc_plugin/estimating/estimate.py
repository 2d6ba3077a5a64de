"""What does a recipe come to on some GPUs? Everything that the page says, as one value."""

from dataclasses import dataclass
from pathlib import Path

from ewc_plugin import arguments, evaluation, host, mixture
from ewc_plugin.estimating import memory, speed
from ewc_plugin.estimating.gpus import Gpu
from ewc_plugin.estimating.memory import Part, Sharing
from ewc_plugin.estimating.model import Model, build
from ewc_plugin.estimating.recipe import Recipe, data_length
from ewc_plugin.estimating.speed import Hours
from ewc_plugin.estimating.steps import Steps, steps
from ewc_plugin.estimating.tokens import Data, count
from ewc_plugin.estimating.tracing import Trace, trace

FULL = 0.95  # of a GPU's memory: beyond, allocation fails for want of one piece


@dataclass(frozen=True)
class Estimate:
    """Of one recipe on `world` GPUs; data and steps are None while the data are not there."""

    recipe: Recipe
    gpu: Gpu
    world: int
    model: Model
    micro: Trace
    per_device: int
    accumulation: int
    shared: Sharing
    parts: tuple[Part, ...]
    data: Data | None
    steps: Steps | None
    hours: Hours | None
    positions: float  # of a step that are computed, padding included
    tokens: float  # of a step, without padding

    @property
    def peak(self) -> float:
        return memory.total(list(self.parts))

    @property
    def fits(self) -> bool:
        return self.peak <= FULL * self.gpu.memory

    @property
    def tokens_a_second(self) -> float:
        """Of all GPUs together."""
        return self.tokens / (self._computing + self._exchanging)

    @property
    def _computing(self) -> float:
        return speed.seconds(self.positions * self.micro.per_position, self.gpu, self.world)

    @property
    def _exchanging(self) -> float:
        return speed.exchanged(self.model, self.shared, self.gpu, self.accumulation)


def estimate(recipe: Recipe, gpu: Gpu, world: int, *, everything: bool = False) -> Estimate:
    """Counts the data where they are there; raises ArgumentsError when the model's config is not."""
    shared = memory.sharing(recipe.training.deepspeed, world)
    per_device, accumulation = recipe.batch(world, data_length(recipe))
    model = build(recipe.model, recipe.training, recipe.finetuning, cutoff=recipe.cutoff, zero=shared.zero)
    answers = 2 if recipe.kind == "rm" else 1  # chosen and rejected go through the model together
    micro = trace(model, per_device * answers, recipe.cutoff, checkpointing=recipe.checkpointing)
    found = None if recipe.missing else counted(recipe, everything=everything)
    made = None if found is None else _steps(recipe, found, world, per_device, accumulation)
    sequences = per_device * accumulation * world
    width = recipe.cutoff if recipe.packed or found is None else found.padded(per_device)
    tokens = sequences * answers * recipe.cutoff if found is None else sequences * found.tokens / found.sequences
    fisher = recipe.cutoff * (recipe.finetuning.ewc_fisher_batch_size or per_device) / (micro.sequences * micro.length)
    parts = memory.parts(model, micro, shared, recipe.training, recipe.finetuning, fisher=fisher)
    result = Estimate(
        recipe, gpu, world, model, micro, per_device, accumulation, shared, tuple(parts), found, made, None,
        sequences * answers * width, tokens,
    )  # fmt: skip
    return result if made is None else _with_hours(result)


def counted(recipe: Recipe, *, everything: bool = False) -> Data:
    processor, _, rows = host.aligned(recipe.groups)
    data = recipe.data
    size, workers = data.preprocessing_batch_size, data.preprocessing_num_workers
    return count(processor, rows, batch_size=size, workers=workers, everything=everything)


def _steps(recipe: Recipe, found: Data, world: int, per_device: int, accumulation: int) -> Steps:
    training = recipe.training
    return steps(
        found.sequences,
        per_device=per_device,
        accumulation=accumulation,
        world=world,
        epochs=float(training.num_train_epochs),
        max_steps=int(training.max_steps),
        drop_last=bool(training.dataloader_drop_last),
    )


def _with_hours(found: Estimate) -> Estimate:
    from dataclasses import replace

    assert found.data is not None
    assert found.steps is not None
    recipe, gpu = found.recipe, found.gpu
    step, exchange = found._computing, found._exchanging
    fisher = evaluated = 0.0
    each = found.data.tokens / found.data.examples
    if arguments.leaves_anchor(recipe.finetuning):
        operations = recipe.finetuning.ewc_fisher_samples * each * found.micro.per_position
        fisher = speed.seconds(operations, gpu, found.world) * speed.FISHER_TO_PLAIN
    if recipe.finetuning.stage_eval:
        evaluated = _evaluations(found)
    hours = Hours(step, exchange, found.steps.total * (step + exchange), fisher, evaluated)
    return replace(found, hours=hours)


def _evaluations(found: Estimate) -> float:
    """The row of the stage, that of the base model, and losses on the way."""
    recipe = found.recipe
    finetuning = recipe.finetuning
    folder = Path(str(recipe.data.dataset_dir))
    sets = len(evaluation.discover(folder).sets) if (folder / mixture.REGISTRY).is_file() else 0
    items = finetuning.stage_eval_samples or 200
    how = {"sets": sets, "items": items, "new_tokens": recipe.generating.max_new_tokens}
    row = speed.evaluation(found.model, found.micro, found.gpu, answered=finetuning.stage_eval_generated, **how)
    losses = speed.evaluation(found.model, found.micro, found.gpu, answered=0, **how)
    share = float(recipe.training.eval_steps or 0)
    times = int(1 / share) - 1 if 0 < share < 1 else 0
    first = not (recipe.model.adapter_name_or_path or recipe.finetuning.finetuning_type != "lora")
    return row * (2 if first else 1) + losses * times
