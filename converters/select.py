"""`python -m converters select`: the examples worth training on become a dataset of their own.

* coreset: from the row that is cosine-nearest to the centre of the most frequent cluster, k-center-greedy: again and
  again the row that is furthest from all chosen, so that the few cover the many;
* representative: the rows that are cosine-nearest to the most frequent centre, or to each;
* quality: within the bounds that were given, the best by a reward model or by another number;
* ifd: where the instruction helps least and yet helps: the highest IFD below 1.

Never an example of an evaluation set; of equal texts, and of equal vectors, one. Without chance: the same data give the
same selection. Of a larger one the smaller is the beginning; with --within, a beginning has the same shares. It lies
beside the data with weight 0, until --instead.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from converters.contract import SourceError
from converters.files import sha256_of
from converters.quality.models import shards
from converters.quality.scoring import scores as score_files
from converters.quality.selection import options as selection_options
from converters.quality.selection import outcome
from converters.quality.selection import words as selection_words
from converters.quality.selection.beginning import begun
from converters.quality.selection.geometry import geometry
from converters.quality.selection.keeping import kept_rows
from converters.quality.selection.known_beside import beside
from converters.quality.selection.published import publish
from converters.quality.selection.selecting import selected
from converters.quality.selection.weighing import give_back
from converters.quality.selection.words import size_of
from converters.quality.vectors import words as vector_words


def add_arguments(parser: argparse.ArgumentParser) -> None:
    selection_words.add_arguments(parser, ending="selected")
    selection_options.add_arguments(parser)


def run(parsed: argparse.Namespace) -> int:
    name = parsed.name or f"{parsed.dataset}_selected"
    if parsed.undo:
        print(outcome.given_back(parsed.dataset, name, give_back(parsed.dataset_dir, parsed.dataset, name)))
        return 0
    _require_one_process()
    selection_options.check(parsed)
    model = vector_words.embedding_of(parsed)
    with begun(parsed.dataset_dir, parsed.dataset, name) as start:
        wanted = selection_options.wanted(parsed, size_of(parsed, len(start.rows)))
        kept = kept_rows(parsed.keep, start.rows, start.facts.leaks) if parsed.keep else np.zeros(0, dtype=np.int64)
        scores = score_files.load(start.dataset_dir, start.rows) if wanted.criteria else {}
        found = geometry(start, model, parsed.clusters or "") if wanted.needs_vectors else None
        made = selected(start, wanted, kept=kept, scores=scores, found=found)
        known = beside(start, found, scores)
        known = replace(known, inputs={**known.inputs, **({"keep": sha256_of(parsed.keep)} if parsed.keep else {})})
        publish(start, made.selection, made.pool, parsed, step="select", name=name, known=known)
    return 0


def _require_one_process() -> None:
    if shards.here().count > 1:
        raise SourceError(
            "select",
            expected="one process",
            found=f"{shards.here().count}",
            remedy="Embed and score with torchrun first; then select without it.",
        )
