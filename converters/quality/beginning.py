"""What does a selection begin with? The rows, what their texts tell, and what must not be trained on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from converters.contract import SourceError
from converters.mixing.build import evaluation_index
from converters.mixing.registry import Registry, read_registry
from converters.quality.candidates import Known, known
from converters.quality.registered import checked_name
from converters.quality.rows import Rows, opened


@dataclass(frozen=True)
class Begun:
    """`evaluation`: the sha256 of each evaluation set that was looked into, by name."""

    dataset_dir: Path
    registry: Registry
    rows: Rows
    facts: Known
    evaluation: Mapping[str, str]


@contextmanager
def begun(dataset_dir: Path, dataset: str, name: str) -> Iterator[Begun]:
    """Raises SourceError for a dataset that is none to train on, and for a `name` that is taken."""
    registry = read_registry(dataset_dir)
    _require_training(registry, dataset)
    with opened(dataset_dir, dataset) as rows, ExitStack() as stack:
        checked_name(registry, dataset, name)
        index, sets = evaluation_index(registry, dataset_dir, stack)
        yield Begun(dataset_dir, registry, rows, known(rows, index), {each.dataset: each.sha256 for each in sets})


def _require_training(registry: Registry, dataset: str) -> None:
    entry = registry.get(dataset)
    if isinstance(entry, dict) and "eval" in entry:
        raise SourceError(
            dataset,
            expected="a dataset to train on",
            found="an evaluation set",
            remedy="Scores are comparable only on all of its items.",
        )
