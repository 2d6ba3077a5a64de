"""`python -m converters audit`: kept rows side by side with the records that they were made from, for a person to read.

Decides nothing: whether a row is good is the reader's verdict. Rows are drawn by a seed, so that two people read the
same ones and a new seed gives fresh ones.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from converters.beside import Row, beside, page
from converters.contract import SourceError
from converters.engine.prepare import shown
from converters.files import read_jsonl, sha256_of
from converters.reading.inputs import Found, Input, find_inputs
from converters.reading.readers import read
from converters.registry import SOURCES, source_named
from converters.similarity.datasets import require_present

CHECKLIST = (
    "true to the source",
    "self-contained",
    "script as asked",
    "no hole",
    "no foreign identity",
    "a native would send this request and be glad of this answer",
)
LONGEST_SOURCE = 4000  # characters of a source record that are shown
META_SHOWN = ("document", "licence", "attribution", "author", "title", "section", "kind", "template")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="a dataset that was converted (poetry_compose)")
    parser.add_argument("-n", type=int, default=50, metavar="N", help="rows to show (default: 50)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which rows (default: 0)")
    parser.add_argument("--rejects", action="store_true", help="rejected records with their reasons, not kept rows")
    parser.add_argument("--reason", default="", metavar="R", help="with --rejects: only those of one reason")
    parser.add_argument(
        "--inputs", nargs="+", default=[], metavar="INPUT", help="where the input lies now, if it moved"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with two columns instead")
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    manifest = _manifest(parsed.dataset_dir, parsed.dataset)
    rows = list(_rejected_rows(parsed, manifest) if parsed.rejects else _kept_rows(parsed, manifest))
    if parsed.html:
        parsed.html.write_text(page(f"audit: {parsed.dataset}", "; ".join(CHECKLIST), rows), encoding="utf-8")
        print(f"{parsed.html}: {len(rows)} rows")
        return 0
    width = max(shutil.get_terminal_size().columns, 100)
    for row in rows:
        print("\n".join(beside(row, width)))
    print(f"{len(rows)} rows of {parsed.dataset}, seed {parsed.seed}. Of each, ask: {'; '.join(CHECKLIST)}.")
    return 0


def _manifest(dataset_dir: Path, dataset: str) -> dict[str, Any]:
    path = dataset_dir / "data" / f"{dataset}.manifest.json"
    if not path.exists():
        known = sorted(other.name.split(".")[0] for other in (dataset_dir / "data").glob("*.manifest.json"))
        raise SourceError(
            str(path),
            expected="a dataset that was converted: " + (", ".join(known) or "there is none yet"),
            found=dataset,
            remedy="Convert its source first: python -m converters list. Or change to the folder in which you did; "
            "`python -m ewc_plugin init` begins one.",
        )
    manifest: dict[str, Any] = orjson.loads(path.read_bytes())
    if "outputs" not in manifest or "source" not in manifest:
        raise SourceError(
            str(path), expected="a converted dataset", found="a mixture", remedy="Audit one of its datasets."
        )
    require_present(path, manifest)
    return manifest


def drawn(items: Iterable[Any], number: int, seed: int) -> list[Any]:
    """`number` of the items, each with the same chance, in their order; one pass, memory for the drawn ones only."""
    generator = random.Random(seed)
    reservoir: list[tuple[int, Any]] = []
    for index, item in enumerate(items):
        if len(reservoir) < number:
            reservoir.append((index, item))
        elif (place := generator.randrange(index + 1)) < number:
            reservoir[place] = (index, item)
    return [item for _, item in sorted(reservoir, key=lambda pair: pair[0])]


# ---- kept rows


def _kept_rows(parsed: argparse.Namespace, manifest: dict[str, Any]) -> Iterator[Row]:
    paths = [
        parsed.dataset_dir / manifest["outputs"][part]["file"]
        for part in ("train", "eval")
        if part in manifest["outputs"]
    ]
    lines = (line for path in paths for _, line in read_jsonl(path))
    examples = drawn(lines, parsed.n, parsed.seed)
    inputs = _labels(_inputs(parsed, manifest), manifest)
    raw = _raw_records(inputs, {(line["meta"]["file"], line["meta"]["record"]) for line in examples})
    for number, line in enumerate(examples, start=1):
        meta = line["meta"]
        where = (meta["file"], meta["record"])
        heading = f"{number}/{len(examples)}  {line['id']}  {where[0]}, record {where[1]}"
        yield Row(heading, raw.get(where, "(not found: the input has changed)"), _made(line))


def _made(line: dict[str, Any]) -> str:
    parts = [f"[{message['role']}]\n{message['content']}" for message in line["messages"]]
    parts += [f"[{name}]\n{line[name]['content']}" for name in ("chosen", "rejected") if name in line]
    meta = [f"{name}: {line['meta'][name]}" for name in META_SHOWN if line["meta"].get(name)]
    return "\n".join([*parts, "", *meta])


def _inputs(parsed: argparse.Namespace, manifest: dict[str, Any]) -> Found:
    given = parsed.inputs or list(dict.fromkeys(entry["given"] for entry in manifest["inputs"]))
    options = manifest["options"]
    try:
        return find_inputs(
            source_named(manifest["source"]),
            given,
            raw=Path("raw"),
            format_name=options["format"],
            encoding=options["encoding"],
            sources=SOURCES,
        )
    except SourceError as error:
        remedy = f"{error.remedy}\nThe rows stand beside their source: say with --inputs where it lies now."
        raise SourceError(error.where, expected=error.expected, found=error.found, remedy=remedy) from error


def _labels(found: Found, manifest: dict[str, Any]) -> list[tuple[Input, str]]:
    """Each input with the name under which it was converted: its own, or that of the entry with the same content."""
    hashed = {path: sha256_of(path) for path in dict.fromkeys(path for item in found.inputs for path in item.files)}
    then = {entry["path"]: entry["sha256"] for entry in manifest["inputs"]}
    labels = []
    for item in found.inputs:
        now = [hashed[path] for path in item.files]
        # an archive is the file of all its members: their names tell them apart
        moved = [label for label, digests in then.items() if digests == now and label.endswith(item.member)]
        if item.label in then and then[item.label] != now:
            print(f"warning: {item.label} is not the file that was converted", file=sys.stderr)
        labels.append((item, item.label if item.label in then or not moved else moved[0]))
    return labels


def _raw_records(inputs: Iterable[tuple[Input, str]], wanted: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    raw: dict[tuple[str, str], str] = {}
    for item, label in inputs:
        numbers = {number for other, number in wanted if other == label}
        for record in read(item) if numbers else ():
            if str(record.number) in numbers:
                raw[label, str(record.number)] = _readable(record.raw)
                numbers.discard(str(record.number))
            if not numbers:
                break
    return raw


def _readable(value: Any) -> str:
    """A record as a person reads it: JSON opened up, line breaks as line breaks."""
    if isinstance(value, bytes | str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return _begun(shown(value))
    if isinstance(value, dict):
        return _begun("\n".join(f"{key}: {_text(item)}" for key, item in value.items()))
    return _begun(_text(value))


def _begun(text: str) -> str:
    """As much of a long record as is shown, and how long it is."""
    return text if len(text) <= LONGEST_SOURCE else f"{text[:LONGEST_SOURCE]}\n… ({len(text):,} characters)"


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()


# ---- rejects


def _rejected_rows(parsed: argparse.Namespace, manifest: dict[str, Any]) -> Iterator[Row]:
    path = parsed.dataset_dir / manifest["outputs"]["rejects"]["file"]
    lines = (line for line in _with_sources(path) if parsed.reason in ("", line["reason"]))
    chosen = drawn(lines, parsed.n, parsed.seed)
    for number, line in enumerate(chosen, start=1):
        heading = f"{number}/{len(chosen)}  {line['file']}, record {line['record']}"
        yield Row(heading, _readable(line["raw"]), f"rejected: {line['reason']}\n{line['detail']}")


def _with_sources(path: Path) -> Iterator[dict[str, Any]]:
    """The rejects of a file; the source stands in the first reject of each record."""
    record, raw = ("", ""), ""
    for _, line in read_jsonl(path):
        if line["raw"] or (line["file"], line["record"]) != record:
            record, raw = (line["file"], line["record"]), line["raw"]
        yield line | {"raw": raw}
