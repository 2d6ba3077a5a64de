"""On which old tokens is the KL taken? A few hundred positions, the same each time, spread over the data."""

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from ewc_plugin.fisher import IGNORED, Example

LEAST = 16  # examples, where there are so many: long documents must not leave a probe of one


class Answered(Protocol):
    """A conversation as `evaluation.encoder.Encoded` has it."""

    @property
    def prompt_ids(self) -> list[int]: ...

    @property
    def answer_ids(self) -> list[int]: ...


def choose_probe(examples: Sequence[Example], positions: int = 512) -> list[Example]:
    """Every k-th example, k so large that about `positions` supervised positions remain, and never more.

    Where the examples so chosen have more, each keeps the same share of its labels, evenly spaced, so that a token
    counts as much in a long example as in a short one. No random numbers: the same data give the same probe.
    """
    usable = [example for example in examples if example.targets]
    if not usable or positions < 1:
        return []
    mean = sum(len(e.targets) for e in usable) / len(usable)
    wanted = min(len(usable), max(math.ceil(positions / mean), LEAST))
    return _thinned(usable[:: len(usable) // wanted], positions)


def held_out(encoded: Iterable[Answered], positions: int = 512) -> list[Example]:
    """Evaluation items as examples whose answers are supervised, chosen like a probe."""
    examples = [
        Example((*e.prompt_ids, *e.answer_ids), (*[IGNORED] * len(e.prompt_ids), *e.answer_ids)) for e in encoded
    ]
    return choose_probe(examples, positions)


def _thinned(chosen: Sequence[Example], positions: int) -> list[Example]:
    total = sum(len(e.targets) for e in chosen)
    if total <= positions:
        return list(chosen)
    thinned, seen = [], 0
    for example in chosen:
        kept = {p for i, p in enumerate(example.targets, seen) if (i + 1) * positions // total > i * positions // total}
        seen += len(example.targets)
        if kept:
            end = max(kept) + 1  # what follows the last label changes nothing before it
            labels = tuple(v if p in kept else IGNORED for p, v in enumerate(example.labels[:end]))
            thinned.append(Example(tuple(example.ids[:end]), labels))
    return thinned
