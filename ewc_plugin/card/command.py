"""`python -m ewc_plugin card DIR`: write or renew the model card of an adapter or a model."""

import argparse
from pathlib import Path

from ewc_plugin import card
from ewc_plugin.visible import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="output_dir of a stage, or export_dir of a model")


def run(options: argparse.Namespace) -> int:
    say(card.write(options.folder))
    return 0
