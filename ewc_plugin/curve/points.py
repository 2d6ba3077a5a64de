"""Which stages are the points of a curve? The recipe with max_samples=n, each into a folder of its own.

A point is trained for its losses alone: it leaves no anchor, and no gate ends it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

from ewc_plugin import arguments
from ewc_plugin.curve import sizes as beginnings
from ewc_plugin.pipeline import recipes
from ewc_plugin.pipeline.recipes import Stage
from ewc_plugin.shapes import is_number


def folder(stage: Stage) -> Path:
    """Beside the recipe's own output, never in it: that may be a run's."""
    return stage.output.with_name(f"{stage.output.name}-curve")


def folder_of(into: Path, n: int) -> Path:
    return into / f"n={n}"


def stages(stage: Stage, sizes: Sequence[int], into: Path) -> list[Stage]:
    """One stage a size; the smallest, which is soon done, first."""
    whole = beginnings.available(stage)
    common = [*_for_its_losses(stage)]
    found = []
    for n in sizes:
        own = [f"max_samples={n}", f"output_dir={folder_of(into, n).as_posix()}", *_warm_up(stage, n, whole)]
        words = (*stage.words, *common, *own)
        found.append(Stage(f"n={n}", stage.recipe, words, recipes.keys_of(stage.recipe, words)))
    return found


def with_words(stages: Sequence[Stage], more: Sequence[Sequence[str]]) -> list[Stage]:
    """The first of the stages with keys of their own, the others as they are."""
    own = [*map(tuple, more), *[()] * (len(stages) - len(more))]
    changed = [(stage, (*stage.words, *words)) for stage, words in zip(stages, own, strict=True)]
    return [Stage(s.name, s.recipe, words, recipes.keys_of(s.recipe, words)) for s, words in changed]


def _for_its_losses(stage: Stage) -> Iterator[str]:
    """stage_eval on; anchor and gate off, with the keys that mean nothing without them."""
    yield "stage_eval=true"
    if stage.keys.get("stage_eval_gate") is not None:
        yield "stage_eval_gate=null"
    if not stage.keys.get("ewc_save"):
        return
    yield "ewc_save=false"
    given = {**arguments.DEFAULTS, **{k: v for k, v in stage.keys.items() if k in arguments.KEYS}, "stage_eval": True}
    before, after = (arguments.meaningless(SimpleNamespace(**given | more)) for more in ({}, {"ewc_save": False}))
    for sentence in [sentence for sentence in after if sentence not in before]:
        key = sentence.partition(" ")[0]
        default = arguments.DEFAULTS[key]
        yield f"{key}={'null' if default is None else str(default).lower()}"


def _warm_up(stage: Stage, n: int, whole: int | None) -> Iterator[str]:
    """A warm-up in steps keeps its share of the run; by itself it would be all of a short one."""
    steps = stage.keys.get("warmup_steps")
    typed = any(word.startswith(("warmup_steps=", "warmup_ratio=")) for word in stage.words)
    if not typed and is_number(steps) and steps >= 1 and whole:
        yield f"warmup_steps={round(steps * min(1.0, n / whole))}"
