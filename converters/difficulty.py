"""`python -m converters difficulty DATASET`: how hard is a task for a model, and with how many examples to begin?

Measures the untouched model on up to --items of the dataset's own examples; trains nothing. What it found stands in
`<name>.difficulty.json` beside the data too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from converters.contract import SourceError
from converters.files import atomic_text
from converters.quality import places
from converters.quality.difficulty import levels
from converters.quality.models import settings, shards, signature
from converters.source_words import positive

if TYPE_CHECKING:
    from converters.quality.difficulty.gathering import Request

ITEMS = 200
SHOTS = "0,4"
NEW_TOKENS = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="an entry of dataset_info.json")
    parser.add_argument(
        "--items", type=positive, default=ITEMS, metavar="N", help=f"at most N examples, evenly over the file ({ITEMS})"
    )
    parser.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="NAME",
        help="a general set to compare with; may be given several times (default: what was held out of the foundation, "
        "or is trained on there)",
    )
    parser.add_argument(
        "--shots", default=SHOTS, metavar="N,N", help=f"numbers of examples in the prompt ({SHOTS}); 0 is always tried"
    )
    parser.add_argument(
        "--shots-from", default="", metavar="NAME", help="their dataset (default: the training side of DATASET)"
    )
    parser.add_argument(
        "--passages", type=Path, metavar="FILE", help="JSON Lines of 'document' and 'text', as expand writes them"
    )
    parser.add_argument(
        "--max-new-tokens", type=positive, default=NEW_TOKENS, metavar="N", help=f"of an answer ({NEW_TOKENS})"
    )
    parser.add_argument(
        "--thresholds",
        default=f"{levels.EASY:g}:{levels.HARD:g}",
        metavar="EASY:HARD",
        help="ratios of perplexities up to which a task is easy, and above which it is hard (default: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="no line of progress")
    settings.add_arguments(parser)
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    from converters.quality.difficulty.as_json import as_json
    from converters.quality.difficulty.gathering import gathered
    from converters.quality.difficulty.measuring import Reader
    from converters.quality.difficulty.study import studied
    from converters.quality.difficulty.told import told

    _require_one_process()
    chosen = settings.settings_of(parsed)
    steps = levels.ladder(*levels.thresholds(parsed.thresholds))
    shots = shots_of(parsed.shots)
    found = gathered(_request(parsed, shots))
    reader = Reader.of(chosen)
    study = studied(found, reader, shots=shots, new_tokens=parsed.max_new_tokens, steps=steps, quiet=parsed.quiet)
    path = places.difficulty(parsed.dataset_dir, parsed.dataset)
    with atomic_text(path) as stream:
        json.dump(as_json(study, signature.of_model(chosen, reader.model.about)), stream, ensure_ascii=False, indent=2)
        stream.write("\n")
    print(told(study))
    print(f"\n{path}: all numbers, and every answer")
    return 0


def _require_one_process() -> None:
    if shards.here().count > 1:
        raise SourceError(
            "difficulty",
            expected="one process: a few hundred examples are not worth sharing out",
            found=f"{shards.here().count} of a launcher",
            remedy="python -m converters difficulty …; --device spread lays a large model over all GPUs.",
        )


def _request(parsed: argparse.Namespace, shots: tuple[int, ...]) -> Request:
    from converters.quality.difficulty.gathering import Request

    return Request(
        parsed.dataset_dir,
        parsed.dataset,
        parsed.items,
        tuple(parsed.reference),
        shots,
        parsed.shots_from,
        parsed.passages,
    )


def shots_of(text: str) -> tuple[int, ...]:
    """`0,4` in rising order, with 0 whether it was named or not; raises SourceError."""
    try:
        numbers = {int(part) for part in text.split(",")}
    except ValueError:
        numbers = {-1}
    if min(numbers) < 0:
        raise SourceError("--shots", expected="numbers of examples, as in 0,4", found=repr(text))
    return tuple(sorted({0, *numbers}))
