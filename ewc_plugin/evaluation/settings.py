"""How is a model evaluated? What must be the same in all rows of one matrix, `batch_size` aside."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from ewc_plugin.bootstrap import RESAMPLES
from ewc_plugin.metrics import MEASURES, Aids

Base = Callable[[], AbstractContextManager[object]]
"""Inside the context the model is the base model: a LoRA model without its adapter."""


@dataclass(frozen=True)
class Settings:
    """Samples are items per set, a fixed seeded subset; None takes all.

    generated: how many of them the model answers, the first of the same order. max_new_tokens: the most of any set; a
    set's own limit follows from its longest reference. tokeniser: template and tokenizer as the host names them; it
    only enters the signatures.
    """

    batch_size: int = 8
    samples: int | None = None
    generated: int | None = None
    seed: int = 42
    generate_tasks: frozenset[str] = frozenset(MEASURES)
    max_new_tokens: int = 256
    cutoff: int = 2048
    tokeniser: str = ""
    resamples: int = RESAMPLES
    aids: Aids = field(default_factory=Aids)

    def generates(self, task: str) -> bool:
        return task in self.generate_tasks and self.generated != 0
