"""A user's own files: rows of JSON, CSV, TSV or Parquet, whose columns say what they are, and texts to `expand`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converters.contract import GROUPS, Dataset, Format, Option, Source
from converters.expansion import documents
from converters.sources import evaluation
from converters.sources.custom.mapping import mapping_of as mapping_of
from converters.sources.custom.rows import NAME as NAME
from converters.sources.custom.rows import PREFERENCE
from converters.sources.custom.rows import from_record as from_record
from converters.sources.custom.texts import passages_of_file, passages_of_record


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and documents.is_text(value["text"])


def _is_record(record: Any) -> bool:
    return isinstance(record, Mapping) and bool(record)


def _is_of_an_evaluation_set(record: Any) -> bool:
    shapes = [shape for shape in evaluation.SOURCE.readable if shape.container == "record"]
    return any(shape.matches(record) for shape in shapes)


SOURCE = Source(
    name=NAME,
    group="task",
    licence="LicenseRef-unstated",
    origin="your own files",
    documents=("*.md",),
    # of formats that fit alike the first is taken
    formats=(
        Format(
            "evaluation_set",
            "a public evaluation set",
            "record",
            _is_of_an_evaluation_set,
            unsupported="it is to measure with, never to train on: python -m converters evaluation "
            "(if it is your own: --format columns)",
        ),
        Format(
            "text",
            "a text of your own, plain or in Markdown",
            "document",
            _is_text,
            passages=passages_of_file,
            unsupported="nobody asks anything in it; `python -m converters expand custom` has a model write questions "
            "and answers",
        ),
        Format(
            "columns",
            "any table or objects: messages, or prompt and response, by their names or by --columns",
            "record",
            _is_record,
            from_record,
            passages_of_record,
        ),
    ),
    datasets=(
        Dataset(NAME, "whatever your own examples teach", 1.0, "instruction"),
        Dataset(PREFERENCE, "which of two answers is better", 0, "preference", purpose="preference"),
    ),
    wanted=("*.json, *.jsonl, *.csv, *.tsv or *.parquet",),
    options=(
        Option(
            "columns",
            "which column is what: prompt=问题,response=回答 (a template: prompt=请回答：{问题}); text=正文 to expand",
        ),
        Option("mapping", "the same as YAML, in a file: one `prompt: column` a line", file=True),
        Option("group", "the group of mixtures that it belongs to", "task", GROUPS),
        Option("weight", "its weight in the group (default: 1)"),
        Option("licence", "SPDX id of the licence of your files"),
    ),
    catalogued=False,
    # own files are often a few hundred rows, of which two hundredths would measure nothing
    least_eval=40,
    # of one's own handbook every page counts
    passages_per_document=0,
)
