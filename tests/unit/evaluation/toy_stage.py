"""A stage evaluation with a tiny model in memory: what the host's trainer and the bridge lend it, no more."""

from contextlib import nullcontext
from types import SimpleNamespace

from toy_host import ToyEncoder, tiny_llama

from ewc_plugin.evaluation import Discovery, Settings
from ewc_plugin.evaluation.recipe import Recipe
from ewc_plugin.ranks import OneProcess
from ewc_plugin.stage_evaluation import StageEvaluation

SETTINGS = Settings(batch_size=4, max_new_tokens=4, resamples=20)


def stage(
    output, sets, *, absent=(), continues_from="nowhere", model=None, settings=SETTINGS, name="foundation", gate=None
):
    """The evaluation of a stage with this output folder; `.logged` is what went through the trainer's log."""
    model, logged = model or tiny_llama(), []
    trainer = SimpleNamespace(
        args=SimpleNamespace(output_dir=str(output)),
        accelerator=SimpleNamespace(unwrap_model=lambda wrapped: wrapped, autocast=nullcontext),
        model=model,
        state=SimpleNamespace(global_step=0),
        log=logged.append,
    )
    bridge = SimpleNamespace(
        plan=SimpleNamespace(gate=gate),
        dataset_dir="dataset_info",
        continues_from=str(continues_from),
        encoder=ToyEncoder(),
        evaluation_settings=lambda plan: settings,
        evaluation_recipe=lambda: Recipe(model_name_or_path="toy", template="toy"),
        bare=lambda wrapped: wrapped,
    )
    discovery = Discovery(tuple(sets), tuple(absent))
    made = StageEvaluation(trainer, bridge, OneProcess(), discovery, label=output.name, name=name)
    made.logged = logged
    return made
