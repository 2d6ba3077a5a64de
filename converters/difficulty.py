"""`python -m converters difficulty DATASET`: how hard is a task for a model, and with how many examples to begin?"""

from __future__ import annotations

import argparse
from pathlib import Path

from converters.contract import SourceError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="an entry of dataset_info.json")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    raise SourceError(parsed.dataset, expected="a finished command", found="a beginning of it")
