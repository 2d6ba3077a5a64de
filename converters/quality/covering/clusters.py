"""Which examples are about the same? k-means over unit vectors, and where its result lies.

How many there should be is `how_many`'s question.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from converters.contract import SourceError
from converters.files import read_jsonl, staged
from converters.mixing.registry import command
from converters.quality import places
from converters.quality.contract import Clusters, Matrix
from converters.quality.covering.distances import nearest_of
from converters.quality.covering.unit import unit
from converters.quality.rows import Rows

FITTED, FITTED_EACH = 50_000, 256  # rows that centres are found from: so many, or so many for each; then all are placed
TRIES = 3  # beginnings, of which the best is kept
STEPS = 100
NONE = -1  # the cluster of a row without a vector


def kmeans(vectors: Matrix, k: int, *, seed: int = 0, engine: str = "scikit-learn") -> Clusters:
    """Spherical k-means: the centres of Lloyd's algorithm over unit rows, brought to length 1; each row to its nearest.

    A row of NaN has no cluster: label -1, distance NaN. Fewer than `k` clusters where there are fewer different rows.
    Of very many rows a sample (by `seed`) finds the centres. One thread, so that nothing hangs on their number.
    Raises SourceError for a `k` below 1 or above the number of rows, and for an engine that is not installed.
    """
    has = ~np.isnan(vectors[:, 0])
    rows = vectors if has.all() else vectors[has]
    if not 1 <= k <= len(rows):
        raise SourceError("--clusters", expected=f"1 to {len(rows):,}, the rows with a vector", found=f"{k:,}")
    sample = _sample(rows, max(FITTED, FITTED_EACH * k), seed)
    centres = unit(ENGINES[engine](sample, k, seed))
    # opposite rows that cancel out leave a centre without a direction
    centres = centres[~np.isnan(centres[:, 0])] if not np.isnan(centres[:, 0]).all() else rows[:1]
    labels, squares = nearest_of(rows, centres)
    order = _by_size(labels)
    names = np.full(len(centres), NONE, dtype=np.int32)
    names[order] = np.arange(len(order), dtype=np.int32)
    all_labels = np.full(len(vectors), NONE, dtype=np.int32)
    distances = np.full(len(vectors), np.nan, dtype=np.float32)
    all_labels[has], distances[has] = names[labels], np.sqrt(squares)
    found_by = f"{engine} {version(PACKAGES[engine])}"
    about = {"asked": k, "seed": seed, "engine": found_by, "fitted": len(sample)}
    return Clusters(all_labels, centres[order], distances, about)


def _sample(rows: Matrix, size: int, seed: int) -> Matrix:
    if len(rows) <= size:
        return np.ascontiguousarray(rows)
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), size, replace=False))]


def _by_size(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The clusters that have rows, the largest first; of equal ones that with the lowest row."""
    found, lowest, sizes = np.unique(labels, return_index=True, return_counts=True)
    return found[np.lexsort((lowest, -sizes))]


def _scikit_learn(rows: Matrix, k: int, seed: int) -> Matrix:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than clusters: told by their number
        fitted = KMeans(k, n_init=TRIES, max_iter=STEPS, random_state=seed).fit(rows)
    return np.asarray(fitted.cluster_centers_, dtype=np.float32)


def _faiss(rows: Matrix, k: int, seed: int) -> Matrix:
    try:
        import faiss
    except ImportError as error:
        remedy = "pip install faiss-cpu, or leave out --engine: scikit-learn is there"
        raise SourceError("--engine faiss", expected="faiss", found=str(error), remedy=remedy) from error
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        # by itself it takes 256 points for a centre, and complains of fewer than 39
        points = {"min_points_per_centroid": 1, "max_points_per_centroid": len(rows)}
        fitted = faiss.Kmeans(rows.shape[1], k, niter=STEPS, nredo=TRIES, seed=seed, **points)
        fitted.train(rows)
    finally:
        faiss.omp_set_num_threads(before)
    return np.asarray(fitted.centroids, dtype=np.float32)


ENGINES: Mapping[str, Callable[[Matrix, int, int], Matrix]] = {"scikit-learn": _scikit_learn, "faiss": _faiss}
PACKAGES = {"scikit-learn": "scikit-learn", "faiss": "faiss-cpu"}


def save(dataset_dir: Path, rows: Rows, clusters: Clusters) -> None:
    """`<name>.clusters.jsonl`, in the order of the data, `.centres.npy`, and what they are of in `.clusters.json`."""
    path = places.clusters(dataset_dir, rows.name)
    with staged(path.parent) as files:
        stream = files.open_binary(path)
        for name, label, distance in zip(rows.ids, clusters.labels.tolist(), clusters.distances, strict=True):
            told = (
                {"id": name, "cluster": label, "distance": distance} if label != NONE else {"id": name, "cluster": None}
            )
            stream.write(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))
        np.save(files.open_binary(places.centres(dataset_dir, rows.name)), clusters.centres)
        about = {
            **clusters.about,
            "dataset": rows.name,
            "data": {"sha256": rows.sha256, "examples": len(rows)},
            "vectors": {"sha256": _vectors_now(dataset_dir, rows.name)},
            "sizes": clusters.sizes.tolist(),
        }
        json.dump(about, files.open(places.clusters_about(dataset_dir, rows.name)), ensure_ascii=False, indent=1)


def load(dataset_dir: Path, rows: Rows) -> Clusters:
    """What `cluster` wrote. Raises SourceError, with the command to type, for none, or of other data or vectors."""
    path, where = places.clusters(dataset_dir, rows.name), places.clusters_about(dataset_dir, rows.name)
    again = f"Find them: {command(f'cluster {rows.name} --clusters auto', dataset_dir)}"
    try:
        about = json.loads(where.read_text(encoding="utf-8"))
        centres = np.load(places.centres(dataset_dir, rows.name), allow_pickle=False)
        found = [line for _, line in read_jsonl(path)]
    except OSError as error:
        missing = f"{error.strerror or error} ({Path(error.filename or path).name})"
        raise SourceError(str(path), expected=f"clusters of {rows.name}", found=missing, remedy=again) from error
    except ValueError as error:
        raise SourceError(
            str(path), expected="clusters that `cluster` wrote", found=str(error), remedy=again
        ) from error
    _require_of(dataset_dir, rows, about, again)
    labels = np.array([NONE if line["cluster"] is None else line["cluster"] for line in found], dtype=np.int32)
    distances = np.array([line.get("distance", np.nan) for line in found], dtype=np.float32)
    return Clusters(labels, centres, distances, about)


def _require_of(dataset_dir: Path, rows: Rows, about: Mapping[str, Any], again: str) -> None:
    """Clusters are of one text of the data and of one matrix of vectors, which may be gone by now."""
    stands = {"data": rows.sha256}
    if (vectors := _vectors_now(dataset_dir, rows.name)) is not None:
        stands["vectors"] = vectors
    for what, now in stands.items():
        then = str(about.get(what, {}).get("sha256"))
        if then != now:
            raise SourceError(
                str(places.clusters(dataset_dir, rows.name)),
                expected=f"clusters of the {what} as they are now (sha256 {now[:12]}…)",
                found=f"clusters of others (sha256 {then[:12]}…)",
                remedy=again,
            )


def _vectors_now(dataset_dir: Path, name: str) -> str | None:
    where = places.vectors_about(dataset_dir, name)
    return str(json.loads(where.read_text(encoding="utf-8")).get("sha256")) if where.is_file() else None
