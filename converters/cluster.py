"""`python -m converters cluster`: which examples of a dataset are about the same, by k-means over their vectors.

`embed` comes before it. `select` starts from the centre of the most frequent cluster, which is cluster 0; `sample` and
`balance` know `--by cluster`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from converters.columns import aligned
from converters.mixing.registry import command
from converters.quality import places
from converters.quality.contract import Clusters
from converters.quality.covering import clusters
from converters.quality.covering.how_many import wanted
from converters.quality.covering.unit import unit
from converters.quality.rows import Row, Rows, opened, told
from converters.quality.vectors import vectors
from converters.source_words import count

SHOWN = 20  # clusters of the table; all are in the file
WORDS = 32  # characters of an example that stand in the table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="an entry of dataset_info.json that was embedded")
    parser.add_argument("--clusters", default="auto", metavar="K", help="how many; auto (default) goes by their number")
    parser.add_argument("--seed", type=count, default=0, metavar="N", help="of the beginnings of k-means (0)")
    parser.add_argument(
        "--engine", choices=tuple(clusters.ENGINES), default="scikit-learn", help="who does the k-means"
    )
    parser.add_argument("--dataset-dir", type=Path, default=Path("dataset_info"), metavar="DIR")


def run(parsed: argparse.Namespace) -> int:
    with opened(parsed.dataset_dir, parsed.dataset) as rows:
        matrix = unit(vectors.load(parsed.dataset_dir, rows).matrix)
        k, rule = wanted(parsed.clusters, int((~np.isnan(matrix[:, 0])).sum()))
        found = clusters.kmeans(matrix, k, seed=parsed.seed, engine=parsed.engine)
        clusters.save(parsed.dataset_dir, rows, found)
        print("\n".join(summary(rows, found, rule)))
        print("\n".join([*told(rows), f"-> {places.clusters(parsed.dataset_dir, rows.name)}"]))
    print(f"next: {command(f'select {parsed.dataset} --method coreset --size N', parsed.dataset_dir)}")
    return 0


def summary(rows: Rows, found: Clusters, rule: str) -> Iterator[str]:
    """How many there are and why, and of each its size and the example that is nearest to its centre."""
    asked, k = int(found.about["asked"]), len(found.centres)
    yield f"{rows.name}: {int(found.sizes.sum()):,} examples in {k:,} clusters" + (f" ({rule})" if rule else "")
    if k < asked:
        yield f"{asked:,} were asked for: there are not as many different vectors"
    if missing := int((found.labels < 0).sum()):
        yield f"{missing:,} examples have no vector, and so no cluster"
    table: list[tuple[str, ...]] = [
        ("cluster", "the example nearest to its centre", "examples", "share", "mean cosine")
    ]
    table += [_line(rows, found, cluster) for cluster in range(min(k, SHOWN))]
    yield from aligned(table, text_columns=2)
    if k > SHOWN:
        yield f"and {k - SHOWN:,} smaller ones with {int(found.sizes[SHOWN:].sum()):,} examples"


def _line(rows: Rows, found: Clusters, cluster: int) -> tuple[str, ...]:
    members = np.flatnonzero(found.labels == cluster)
    distances = found.distances[members].astype(np.float64)
    cosine = 1 - (distances * distances).mean() / 2
    share = len(members) / int(found.sizes.sum())
    return (
        str(cluster),
        _words(rows[int(members[distances.argmin()])]),
        f"{len(members):,}",
        f"{share:.1%}",
        f"{cosine:.3f}",
    )


def _words(row: Row) -> str:
    """The beginning of what the user says, in one line."""
    said = next((turn.content for turn in row.turns if turn.role == "user"), "")
    text = " ".join(said.split())
    return text if len(text) <= WORDS else text[: WORDS - 1] + "…"
