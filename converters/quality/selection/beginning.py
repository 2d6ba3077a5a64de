"""What does a selection begin with? The rows, what their texts tell, and what must not be trained on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from converters.contract import SourceError
from converters.mixing.build import evaluation_index
from converters.mixing.manifest import EvaluationSet, missing_evaluation
from converters.mixing.registry import Registry, read_registry
from converters.quality.rows import Rows, opened
from converters.quality.selection.candidates import Known, known
from converters.quality.selection.registered import checked_name


@dataclass(frozen=True)
class Begun:
    """`evaluation`: the evaluation sets that were looked into; `missing`: those that are registered without a file."""

    dataset_dir: Path
    registry: Registry
    rows: Rows
    facts: Known
    evaluation: tuple[EvaluationSet, ...]
    missing: tuple[str, ...]


@contextmanager
def begun(dataset_dir: Path, dataset: str, name: str) -> Iterator[Begun]:
    """Raises SourceError for a dataset that is none to train on, and for a `name` that is taken."""
    registry = read_registry(dataset_dir)
    _require_training(registry, dataset)
    with opened(dataset_dir, dataset) as rows, ExitStack() as stack:
        checked_name(registry, dataset, name)
        index, sets = evaluation_index(registry, dataset_dir, stack)
        missing = tuple(missing_evaluation(registry, dataset_dir))
        yield Begun(dataset_dir, registry, rows, known(rows, index), sets, missing)


def _require_training(registry: Registry, dataset: str) -> None:
    entry = registry.get(dataset)
    if isinstance(entry, dict) and "eval" in entry:
        raise SourceError(
            dataset,
            expected="a dataset to train on",
            found="an evaluation set",
            remedy="Scores are comparable only on all of its items.",
        )
