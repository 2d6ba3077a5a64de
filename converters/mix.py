"""`python -m converters mix`: the weights of dataset_info.json and a ratio -> a mixture, itself a dataset.

The command line and the writer. What is written is decided in `converters.mixing`: `settings` checks the request,
`survey` and `leakage` say what may be taken, `quota` how many, `order` which and when, `build` joins them.

Options that differ from the mixture's entry hold for this build and are recorded in its manifest; the registry is
the user's file and changes only with --save (into the entry) or --name (a new entry).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from converters.files import atomic_text, staged
from converters.licences import of_record, owed
from converters.mixing.build import Build, prepared
from converters.mixing.manifest import manifest_path
from converters.mixing.registry import (
    FORMAT,
    REGISTRY,
    Registry,
    command,
    mix_of,
    parse_ratio,
    ratio_order,
    read_registry,
    resolve_name,
)
from converters.mixing.settings import (
    CHOICES,
    DEFAULTS,
    SETTINGS,
    Mixture,
    check_mixture,
    merged_settings,
    output_file,
)
from converters.mixing.staleness import overrides, stale_reasons
from converters.mixing.table import mixture_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("mixture", metavar="NAME", help="a stage (foundation, task, domain) or a mixture's name")
    parser.add_argument("--total", type=int, metavar="N", help="examples in all")
    parser.add_argument("--ratio", metavar="5:3:2", help="foundation:task:domain, or foundation=5,domain=2")
    parser.add_argument("--unit", choices=CHOICES["unit"], help="the ratio is of examples, or of supervised tokens")
    parser.add_argument("--tokenizer", metavar="PATH", help="count tokens with this one; characters without it")
    parser.add_argument("--sampling", choices=CHOICES["sampling"], help="how examples of a dataset are chosen")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument("--on-shortage", choices=CHOICES["on_shortage"], help="what to do when a dataset has too few")
    parser.add_argument("--max-repeat", type=int, metavar="K", help="with repeat: uses of one example at most")
    parser.add_argument("--on-missing", choices=CHOICES["on_missing"], help="what to do about datasets not converted")
    parser.add_argument("--name", metavar="NEW", help="write and register another mixture with these options")
    parser.add_argument("--save", action="store_true", help="write these options into the mixture's entry")
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--preview", action="store_true", help="print the table, write nothing")
    only.add_argument("--check", action="store_true", help="say whether the mixture is up to date; exit 1 if not")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(args: argparse.Namespace) -> int:
    """Builds, previews or checks one mixture; raises SourceError for every mistake of the user's."""
    dataset_dir = Path(args.dataset_dir)
    registry = read_registry(dataset_dir)
    source = resolve_name(registry, args.mixture)
    name = args.name or source
    options = {key: getattr(args, key) for key in SETTINGS if key not in ("stage", "ratio")}
    if args.ratio is not None:
        options["ratio"] = parse_ratio(args.ratio, ratio_order(registry, source))
    settings = merged_settings(registry, source, options)
    given = {key: settings[key] for key, value in options.items() if value is not None}
    if args.check:
        return report_staleness(registry, name, given, dataset_dir)
    mixture = check_mixture(registry, name, settings, dataset_dir=dataset_dir, source=source, given=given)
    saved = entry_of(registry, mixture, settings) if args.name or args.save else None
    target = registry | ({name: saved} if saved else {})
    with ExitStack() as stack:
        build = prepared(mixture, target, dataset_dir, stack)
        if args.preview:
            print(mixture_table(build.manifest("")))
            return 0
        print(mixture_table(written(build)))
    if saved:
        register(dataset_dir, name, saved)
    print(f"wrote {dataset_dir / mixture.file_name}" + (f" and registered {name}" if saved else ""))
    return 0


# --- writing ------------------------------------------------------------------------------------------------


def written(build: Build) -> dict[str, Any]:
    """Writes data and manifest, both complete on disk before either replaces what was there; data first.

    A crash between the two replacements leaves new data beside the old manifest, whose sha256 then gives it
    away: `--check` calls it stale.
    """
    data, digest = build.dataset_dir / build.mixture.file_name, hashlib.sha256()
    licences: Counter[tuple[str, str]] = Counter()
    with staged(data.parent) as files:
        stream = files.open(data)
        for line in build.lines():
            stream.write(line)
            digest.update(line.encode("utf-8"))
            licences[of_record(orjson.loads(line), build.mixture.name)] += 1
        manifest = {**build.manifest(digest.hexdigest()), "licences": owed(licences)}
        files.open(manifest_path(build.dataset_dir, build.mixture.file_name)).write(
            json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        )
    return manifest


def entry_of(registry: Registry, mixture: Mixture, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The registry entry of a mixture with the settings of this build; defaults are not spelt out."""
    entry = dict(registry.get(mixture.name) or {"file_name": output_file(registry, mixture.name), **FORMAT})
    before = mix_of(registry, mixture.name)
    always = ("stage", "ratio", "total", "seed", "on_shortage")
    entry["mix"] = {
        key: settings[key] for key in SETTINGS if key in always or key in before or settings[key] != DEFAULTS[key]
    }
    return entry


def register(dataset_dir: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Puts one entry into the registry as it is now; every other entry stays, in its place."""
    registry = read_registry(dataset_dir) | {name: dict(entry)}
    with atomic_text(dataset_dir / REGISTRY) as stream:
        # ASCII, because LLaMA-Factory opens the file in the encoding of the locale
        stream.write(json.dumps(registry, ensure_ascii=True, indent=2) + "\n")


# --- checking -----------------------------------------------------------------------------------------------


def report_staleness(registry: Registry, name: str, given: Mapping[str, Any], dataset_dir: Path) -> int:
    """0 and one line when the mixture is what the registry, the files and the given options ask for; else 1."""
    reasons = stale_reasons(registry, name, dataset_dir=dataset_dir, asked=given)
    if not reasons:
        print("\n".join([f"{name}: up to date", *(f"  {note}" for note in overrides(registry, name, dataset_dir))]))
        return 0
    print("\n".join([f"{name}: stale", *(f"  {reason}" for reason in reasons)]))
    print(f"Build it again: {command(f'mix {name}', dataset_dir)}", file=sys.stderr)
    return 1
