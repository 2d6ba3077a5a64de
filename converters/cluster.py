"""`python -m converters cluster`: which examples of a dataset are about the same, by k-means over their vectors."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("--clusters", default="auto", metavar="K", help="how many, or auto")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    raise NotImplementedError
