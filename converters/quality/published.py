"""A selection is decided: it becomes a dataset, a page, and lines for the reader."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from converters.quality import outcome, page, places
from converters.quality.beginning import Begun
from converters.quality.candidates import Candidates
from converters.quality.contract import Clusters, Selection, Vectors
from converters.quality.picked import Request, write
from converters.quality.selection_words import parameters_of, typed


def publish(
    begun: Begun,
    selection: Selection,
    candidates: Candidates,
    parsed: argparse.Namespace,
    *,
    step: str,
    name: str,
    inputs: Mapping[str, str] | None = None,
    vectors: Vectors | None = None,
    clusters: Clusters | None = None,
    scores: Mapping[str, Mapping[str, Any]] | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write all of it and print what there is to say; `step` is the command's name, `name` that of the new dataset."""
    rows, folder = begun.rows, begun.dataset_dir
    request = Request(
        name,
        typed(step, parsed),
        parameters_of(parsed),
        inputs={**{f"evaluation:{name}": digest for name, digest in begun.evaluation.items()}, **(inputs or {})},
        details=candidates.details,
        instead=parsed.instead,
    )
    numbers = page.numbers(rows, selection, vectors, clusters, scores or {})
    written = write(folder, rows, selection, request, page=numbers)
    path = places.selection_page(folder, name)
    page.write(folder, rows, selection, vectors, clusters, scores or {}, path)
    print("\n".join(outcome.heading(rows, selection)))
    if "strata" in selection.numbers:
        told = selection.numbers["strata"]
        print("\n".join(["", *outcome.share_table(told["by"], told["shares"]), ""]))
    for line in (*notes, f"wrote {written.path}, {written.rejects.name} and {path.name}; registered {name}"):
        print(line)
    print("\n".join(outcome.weights(folder, rows.name, name, written.registry, step)))
