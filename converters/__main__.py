"""The command line: one sub-command for each source, list and catalog, and those of COMMANDS.

Exit codes: 0 done, 1 an error of ours (or a stale catalogue under --check), 2 an error of the user's, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from converters import __version__, catalog, source_words
from converters.contract import Dataset, Source, SourceError
from converters.downloads import command as downloads
from converters.mixing.registry import REGISTRY
from converters.options import EVAL_SHARE
from converters.poems import tone_table
from converters.registry import SOURCES, source_named
from converters.remains import finish
from converters.source_words import count, positive, share_below_one

EVERY_KIND = "all"  # of --cap
EXAMPLES = """examples:
  python -m converters list
  python -m converters belle train_2M_CN.json
  python -m converters belle --download           (from the hub into raw/belle/, then converts it)
  python -m converters poetry                     (reads raw/poetry/)
  python -m converters mix domain --ratio 5:3:2
"""


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    # a polite kill cleans up as Ctrl-C does
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        parsed = _parser(words).parse_args(words)
        folder = getattr(parsed, "dataset_dir", None)
        if folder is not None:
            finish(folder)
            finish(folder / "data")
        return int(parsed.run(parsed))
    except SourceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing was replaced", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `converters list | head`
        sys.stderr.close()
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m converters",
        description="Raw Chinese corpora become LLaMA-Factory datasets.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_list(commands)
    _add_catalog(commands)
    for name in COMMANDS:
        _add_command(commands, name, words)
    for source in SOURCES:
        _add_source(commands, source)
    return parser


def _add_list(commands: Any) -> None:
    parser = commands.add_parser("list", help="every source with licence, origin, formats, tasks and group")
    parser.add_argument("--json", action="store_true", help="the same, for programs")
    parser.set_defaults(run=run_list)


def _add_catalog(commands: Any) -> None:
    parser = commands.add_parser("catalog", help="write dataset_info.json, where your edits stay, and prosody.json")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with a diff if it is stale")
    _add_dataset_dir(parser)
    parser.set_defaults(run=run_catalog)


# name -> (module of that name with add_arguments and run, help); imported only when it is asked for
COMMANDS = {
    "mix": "weights and a stage's ratio become a mixture, which is a dataset",
    "expand": "passages become instruction data with a language model, each request paid for once",
    "audit": "kept rows side by side with their source, to be read by a person",
    "dedupe": "exact and near duplicates leave the datasets, within and across sources",
    "decontaminate": "what is in an evaluation set leaves the training files",
    "licences": "what a mixture or a dataset obliges its user to",
    "stats": "lengths, scripts, duplicates, groups and templates, as a table and as a page",
    "prompts": "what a model is asked about a passage, version by version, and what was accepted of each",
    "score": "length, perplexity, IFD and reward of each example, beside the data",
    "cluster": "which examples of a dataset are about the same: k-means over their vectors",
    "difficulty": "how hard a task is for a model, and with how many examples to begin",
    "embed": "a vector for each example of a dataset, from a language model or an embedding model",
    "select": "the examples worth training on: a core set, the best by scores, those near a centre",
    "sample": "some examples of a dataset: systematic, random, or stratified",
    "balance": "what each part of the data weighs, and what it might",
}


def _add_command(commands: Any, name: str, words: Sequence[str]) -> None:
    parser = commands.add_parser(name, help=COMMANDS[name])
    if name not in words[:1]:
        return
    module = importlib.import_module(f"converters.{name}")
    module.add_arguments(parser)
    parser.set_defaults(run=module.run)


def _add_dataset_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dataset-dir",
        type=Path,
        default=Path("dataset_info"),
        metavar="DIR",
        help="where dataset_info.json and data/ are (default: dataset_info)",
    )


def _add_source(commands: Any, source: Source) -> None:
    datasets = ", ".join(dataset.name for dataset in source.datasets)
    formats = "\n".join(f"  {shape.name:<14} {shape.description}" for shape in source.readable)
    parser = commands.add_parser(
        source.name,
        help=f"{source.group}: {datasets}",
        description=f"{source.name} -> {datasets}\nlicence: {source.licence}\norigin:  {source.origin}\nformats, "
        f"recognised by content:\n{formats}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source_words.add_reading(parser, source)
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: on Ray Data, for many machines; same output"
    )
    parser.add_argument("--strict", action="store_true", help="stop at the first record that cannot be read")
    downloads.add_arguments(parser, source)
    _add_naming(parser, source)
    _add_holding_out(parser, source)
    _add_dataset_dir(parser)
    parser.set_defaults(run=run_source, source=source.name)


def _add_naming(parser: argparse.ArgumentParser, source: Source) -> None:
    caps = {kind: share for dataset in source.datasets for kind, share in dataset.caps.items()}
    shares = ", ".join(f"{kind}={share}" for kind, share in caps.items())
    parser.add_argument(
        "--name", type=_name, metavar="NEW", help=f"names of datasets begin with this, not {source.name}"
    )
    if caps:
        parser.add_argument(
            "--cap",
            type=_cap,
            action="append",
            default=[],
            metavar="KIND=SHARE",
            help=f"largest share of a kind in its dataset, 1 for no limit; all=1 lifts every one (default: {shares})",
        )


def _add_holding_out(parser: argparse.ArgumentParser, source: Source) -> None:
    least = f", and {source.least_eval} if a fifth are as many" if source.least_eval else ""
    parser.add_argument("--limit", type=positive, metavar="N", help="at most N examples in each dataset")
    parser.add_argument(
        "--eval-share",
        type=share_below_one,
        metavar="X",
        help=f"share of documents held out (default: {EVAL_SHARE}{least})",
    )
    parser.add_argument(
        "--max-eval",
        type=count,
        default=500,
        metavar="N",
        help="at most N held out in each dataset (default: 500)",
    )


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", text):
        raise argparse.ArgumentTypeError(f"expected letters, digits and _, a letter first; found {text}")
    return text


def _cap(text: str) -> tuple[str, float]:
    kind, _, share = text.partition("=")
    try:
        number = float(share)
    except ValueError:
        number = -1.0
    if not kind or not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected KIND=SHARE with a share from 0 to 1, found {text}")
    return kind, number


def run_source(parsed: argparse.Namespace) -> int:
    from converters.convert import convert
    from converters.progress import bar, summary
    from converters.reading.inputs import find_inputs

    source = source_named(parsed.source)
    options = _options(parsed, source)
    if parsed.download:
        downloads.run(source, parsed)
    found = find_inputs(
        source,
        source_words.inputs(parsed, source),
        raw=parsed.raw,
        format_name=options.format,
        encoding=options.encoding,
        sources=SOURCES,
    )
    with bar(found, quiet=parsed.quiet) as report:
        manifests = convert(source, found, options, dataset_dir=parsed.dataset_dir, report=report)
    if not parsed.quiet:
        print(summary(manifests, found, parsed.dataset_dir))
    return 0


def _options(parsed: argparse.Namespace, source: Source) -> Any:
    from converters.convert import Options

    given = source_words.own_options(parsed, source)
    known = {kind for dataset in source.datasets for kind in dataset.caps}
    caps = dict(getattr(parsed, "cap", []))
    if caps.keys() - known - {EVERY_KIND}:
        raise SourceError(
            "--cap", expected=f"{EVERY_KIND}, or a kind of {', '.join(sorted(known))}", found=", ".join(caps)
        )
    if EVERY_KIND in caps:
        caps = dict.fromkeys(sorted(known), caps.pop(EVERY_KIND)) | caps
    own_kinds = ("name", "caps", "options", "eval_share", "least_eval")
    plain = {name: getattr(parsed, name) for name in Options.__dataclass_fields__ if name not in own_kinds}
    share, least = (EVAL_SHARE, source.least_eval) if parsed.eval_share is None else (parsed.eval_share, 0)
    return Options(**plain, eval_share=share, least_eval=least, name=parsed.name or "", caps=caps, options=given)


def run_list(parsed: argparse.Namespace) -> int:
    if parsed.json:
        print(json.dumps([_described(source) for source in SOURCES], ensure_ascii=False, indent=2))
        return 0
    print("\n\n".join(map(_listed, SOURCES)))
    return 0


def _described(source: Source) -> dict[str, Any]:
    from converters.downloads import show

    return {
        "name": source.name,
        "group": source.group,
        "licence": source.licence,
        "origin": source.origin,
        "formats": [{"name": shape.name, "description": shape.description} for shape in source.readable],
        "datasets": [
            {
                "name": dataset.name,
                "task": dataset.task,
                "purpose": dataset.purpose,
                "group": source.group_of(dataset),
                "weight": dataset.weight,
                "eval_task": dataset.eval_task,
            }
            for dataset in source.datasets
        ],
        "raw": list(source.wanted),
        "downloads": show.described(source),
    }


def _listed(source: Source) -> str:
    from converters.downloads import show

    lines = [
        f"{source.name}  (group: {source.group})",
        f"  licence  {source.licence}",
        f"  origin   {source.origin}",
        *(f"  format   {shape.name}: {shape.description}" for shape in source.readable),
        *(f"  dataset  {item.name}: {item.task} ({_place(source, item)})" for item in source.datasets),
        *(f"  raw/{source.name}/  {wanted}" for wanted in source.wanted),
        *show.listed(source),
    ]
    return "\n".join(lines)


def _place(source: Source, dataset: Dataset) -> str:
    if dataset.purpose == "train":
        return f"weight {dataset.weight} in the group {source.group_of(dataset)}"
    return "for evaluation only" if dataset.purpose == "evaluation" else "pairs for DPO"


def run_catalog(parsed: argparse.Namespace) -> int:
    path = parsed.dataset_dir / REGISTRY
    if not parsed.check:
        print(f"{path}: {catalog.write(parsed.dataset_dir)} entries")
        print(f"{parsed.dataset_dir / tone_table.TABLE}: {tone_table.described()}")
        return 0
    stale = catalog.difference(parsed.dataset_dir)
    if catalog.has_stale_table(parsed.dataset_dir):
        stale += f"{parsed.dataset_dir / tone_table.TABLE}: not the table that would be written\n"
    if stale:
        print(f"{stale}{path} is stale. Run: python -m converters catalog --dataset-dir {parsed.dataset_dir}")
        return 1
    print(f"{path} is up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
