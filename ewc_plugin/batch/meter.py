"""How many tokens did an optimiser step really see? Counted in the trainer, without waiting for the GPU in a step."""

from typing import Any

import torch
from torch import Tensor

from ewc_plugin.batch.reckoning import Batch
from ewc_plugin.errors import MechanismError
from ewc_plugin.fisher import IGNORED
from ewc_plugin.ranks import Ranks

LOGGED = "batch_tokens"  # beside the loss; train/batch_tokens in TensorBoard


def tokens(inputs: Any, pad_id: int) -> Tensor:
    """Tokens of a right-padded batch that are no padding, as a number on its device.

    Not by `attention_mask` alone: packing marks its padding as attended to, and a mask of blocks has four dimensions.
    Not by the padding's id alone: it may be that of the end of an answer, which is supervised.
    """
    ids, labels, mask = inputs["input_ids"], inputs.get("labels"), inputs.get("attention_mask")
    real = ids != pad_id
    if labels is not None and labels.shape == ids.shape:
        real = real | (labels != IGNORED)
    if mask is not None and mask.shape == ids.shape:
        real = real & (mask != 0)
    places = torch.arange(1, ids.shape[-1] + 1, device=ids.device)
    last: Tensor = (real * places).amax(dim=-1)  # the place of the last real token of each row
    return last.sum()


class Meter:
    """Sums tokens over micro-batches and ranks; `mean` of the steps since the last one, `total` of all."""

    def __init__(self, batch: Batch, ranks: Ranks, pad_id: int) -> None:
        self._batch, self._ranks, self._pad_id = batch, ranks, pad_id
        self._seen: Tensor | int = 0
        self._steps = self._all_steps = 0
        self._all_tokens = 0

    def check(self, world: int, per_device: int, accumulation: int) -> None:
        """Raise MechanismError when the trainer does not have the batch that was reckoned, the same on every rank."""
        reckoned = (self._batch.world, self._batch.per_device, self._batch.accumulation)
        first = self._ranks.broadcast(reckoned)
        if not (reckoned == first == (world, per_device, accumulation)):
            raise MechanismError(
                "batch_tokens",
                expected="{} ranks × {} sequences × {} accumulated".format(*first),
                found=f"{world} × {per_device} × {accumulation} in the trainer",
                remedy="Start through llamafactory-cli or torchrun, and give all ranks the same data. Nothing was "
                "trained.",
            )

    def count(self, inputs: Any, *, closes_step: bool) -> None:
        """One micro-batch of this rank."""
        self._seen = self._seen + tokens(inputs, self._pad_id)
        self._steps += closes_step

    def mean(self) -> float | None:
        """Tokens per optimiser step since the last call, summed over ranks; None when none was made. A collective."""
        if not self._steps:
            return None
        seen, steps = int(self._ranks.sum(torch.as_tensor(self._seen))), self._steps
        self._all_tokens, self._all_steps = self._all_tokens + seen, self._all_steps + steps
        self._seen, self._steps = 0, 0
        return seen / steps

    def total(self) -> tuple[float, int] | None:
        """Tokens per optimiser step over all steps, and their number. A collective."""
        self.mean()
        return (self._all_tokens / self._all_steps, self._all_steps) if self._all_steps else None
