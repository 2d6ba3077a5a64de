"""A selection is decided: it becomes a dataset, a page, and lines for the reader."""

from __future__ import annotations

import argparse

from converters.quality import page, places
from converters.quality.contract import Selection
from converters.quality.page.layout import page as drawn
from converters.quality.page.projection import Way
from converters.quality.selection import outcome
from converters.quality.selection.beginning import Begun
from converters.quality.selection.candidates import Candidates
from converters.quality.selection.known_beside import Beside
from converters.quality.selection.picked import Request, write
from converters.quality.selection.words import parameters_of, typed


def publish(
    begun: Begun,
    selection: Selection,
    candidates: Candidates,
    parsed: argparse.Namespace,
    *,
    step: str,
    name: str,
    known: Beside,
) -> None:
    """Write all of it and print what there is to say; `step` is the command's name, `name` that of the new dataset."""
    rows, folder = begun.rows, begun.dataset_dir
    evaluation = {f"evaluation:{each.dataset}": each.sha256 for each in begun.evaluation}
    request = Request(
        name,
        typed(step, parsed),
        parameters_of(parsed),
        inputs={**known.inputs, **evaluation},
        details=candidates.details,
        instead=parsed.instead,
    )
    way: Way = getattr(parsed, "map", "pca")
    numbers = page.numbers(rows, selection, known.vectors, known.clusters, known.scores, projection=way)
    written = write(folder, rows, selection, request, page=numbers, html=drawn(numbers))
    shown = f"{written.rejects.name} and {places.selection_page(folder, name).name}"
    lines = [
        *outcome.heading(rows, selection),
        *outcome.told_of(selection, numbers),
        *outcome.checked_against(begun.evaluation, begun.missing),
        *known.notes,
        f"wrote {written.path}, {shown}; registered {name}",
        *outcome.weights(folder, rows.name, name, written.registry, step),
    ]
    print("\n".join(lines))
