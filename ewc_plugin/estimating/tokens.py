"""How many sequences and tokens will the host make of the data? Encoded by its own processor, in its own batches.

Packing fills sequences from within one preprocessing batch, so whole batches are encoded: all where the dataset is
small, else some of them, evenly over it, and the rest is reckoned with a 95 % interval.
"""

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ewc_plugin.fisher import IGNORED

ALL = 20_000  # examples up to which all are encoded: about half a minute
SOME = 8  # preprocessing batches otherwise
Encoded = Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True)
class Row:
    """One row of what the model is given (or a pair), without padding; `width` with the padding it comes with."""

    tokens: int
    supervised: int
    width: int


@dataclass(frozen=True)
class Data:
    """One epoch. `half_width` is that of the 95 % interval of `tokens`, as a share; 0 where all was encoded."""

    examples: int
    encoded: int
    sequences: int
    tokens: float
    supervised: float
    half_width: float
    widths: tuple[int, ...]  # of the sequences that were looked at

    @property
    def exact(self) -> bool:
        return self.encoded == self.examples

    def padded(self, per_device: int) -> float:
        """Mean positions of a sequence in a random micro-batch, which is as wide as its longest, up to 8."""
        chosen = random.Random(0)
        widths = [8 * math.ceil(width / 8) for width in self.widths]
        return statistics.fmean(max(chosen.choices(widths, k=per_device)) for _ in range(1000))


def count(processor: Any, rows: Any, *, batch_size: int, workers: int | None, everything: bool = False) -> Data:
    """Sequences and tokens of an aligned dataset, as `Dataset.map` with `workers` would cut it into batches."""
    spans = batches(len(rows), batch_size, workers)
    whole = everything or len(rows) <= ALL or len(spans) <= SOME
    chosen = spans if whole else [spans[index * len(spans) // SOME] for index in range(SOME)]
    found = [made(processor.preprocess_dataset(rows[start:stop]), processor) for start, stop in chosen]
    encoded = sum(stop - start for start, stop in chosen)
    factor = len(rows) / encoded
    each = [sum(s.tokens for s in batch) / (stop - start) for batch, (start, stop) in zip(found, chosen, strict=True)]
    error = 0.0 if whole else 1.96 * statistics.stdev(each) / math.sqrt(len(each)) / statistics.fmean(each)
    sequences = [sequence for batch in found for sequence in batch]
    return Data(
        examples=len(rows),
        encoded=encoded,
        sequences=round(len(sequences) * factor),
        tokens=sum(s.tokens for s in sequences) * factor,
        supervised=sum(s.supervised for s in sequences) * factor,
        half_width=error,
        widths=tuple(s.width for s in sequences),
    )


def batches(rows: int, size: int, workers: int | None) -> list[tuple[int, int]]:
    """(start, stop) of each batch: `Dataset.map` first deals contiguous shards out to its workers."""
    shards = min(workers or 1, rows) or 1
    found = []
    for index in range(shards):
        start, stop = (rows // shards * i + min(i, rows % shards) for i in (index, index + 1))
        found += [(first, min(first + size, stop)) for first in range(start, stop, size)]
    return found


def made(encoded: Encoded, processor: Any) -> list[Row]:
    """The sequences of one batch; a pair of preferences is both its answers."""
    if "chosen_input_ids" in encoded:
        sides = [_of(encoded, f"{side}_", processor) for side in ("chosen", "rejected")]
        return [
            Row(a.tokens + b.tokens, a.supervised + b.supervised, max(a.width, b.width))
            for a, b in zip(*sides, strict=True)
        ]
    return _of(encoded, "", processor)


def _of(encoded: Encoded, prefix: str, processor: Any) -> list[Row]:
    rows = encoded.get(f"{prefix}input_ids", ())
    labels = encoded.get(f"{prefix}labels", rows)  # raw text: every token
    pad = processor.tokenizer.pad_token_id
    return [
        Row(_unpadded(ids, wanted, pad), sum(label != IGNORED for label in wanted), len(ids))
        for ids, wanted in zip(rows, labels, strict=True)
    ]


def _unpadded(ids: Sequence[int], labels: Sequence[int], pad: int) -> int:
    """Packing pads on the right up to the cutoff; an end that is supervised may look like padding."""
    length = len(ids)
    while length and ids[length - 1] == pad and labels[length - 1] == IGNORED:
        length -= 1
    return length
