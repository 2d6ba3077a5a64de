"""What may be typed of any selection, and how is it read? The words that `select` and `sample` share."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from converters.contract import SourceError
from converters.quality.selection.quotas import whole_number_of

NOT_PARAMETERS = ("dataset", "run", "parser", "dataset_dir", "undo")


def add_arguments(parser: argparse.ArgumentParser, *, ending: str) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="a dataset or a mixture of dataset_info.json")
    parser.add_argument("--size", metavar="N", help="how many, or a share of all rows: 1000, 10%%")
    parser.add_argument("--name", metavar="NEW", help=f"of the new dataset (default: DATASET_{ending})")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--instead", action="store_true", help="it gets the weight of DATASET: the next mixture has it instead"
    )
    weights.add_argument("--undo", action="store_true", help="only give DATASET its weight back")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")
    parser.set_defaults(parser=parser)


def size_of(parsed: argparse.Namespace, rows: int) -> int:
    """How many of `rows` are asked for. Raises SourceError for no size, or one that is none."""
    try:
        return whole_number_of(str(parsed.size or ""), rows)
    except ValueError as error:
        raise SourceError(
            f"--size {parsed.size or ''}".rstrip(),
            expected="a number of examples, or a share of them: 1000, 10%",
            found=repr(parsed.size) if parsed.size else "none",
        ) from error


def parameters_of(parsed: argparse.Namespace) -> dict[str, Any]:
    """Every word that decides, as JSON has it; what was not given and has no default is left out."""
    values = {name: value for name, value in vars(parsed).items() if name not in NOT_PARAMETERS}
    return {name: _plain(value) for name, value in values.items() if value not in (None, [], False, "")}


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def typed(command: str, parsed: argparse.Namespace) -> str:
    """What to type for the same again: the words that differ from what they are by default."""
    given = {name: value for name, value in vars(parsed).items() if name not in NOT_PARAMETERS}
    changed = {name: value for name, value in given.items() if value != parsed.parser.get_default(name)}
    return shlex.join(["converters", command, parsed.dataset, *_words(changed)])


def _words(given: dict[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        option = f"--{name.replace('_', '-')}"
        for item in value if isinstance(value, list) else [value]:
            # -perplexity as the value of an option is taken for one
            yield from (
                [option] if item is True else [f"{option}={item}"] if str(item).startswith("-") else [option, str(item)]
            )
