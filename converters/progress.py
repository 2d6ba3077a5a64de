"""What a person sees while a conversion runs and when it ends: a bar, a table, the next command."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

from converters.columns import aligned
from converters.convert import Report
from converters.engine.tally import Tally
from converters.mixing.registry import command
from converters.reading.inputs import Found, Input
from converters.registry import SOURCES
from converters.sources import custom


@contextmanager
def bar(found: Found, *, quiet: bool) -> Iterator[Report]:
    """Bytes read of all input, with records a second, kept and rejected; silent where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield lambda item, position, tallies: None
        return
    from tqdm import tqdm

    sizes = {item.place: item.size for item in found.inputs}
    before = dict(zip(sizes, accumulate(sizes.values(), initial=0), strict=False))
    started = time.monotonic()
    with tqdm(total=sum(sizes.values()), unit="B", unit_scale=True, file=sys.stderr, dynamic_ncols=True) as line:

        def report(item: Input, position: int, tallies: Sequence[Tally]) -> None:
            line.set_postfix_str(_postfix(tallies, time.monotonic() - started), refresh=False)
            line.update(before[item.place] + position - line.n)

        yield report


def _postfix(tallies: Sequence[Tally], seconds: float) -> str:
    records = max(tally.records for tally in tallies)
    kept = sum(tally.examples for tally in tallies)
    rejected = sum(sum(tally.rejected.values()) for tally in tallies)
    return f"{records / max(seconds, 0.001):,.0f} records/s, kept {kept:,}, rejected {rejected:,}"


CAPS = {f"cap_{kind}" for source in SOURCES for dataset in source.datasets for kind in dataset.caps}
HEADINGS = ("dataset", "records", "examples", "train", "eval", "rejected")


def summary(manifests: Sequence[dict[str, Any]], found: Found, dataset_dir: Path) -> str:
    """One table, why records were rejected, what was passed over, and what to type next."""
    lines = aligned([HEADINGS, *map(_row, manifests)])
    for manifest in manifests:
        lines += _reasons(manifest, dataset_dir)
        lines += _caps(manifest)
    lines += [item.note for item in found.inputs if item.note]
    lines += passed_over(found)
    lines += filter(None, map(_warning, manifests))
    return "\n".join([*lines, f"next: {next_command(manifests[0], dataset_dir)}"])


def passed_over(found: Found) -> list[str]:
    """One line on the files that were not read, if there were any."""
    if not found.ignored_files:
        return []
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(found.ignored.items()))
    shown = ", ".join(found.ignored_files[:3]) + (" …" if len(found.ignored_files) > 3 else "")
    return [f"passed over {len(found.ignored_files)} files ({reasons}): {shown}"]


def _row(manifest: dict[str, Any]) -> tuple[str, ...]:
    counts = manifest["counts"]
    split = counts["train"], counts["eval"]
    # an evaluation set has one file, and nothing in it is trained on
    train, held_out = (0, sum(split)) if manifest["purpose"] == "evaluation" else split
    numbers = (counts["records"], counts["examples"], train, held_out, sum(counts["rejected"].values()))
    return (manifest["dataset"], *(f"{number:,}" for number in numbers))


def _reasons(manifest: dict[str, Any], dataset_dir: Path) -> list[str]:
    rejected = manifest["counts"]["rejected"]
    if not rejected:
        return []
    ordered = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in ordered)
    return [f"{manifest['dataset']} rejected: {reasons} -> {dataset_dir / manifest['outputs']['rejects']['file']}"]


def _caps(manifest: dict[str, Any]) -> list[str]:
    """What the shares of kinds left out, where that is more than what they let in."""
    counts = manifest["counts"]
    left_out = sum(number for reason, number in counts["rejected"].items() if reason in CAPS)
    if left_out <= counts["examples"]:
        return []
    return [
        f"{manifest['dataset']}: {left_out:,} were left out because their kind may only have a small share "
        "(--cap KIND=SHARE; --cap all=1 keeps them all)"
    ]


def _warning(manifest: dict[str, Any]) -> str:
    counts = manifest["counts"]
    if not counts["examples"]:
        return f"warning: {manifest['dataset']} has no example"
    if not counts["eval"] and manifest["purpose"] == "train":
        return f"warning: {manifest['dataset']} has no evaluation example; a larger --eval-share gives some"
    return ""


def next_command(manifest: dict[str, Any], dataset_dir: Path) -> str:
    """Training data are cleaned of themselves, then of evaluation sets; pairs go to DPO as they are."""
    if manifest["purpose"] == "evaluation":
        return command("decontaminate", dataset_dir)
    if manifest["purpose"] == "preference":
        return f"llamafactory-cli train … stage=dpo dataset={manifest['dataset']}"
    if manifest["source"] == custom.NAME:
        return _own(manifest["dataset"], dataset_dir)
    return command("dedupe", dataset_dir)


def _own(dataset: str, dataset_dir: Path) -> str:
    """What the recipe for one's own rows has to be told of this conversion."""
    keys = {"dataset": (dataset, custom.NAME), "dataset_dir": (str(dataset_dir), "dataset_info")}
    changed = [shlex.quote(f"{key}={value}") for key, (value, default) in keys.items() if value != default]
    return " ".join(["llamafactory-cli train recipes/own.yaml", *changed])
