"""What did the loss really see? Examples and supervised tokens per group after cutoff and drops, beside the plan."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ewc_plugin.mixture import Mixture


@dataclass
class Seen:
    """Counts of one group; `examples` were trained on, `dropped` were not, `truncated` only in part."""

    examples: int = 0
    supervised_tokens: int = 0
    dropped: int = 0
    truncated: int = 0


@dataclass(frozen=True)
class EncodedRow:
    """One example of the mixture as the host encodes it, before packing."""

    supervised: int
    truncated: bool
    dropped: bool


def count(rows: Iterable[EncodedRow], groups: Sequence[str]) -> dict[str, Seen]:
    """Counts per group, in the order in which groups appear; `rows` and `groups` run in parallel."""
    seen: dict[str, Seen] = {}
    for row, group in zip(rows, groups, strict=True):
        entry = seen.setdefault(group, Seen())
        if row.dropped:
            entry.dropped += 1
            continue
        entry.examples += 1
        entry.supervised_tokens += row.supervised
        entry.truncated += row.truncated
    return seen


def account(mixture: Mixture, seen: dict[str, Seen], *, in_the_trainer: int) -> dict[str, Any]:
    """Plan and reality; they agree when the trainer's own dataset holds the same number of supervised tokens."""
    planned = mixture.manifest["groups"]
    return {
        "mixture": mixture.name,
        "unit_of_planned": mixture.manifest.get("unit_of_supervised", "characters"),
        "planned": {g: {"examples": p["examples"], "supervised": p["supervised"]} for g, p in planned.items()},
        "trained": {group: asdict(entry) for group, entry in seen.items()},
        "supervised_tokens_in_the_trainer": in_the_trainer,
        "agrees_with_the_trainer": in_the_trainer == sum(entry.supervised_tokens for entry in seen.values()),
    }
