"""How do we enter the host's trainers, and its web UI's plot? Each is replaced where it is defined."""

import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ewc_plugin import live_plot, occupied
from ewc_plugin.arguments import acts, in_use
from ewc_plugin.host.names import DPO, PLOT, PT, SFT, HostError, check_names
from ewc_plugin.plan import starts_from

if TYPE_CHECKING:
    from ewc_plugin.bridge import Context


def install_sft_trainer(module: ModuleType) -> None:
    check_names(SFT)
    module.CustomSeq2SeqTrainer = _entrance(module.CustomSeq2SeqTrainer)


def install_dpo_trainer(module: ModuleType) -> None:
    check_names(DPO)
    module.CustomDPOTrainer = _entrance(module.CustomDPOTrainer)


def install_pt_trainer(module: ModuleType) -> None:
    check_names(PT)
    module.CustomTrainer = _entrance(module.CustomTrainer)


def _entrance(base: type) -> type:
    """A class that, when called, gives the host's own trainer, or ours when a key of ours acts."""

    class Entrance(base):
        def __new__(cls, *positional: Any, **named: Any) -> Any:
            given = inspect.signature(base).bind_partial(*positional, **named).arguments
            finetuning = given.get("finetuning_args")
            context = getattr(finetuning, "ewc", None)
            if context is None and in_use(finetuning) and acts(finetuning):
                raise HostError("EWC keys are set, but these arguments did not come from the host's get_train_args")
            if cls is not Entrance:  # somebody derived from it; their class must not lose EWC in silence
                if context is not None:
                    raise HostError(f"{cls.__name__} derives from {base.__name__}: EWC cannot enter it")
                return super().__new__(cls)
            chosen = base if context is None else _with_ewc(base, context)
            return chosen(*positional, **named)

    Entrance.__name__ = Entrance.__qualname__ = base.__name__
    Entrance.__module__, Entrance.__doc__ = base.__module__, base.__doc__
    return Entrance


def _with_ewc(base: type, context: "Context") -> type:
    # here and not above: this module is imported while the host's argument parser is
    from llamafactory.data.loader import _get_merged_dataset
    from llamafactory.data.processor import (
        PairwiseDatasetProcessor,
        PretrainDatasetProcessor,
        SupervisedDatasetProcessor,
    )
    from llamafactory.data.processor.processor_utils import infer_seqlen
    from llamafactory.data.template import get_template_and_fix_tokenizer
    from llamafactory.train.callbacks import LogCallback

    from ewc_plugin.bridge import Bridge, HostParts
    from ewc_plugin.ranks import current_ranks
    from ewc_plugin.trainer import EwcMixin

    live_plot.extend_log(LogCallback)
    processors = {
        "sft": SupervisedDatasetProcessor,
        "rm": PairwiseDatasetProcessor,
        "pt": PretrainDatasetProcessor,
    }
    parts = HostParts(infer_seqlen, _get_merged_dataset, processors, get_template_and_fix_tokenizer)

    class EwcTrainer(EwcMixin, base):
        def _ewc_bridge(self) -> Bridge:
            return Bridge(self, context, parts)

        def train(self, *positional: Any, **named: Any) -> Any:
            model, where = context.model, self.args.output_dir
            reads = starts_from(context.plan, model.model_name_or_path, model.adapter_name_or_path)
            with occupied.while_training(where, reads=reads, ranks=current_ranks()):
                return super().train(*positional, **named)

        def save_model(self, output_dir: str | None = None, *positional: Any, **named: Any) -> None:
            occupied.require(self.args.output_dir)
            super().save_model(output_dir, *positional, **named)

    return EwcTrainer


def install_plot(module: ModuleType) -> None:
    check_names(PLOT)
    module.gen_loss_plot = live_plot.extended_plot(module.gen_loss_plot)
