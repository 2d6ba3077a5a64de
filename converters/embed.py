"""`python -m converters embed`: a vector for each example of a dataset, for clusters, core sets and near duplicates.

Either the model that will be trained reads each example as in training, and its last hidden state is pooled; or any
model of sentence-transformers reads its text. The vectors lie beside the data, as float32 and in its order.

A killed run goes on where it was; several processes share the work: torchrun --nproc-per-node 2 -m converters embed …
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from converters.contract import SourceError
from converters.mixing.registry import command
from converters.quality import places, rows
from converters.quality.contract import Vectors
from converters.quality.models import settings, shards
from converters.quality.vectors import embedding, vectors, words

INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="an entry of dataset_info.json")
    words.add_arguments(parser)
    parser.add_argument("--again", action="store_true", help="embed anew, whatever is there")
    settings.add_arguments(parser)
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    wanted = _settings(parsed)
    first = shards.here().first
    with rows.opened(parsed.dataset_dir, parsed.dataset) as data:
        try:
            found = embedding.embed(parsed.dataset_dir, data, wanted, told=print if first else _silent)
        except KeyboardInterrupt:
            print("interrupted: what was embedded is kept, the same command goes on", file=sys.stderr)
            return INTERRUPTED
        if first:
            print("\n".join([*summary(found, parsed.dataset_dir), *rows.told(data)]))
            print(f"next: {command(f'cluster {parsed.dataset} --clusters auto', parsed.dataset_dir)}")
    return 0


def _silent(line: str) -> None:
    """What the first process says, the others need not."""


def _settings(parsed: argparse.Namespace) -> embedding.Settings:
    """Raises SourceError unless exactly one kind of model is named."""
    found = words.embedding_of(parsed, again=parsed.again)
    if found is None:
        raise SourceError(
            "--model and --embedding-model",
            expected="one of both: --model PATH --template NAME (or --recipe YAML), or --embedding-model PATH",
            found="neither",
        )
    return found


def summary(found: Vectors, dataset_dir: Path) -> list[str]:
    """What was written, what was cut, and why examples have no vector."""
    about = found.about
    path = places.vectors(dataset_dir, str(about["dataset"]))
    lines = [f"{about['dataset']}: {about['rows']:,} vectors of {about['width']} numbers -> {path}"]
    if about.get("cut"):
        lines.append(f"{about['cut']:,} examples were longer than the model reads, and were cut")
    reasons = Counter(vectors.reasons(found).values())
    lines += [f"{count:,} have no vector: {why}" for why, count in reasons.most_common()]
    return lines
