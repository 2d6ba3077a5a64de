"""The words of every command that reads a source: its inputs, their format and script, and the source's own options."""

from __future__ import annotations

import argparse
from pathlib import Path

from converters.contract import Option, Source, SourceError

SAMPLES = Path(__file__).resolve().parent / "samples"  # a folder for each source that comes with some


def add_reading(parser: argparse.ArgumentParser, source: Source) -> None:
    parser.add_argument(
        "inputs", nargs="*", metavar="INPUT", help=f"files, folders or patterns (default: raw/{source.name}/)"
    )
    if (SAMPLES / source.name).is_dir():
        parser.add_argument("--samples", action="store_true", help="read the samples that are installed with us")
    parser.add_argument("--format", default="", metavar="F", help="do not recognise the format, take this one")
    parser.add_argument("--workers", type=positive, default=1, metavar="N", help="processes; same output for any N")
    parser.add_argument(
        "--script",
        choices=("simplified", "original"),
        default="simplified",
        help="script of Chinese text from traditional sources",
    )
    parser.add_argument("--encoding", default="auto", metavar="NAME", help="auto knows UTF-8, UTF-16 and GB18030")
    parser.add_argument(
        "--raw", type=Path, default=Path("raw"), metavar="DIR", help="where downloads lie (default: raw)"
    )
    parser.add_argument("--quiet", action="store_true", help="no bar and no table")
    for option in source.options:
        parser.add_argument(
            f"--{option.name}",
            default=option.default,
            choices=option.choices or None,
            help=option.help,
            metavar=None if option.choices else option.name.upper().replace("-", "_"),
        )


def positive(text: str) -> int:
    return _at_least(1, text)


def count(text: str) -> int:
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    number = int(text)
    if number < least:
        raise argparse.ArgumentTypeError(f"expected {least} or more, found {text}")
    return number


def share_below_one(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"expected a share from 0 to below 1, found {text}")
    return number


def inputs(parsed: argparse.Namespace, source: Source) -> list[str]:
    """What was named, with the installed samples where they were asked for."""
    return [*parsed.inputs, *([str(SAMPLES / source.name)] if getattr(parsed, "samples", False) else [])]


def own_options(parsed: argparse.Namespace, source: Source) -> dict[str, str]:
    """Those of the source's options that were given, and are not their default. Raises SourceError."""
    own = {option.name: getattr(parsed, option.name.replace("-", "_")) for option in source.options}
    given = {option.name: own[option.name] for option in source.options if own[option.name] != option.default}
    return given | {
        option.name: _text_of(option, given[option.name]) for option in source.options if option.name in given
    }


def _text_of(option: Option, given: str) -> str:
    if not option.file:
        return given
    try:
        return Path(given).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"--{option.name} {given}", expected="a text file in UTF-8", found=str(error)) from error
