"""How do our keys enter the host's arguments? Its parser takes more keys; a run gets a plan, or the reasons why not."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any

from ewc_plugin import again, occupied, without_traceback, workplace
from ewc_plugin.arguments import EwcArguments, in_use
from ewc_plugin.batch import keys as batch_keys
from ewc_plugin.batch.reckoning import Batch
from ewc_plugin.conditions import Conditions, conditions
from ewc_plugin.host.batch import batch_of
from ewc_plugin.host.exports import noting_exports
from ewc_plugin.host.names import PARSER, check_names, no_failures, verify
from ewc_plugin.host.recipe import cutoff_of, keys_of, suggest
from ewc_plugin.plan import Plan, plan, starts_from
from ewc_plugin.visible import say


def install_arguments(parser: ModuleType) -> None:
    """Give the host's parser our keys, and check them as soon as it has parsed."""
    check_names(PARSER)
    index = parser._TRAIN_ARGS.index(parser.FinetuningArguments)
    parser._TRAIN_ARGS[index] = _extended(parser.FinetuningArguments)
    original = parser.get_train_args

    @functools.wraps(original)
    def get_train_args(args: Any = None) -> Any:
        raw = parser.read_args(args)
        suggest(raw, [f.name for group in parser._TRAIN_ARGS for f in fields(group)])
        batch = batch_of(raw)
        parsed, refused = _parsed(original, raw if batch is None else batch_keys.with_batch(raw, batch))
        if in_use(parsed[3]):
            _prepare(*parsed, given=keys_of(raw), batch=batch, refused=refused)
        elif refused is not None:
            raise refused
        return parsed

    parser.get_train_args = get_train_args
    parser.get_infer_args = noting_exports(parser.get_infer_args)
    parser.read_args = workplace.helpful(parser.read_args)
    without_traceback.install()


def _extended(base: type) -> type:
    @dataclass
    class FinetuningArguments(base, EwcArguments):
        pass

    FinetuningArguments.__doc__ = base.__doc__
    return FinetuningArguments


def _prepare(
    model: Any,
    data: Any,
    training: Any,
    finetuning: Any,
    generating: Any,
    *,
    given: dict[str, Any],
    batch: Batch | None,
    refused: ValueError | None = None,
) -> None:
    """Check everything that can be checked before a model is loaded, and leave the plan for the trainer."""
    no_failures()
    from ewc_plugin.ranks import current_ranks, together

    made = together(current_ranks(), lambda: plan(model, data, training, finetuning))
    if made is not None:
        verify(finetuning.stage)
        from ewc_plugin.bridge import Context

        reads = starts_from(made, model.model_name_or_path, model.adapter_name_or_path)
        occupied.before_loading(training.output_dir, reads=reads, ranks=current_ranks())
        by_itself = "resume_from_checkpoint" not in given
        cutoff = cutoff_of(data, given)
        known = conditions(model, data, training, finetuning, cutoff=cutoff)
        _settle(made, known, training, named=not by_itself, full=refused is not None)
        finetuning.ewc = Context(model, data, training, finetuning, generating, made, cutoff, by_itself, batch, known)
    elif refused is not None:
        raise refused


def _parsed(original: Callable[[Any], Any], raw: Any) -> tuple[Any, ValueError | None]:
    """The host's arguments, and its refusal of a folder that holds weights and no checkpoint.

    That one says nothing of a stage that is finished; it is raised later, when it is known whose weights these are.
    """
    try:
        return original(raw), None
    except ValueError as error:
        if "overwrite_output_dir" not in str(error):
            raise
        more = {"overwrite_output_dir": True}
        parsed = original({**raw, **more} if isinstance(raw, dict) else [*raw, "--overwrite_output_dir", "true"])
        parsed[2].overwrite_output_dir = False
        return parsed, error


def _settle(made: Plan, known: Conditions, training: Any, *, named: bool, full: bool) -> None:
    """End here when the stage is finished already; raise when it cannot be continued under these keys."""
    from ewc_plugin.ranks import current_ranks
    from ewc_plugin.resume import regime

    asked = again.Asked(
        Path(training.output_dir),
        requested=None if made.estimate else training.resume_from_checkpoint,  # an estimate is of what was loaded
        named=named and not made.estimate,
        overwrites=bool(training.overwrite_output_dir),
        full=full,
    )
    ranks = current_ranks()
    if again.settle(asked, regime(made, known), ranks=ranks, say=say if ranks.rank == 0 else lambda _: None):
        again.leave(asked.folder)
