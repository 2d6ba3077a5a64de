"""What may be typed of `select` alone, and which words go together?"""

from __future__ import annotations

import argparse
from pathlib import Path

from converters.contract import SourceError
from converters.quality.models import settings
from converters.quality.page.projection import WAYS
from converters.quality.selection.choosing import METHODS
from converters.quality.selection.filters import CRITERIA, Bounds, bounds_of
from converters.quality.selection.selecting import Wanted
from converters.quality.selection.strata import BY
from converters.quality.vectors import words as vector_words

LEAST = "least-"
RANKS = (*CRITERIA, *(f"{LEAST}{name}" for name in CRITERIA))
OF = ("most-frequent", "each")
# option -> the only methods that it means something to
ONLY_FOR = {"nearest": ("coreset",), "exact": ("coreset",), "of": ("representative",), "rank": ("quality",)}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--method", choices=METHODS, default="coreset", help="(default: coreset)")
    parser.add_argument(
        "--nearest", type=int, metavar="M", help="coreset: only of the M rows nearest to the most frequent centre"
    )
    parser.add_argument("--exact", action="store_true", help="coreset: no approximation, however many rows there are")
    parser.add_argument("--of", choices=OF, help="representative: near which centres (default: most-frequent)")
    parser.add_argument(
        "--rank",
        type=_rank,
        choices=RANKS,
        metavar="[least-]WHAT",
        help=f"quality: the best by {', '.join(CRITERIA)} (reward)",
    )
    _add_bounds(parser)
    kept = parser.add_argument_group("what any selection keeps")
    kept.add_argument("--keep", type=Path, metavar="FILE", help="ids, one a line, that are in it whatever happens")
    kept.add_argument("--within", choices=tuple(BY), help="each of these keeps its share of all rows")
    kept.add_argument("--per-document", type=int, metavar="K", help="no document gives more than K rows")
    _add_geometry(parser)


def _rank(text: str) -> str:
    """--rank=-perplexity is --rank least-perplexity."""
    return LEAST + text[1:] if text.startswith("-") else text


def _add_bounds(parser: argparse.ArgumentParser) -> None:
    bounds = parser.add_argument_group(
        "only rows between FROM and TO, with any method",
        "numbers, or shares of the candidates (with --within of each of its parts): 20:500, 5%:95%, :40",
    )
    for name, criterion in CRITERIA.items():
        bounds.add_argument(f"--{name}", metavar="FROM:TO", help=criterion.help)


def _add_geometry(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("vectors and clusters, where they are not there yet")
    group.add_argument("--clusters", metavar="K", help="how many, or auto (default: those that are there, else auto)")
    vector_words.add_arguments(group)
    group.add_argument("--map", choices=WAYS, default="pca", help="how the page draws them in two dimensions")
    settings.add_arguments(parser)


def check(parsed: argparse.Namespace) -> None:
    """Raises SourceError for options that mean nothing to the method, and for numbers below 1."""
    for name, methods in ONLY_FOR.items():
        if getattr(parsed, name) and parsed.method not in methods:
            raise SourceError(f"--{name}", expected=f"--method {methods[0]}", found=f"--method {parsed.method}")
    for name in ("nearest", "per_document"):
        value = getattr(parsed, name)
        if value is not None and value < 1:
            raise SourceError(f"--{name.replace('_', '-')}", expected="a number above 0", found=str(value))


def bounds(parsed: argparse.Namespace) -> dict[str, Bounds]:
    """The criteria that have bounds, in the order of CRITERIA."""
    given = {name: getattr(parsed, name.replace("-", "_")) for name in CRITERIA}
    return {name: bounds_of(f"--{name}", text) for name, text in given.items() if text is not None}


def rank(parsed: argparse.Namespace) -> tuple[str, bool]:
    """(criterion, whether the smallest come first)."""
    name = parsed.rank or "reward"
    return name.removeprefix(LEAST), name.startswith(LEAST)


def wanted(parsed: argparse.Namespace, size: int) -> Wanted:
    """What was typed, as values."""
    return Wanted(
        parsed.method,
        size,
        bounds=bounds(parsed),
        rank=rank(parsed),
        around=parsed.nearest,
        exact=parsed.exact,
        of=parsed.of or OF[0],
        within=parsed.within or "",
        per_document=parsed.per_document,
    )
