"""Where do vectors lie on a map? Their two principal components, or UMAP where it is asked for and installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from converters.contract import SourceError
from converters.quality.contract import Matrix, Numbers
from converters.quality.covering.unit import BLOCK, unit, usable

Way = Literal["pca", "umap"]
WAYS: tuple[Way, ...] = ("pca", "umap")
FITTED = 20_000  # rows, evenly taken, that the axes are found from
SEED = 0


@dataclass(frozen=True)
class Places:
    """`points` is n × 2 (not a number where a row has no vector); `shown` the share of variance on the two axes."""

    way: Way
    points: npt.NDArray[np.float64]
    shown: float | None


def projected(matrix: Matrix, way: Way = "pca") -> Places:
    """A place for each row that has a direction: neither NaN, infinite nor all zeros."""
    rows = np.flatnonzero(usable(matrix))
    points = np.full((len(matrix), 2), np.nan)
    if not len(rows):
        return Places(way, points, None)
    points[rows], shown = _umap(matrix, rows) if way == "umap" else _pca(matrix, rows)
    return Places(way, points, shown)


def directions(matrix: Matrix, rows: Numbers) -> npt.NDArray[np.float64]:
    return unit(matrix[rows]).astype(np.float64)


def evenly(numbers: Numbers, most: int) -> Numbers:
    """At most so many, at even distances, the first always among them."""
    if len(numbers) <= most:
        return numbers
    return numbers[(np.arange(most) * len(numbers)) // most]


def _pca(matrix: Matrix, rows: Numbers) -> tuple[npt.NDArray[np.float64], float | None]:
    """(x̂ − mean)·(v₁, v₂): the eigenvectors of the two largest eigenvalues of the covariance of unit vectors x̂.

    The sign of each is that which makes its largest component positive. The share of variance is (λ₁ + λ₂) / Σ λᵢ.
    """
    sample = directions(matrix, evenly(rows, FITTED))
    mean = sample.mean(axis=0)
    axes, shown = _axes(sample - mean)
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    return np.concatenate([(directions(matrix, block) - mean) @ axes for block in blocks]), shown


def _axes(centred: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float | None]:
    width = centred.shape[1]
    variance = float(np.sum(centred * centred))
    if variance <= 1e-12 * len(centred):  # all vectors are one
        return np.zeros((width, 2)), None
    axes, strengths = _leading(centred)
    signs = np.sign(axes[np.argmax(np.abs(axes), axis=0), [0, 1]])
    return axes * np.where(signs == 0, 1.0, signs), float(strengths.sum() / variance)


NARROW = 1024  # the widest covariance that is decomposed as a whole
ROUNDS, SPARE = 40, 8  # of the iteration that finds the axes of wider vectors


def _leading(centred: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The two leading right singular vectors as columns, and their squared singular values.

    Wider vectors by subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4): a whole decomposition of
    4,096 × 4,096 takes half a minute.
    """
    width = centred.shape[1]
    if width <= NARROW:
        values, vectors = np.linalg.eigh(centred.T @ centred)
        padded = np.pad(vectors, ((0, 0), (max(2 - width, 0), 0)))  # a single dimension has no second axis
        return padded[:, [-1, -2]], np.pad(values, (max(2 - width, 0), 0))[[-1, -2]].clip(min=0)
    basis = np.random.default_rng(SEED).standard_normal((width, 2 + SPARE))
    for _ in range(ROUNDS):
        basis, _ = np.linalg.qr(centred.T @ (centred @ basis))
    _, singular, turned = np.linalg.svd(centred @ basis, full_matrices=False)
    return (basis @ turned.T)[:, :2], singular[:2] ** 2


def _umap(matrix: Matrix, rows: Numbers) -> tuple[npt.NDArray[np.float64], None]:
    """By the cosine of unit vectors; the seed makes it one thread, and the same again."""
    umap = _installed_umap()
    neighbours = max(2, min(15, len(rows) - 1))
    if len(rows) < 4:  # its spectral start needs more rows than dimensions
        return _pca(matrix, rows)[0], None
    made = umap.UMAP(n_components=2, metric="cosine", n_neighbors=neighbours, random_state=SEED, n_jobs=1)
    fitted = made.fit(directions(matrix, evenly(rows, FITTED)).astype(np.float32))
    if len(rows) <= FITTED:
        return np.asarray(fitted.embedding_, dtype=np.float64), None
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    return np.concatenate([fitted.transform(directions(matrix, block).astype(np.float32)) for block in blocks]), None


def _installed_umap() -> Any:
    try:
        import umap
    except ImportError as error:
        raise SourceError(
            "--map umap",
            expected="the package umap-learn",
            found=str(error),
            remedy="pip install umap-learn, or leave --map out: PCA needs nothing more.",
        ) from error
    return umap
