"""How many optimiser steps does transformers make of a dataset? Its own arithmetic, of sequences and not of tokens."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Steps:
    """`micro` is the micro-batches of one rank in an epoch, the last of which may be short."""

    micro: int
    per_epoch: int
    total: int


def steps(
    sequences: int,
    *,
    per_device: int,
    accumulation: int,
    world: int,
    epochs: float,
    max_steps: int = -1,
    drop_last: bool = False,
) -> Steps:
    """Steps of an epoch and in all.

    accelerate deals the batches out to the ranks and fills the last round up (`even_batches`); the last step of an
    epoch may have fewer micro-batches than the others (transformers' `set_initial_training_values`).
    """
    batches = sequences // per_device if drop_last else math.ceil(sequences / per_device)
    micro = batches // world if drop_last else math.ceil(batches / world)
    per_epoch = max(math.ceil(micro / accumulation), 1)
    return Steps(micro, per_epoch, max_steps if max_steps > 0 else math.ceil(epochs * per_epoch))
