"""What the manifest counts of a dataset: records in, examples out, and why the others are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """`records` gave this dataset an example or a reject; examples + rejected are the `outcomes`.

    `kinds` and `notes` are of the examples, so that what is dropped again leaves them, too.
    """

    records: int = 0
    examples: int = 0
    evaluation: int = 0
    answer_characters: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def train(self) -> int:
        return self.examples - self.evaluation

    def drop(self, reason: str, *, characters: int, kind: str, notes: Sequence[str]) -> None:
        """An example that was counted as kept becomes a reject."""
        self.examples -= 1
        self.answer_characters -= characters
        self.rejected[reason] += 1
        self.notes.subtract(notes)
        self.kinds.subtract([kind] if kind else [])

    @property
    def counts(self) -> dict[str, Any]:
        return {
            "records": self.records,
            "outcomes": self.examples + sum(self.rejected.values()),
            "examples": self.examples,
            "train": self.train,
            "eval": self.evaluation,
            "rejected": dict(sorted(self.rejected.items())),
            "kinds": dict(sorted((+self.kinds).items())),
            "changed": dict(sorted((+self.notes).items())),
        }
