"""`python -m converters score DATASET`: lengths, perplexity, IFD and reward of each example, beside the data."""

from __future__ import annotations

import argparse
from pathlib import Path

from converters.quality import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="a name of dataset_info.json")
    settings.add_arguments(parser)
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    raise NotImplementedError
