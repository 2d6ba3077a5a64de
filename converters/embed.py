"""`python -m converters embed`: a vector for each example of a dataset, for clusters, core sets and near duplicates."""

from __future__ import annotations

import argparse
from pathlib import Path

from converters.quality import embedding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="an entry of dataset_info.json")
    parser.add_argument("--embedding-model", default="", metavar="PATH", help="a sentence-transformers model")
    parser.add_argument("--pooling", choices=embedding.POOLINGS, default="mean")
    parser.add_argument("--text", choices=embedding.TEXTS, default="conversation")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    raise NotImplementedError
