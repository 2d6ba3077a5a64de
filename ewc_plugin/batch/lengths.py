"""How long are a dataset's sequences, as the host encodes them? From some of its rows, evenly over all.

A token is any but padding, supervised or not. A pair of preferences counts both its answers, each with the prompt: the
model reads either. A packed sequence is full by design; what of it is padding, the measured mean shows.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from ewc_plugin.batch.reckoning import Length
from ewc_plugin.errors import ArgumentsError

SAMPLE = 1000  # rows: the mean to about 3 % where lengths vary as much as their mean
UNITS = {"sft": "sequence", "pt": "sequence", "rm": "pair"}  # by the host's name for the kind of data
Encoded = Mapping[str, Sequence[Sequence[int]]]


def packed(cutoff: int) -> Length:
    return Length(float(cutoff), "packed up to cutoff_len")


def sampled(processor: Any, kind: str, rows: Any) -> Length:
    """The mean over some rows of an aligned dataset, cut off as in training; what the host drops does not count."""
    chosen = some(rows)
    return mean(lengths(processor.preprocess_dataset(chosen)), kind)


def tokenised(rows: Any, kind: str) -> Length:
    """The mean of a dataset that was tokenised before."""
    return mean(lengths(some(rows)), kind)


def some(rows: Any) -> dict[str, list[Any]]:
    """At most `SAMPLE` rows as columns: evenly over all, or the first ones of a stream."""
    if hasattr(rows, "select"):
        count = min(SAMPLE, len(rows))
        found: dict[str, list[Any]] = rows.select([index * len(rows) // count for index in range(count)])[:]
        return found
    first = list(islice(rows, SAMPLE))
    return {name: [row[name] for row in first] for name in (first[0] if first else ())}


def lengths(encoded: Encoded) -> list[int]:
    """Tokens of each sequence, or of each pair."""
    if "chosen_input_ids" in encoded:
        pairs = zip(encoded["chosen_input_ids"], encoded["rejected_input_ids"], strict=True)
        return [len(chosen) + len(rejected) for chosen, rejected in pairs]
    return [len(ids) for ids in encoded.get("input_ids", ())]


def mean(found: Iterable[int], kind: str) -> Length:
    """Raises ArgumentsError when there is nothing to take the mean of."""
    counts = list(found)
    if not counts or not sum(counts):
        raise ArgumentsError(
            "batch_tokens",
            expected="a dataset in which the host finds examples",
            found="none among those looked at",
            remedy="Check dataset, its columns in dataset_info.json, and template.",
        )
    error = statistics.stdev(counts) / math.sqrt(len(counts)) if len(counts) > 1 else 0.0
    return Length(statistics.fmean(counts), f"mean of {len(counts)} {UNITS[kind]}s", 1.96 * error, UNITS[kind])
