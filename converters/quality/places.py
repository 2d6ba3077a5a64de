"""Where does what is known of a dataset lie? Beside its data, under its name."""

from __future__ import annotations

from pathlib import Path


def scores(dataset_dir: Path, name: str) -> Path:
    """JSON Lines, one object for each example, keyed by id."""
    return dataset_dir / "data" / f"{name}.scores.jsonl"


def scores_about(dataset_dir: Path, name: str) -> Path:
    """How each metric was reckoned: model, template, cutoff, number format, versions."""
    return dataset_dir / "data" / f"{name}.scores.json"


def vectors(dataset_dir: Path, name: str) -> Path:
    """One row of float32 for each example, in the order of the file of data."""
    return dataset_dir / "data" / f"{name}.vectors.npy"


def vectors_about(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.vectors.json"


def clusters(dataset_dir: Path, name: str) -> Path:
    """JSON Lines: id, cluster and distance to its centre."""
    return dataset_dir / "data" / f"{name}.clusters.jsonl"


def clusters_about(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.clusters.json"


def centres(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.centres.npy"


def selection(dataset_dir: Path, name: str) -> Path:
    """What was chosen and why, of the dataset that a selection wrote."""
    return dataset_dir / "data" / f"{name}.selection.json"


def selection_page(dataset_dir: Path, name: str) -> Path:
    return dataset_dir / "data" / f"{name}.selection.html"


def difficulty(dataset_dir: Path, name: str) -> Path:
    """How hard a task is for a model, and what follows."""
    return dataset_dir / "data" / f"{name}.difficulty.json"
