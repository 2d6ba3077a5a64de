"""The journal of an expansion becomes datasets, as `python -m converters expansion JOURNAL --name NAME` makes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from converters.convert import convert
from converters.expansion.contract import Task
from converters.expansion.pair_format import PREFERENCE
from converters.options import EVAL_SHARE, Options
from converters.progress import bar
from converters.reading.inputs import Found, find_inputs
from converters.registry import SOURCES
from converters.sources import expansion


def build(
    files: Sequence[Path],
    name: str,
    tasks: Sequence[Task],
    options: Mapping[str, str],
    *,
    dataset_dir: Path,
    eval_share: float | None,
    script: Literal["simplified", "original"],
    workers: int,
    quiet: bool,
) -> tuple[list[dict[str, Any]], Found]:
    """The manifests of the datasets of these tasks, and what was read; those of other tasks stay as they are.

    `files` are the journal and, where there are any, the pairs.
    Raises SourceError where no item of any answer is good.
    """
    names = [*map(expansion.dataset_of, tasks), PREFERENCE]
    source = replace(expansion.SOURCE, datasets=tuple(one for one in expansion.SOURCE.datasets if one.name in names))
    found = find_inputs(
        expansion.SOURCE,
        [str(path) for path in files],
        raw=Path("raw"),
        format_name="",
        encoding="auto",
        sources=SOURCES,
    )
    given = Options(
        eval_share=EVAL_SHARE if eval_share is None else eval_share,
        least_eval=expansion.SOURCE.least_eval if eval_share is None else 0,
        workers=workers,
        script=script,
        name=name,
        options=options,
    )
    with bar(found, quiet=quiet) as report:
        return convert(source, found, given, dataset_dir=dataset_dir, report=report), found
