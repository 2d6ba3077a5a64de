"""Who chooses a core set, and how? One way, in a process of its own, so that its memory and its time are its own.

    python benchmarks/_core_set_ways.py exact rows.npy 5000 [size of a sample for the coverage]

Prints JSON: seconds of the process (all threads) and by the clock, peak memory, the radius, the coverage, the first
rows. Without torch, which would be in the memory.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from converters.quality.covering.core_set import k_center_by_parts, k_center_greedy
from converters.quality.covering.coverage import coverage
from converters.quality.covering.unit import unit

Way = Callable[[Any, int], tuple[Any, float | None]]


def exact(rows, size):
    cover = k_center_greedy(rows, size)
    return cover.order, cover.radius


def by_parts(rows, size):
    cover = k_center_by_parts(rows, size)
    return cover.order, cover.radius


def by_chance(rows, size):
    return np.random.default_rng(0).permutation(len(rows))[:size], None


def loop(rows, size):
    """The algorithm as it is written down: all distances to each new centre, in the number format of the rows."""
    lengths = (rows * rows).sum(axis=1)
    nearest, order = np.full(len(rows), np.inf, dtype=rows.dtype), [0]
    while len(order) < size:
        np.minimum(nearest, lengths + lengths[order[-1]] - 2 * (rows @ rows[order[-1]]), out=nearest)
        order.append(int(nearest.argmax()))
    return np.array(order), None


def loop64(rows, size):
    return loop(rows.astype(np.float64), size)


def k_center(rows, size):
    from k_center import KCenter

    fitted = KCenter(n_clusters=size, random_state=None).fit(rows)  # None begins with the first row, as we do
    return fitted.center_indices_, fitted.objective_radius_


def small_text(rows, size):
    from small_text.query_strategies.coresets import greedy_coreset

    # it takes places among the unlabelled for rows of all, so the unlabelled are all
    every, first = np.arange(len(rows)), np.array([0])
    chosen = greedy_coreset(rows, every, first, size - 1, distance_metric="euclidean", normalized=True)
    return np.concatenate([first, chosen]), None


WAYS: dict[str, Way] = {
    "exact": exact,
    "by parts": by_parts,
    "by chance": by_chance,
    "loop in float32": loop,
    "loop in float64": loop64,
    "k-center": k_center,
    "small-text": small_text,
}


def peak_memory() -> int:
    """Bytes; getrusage would tell the peak of the process that started this one, if that is larger."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def measured(way: str, path: Path, size: int, sample: int) -> dict[str, Any]:
    stored = np.load(path, mmap_mode="r")
    clock, started = time.perf_counter(), time.process_time()
    rows = unit(stored)
    order, radius = WAYS[way](rows, size)
    seconds, wall = time.process_time() - started, time.perf_counter() - clock
    peak = peak_memory()
    told = {"way": way, "rows": len(rows), "width": rows.shape[1], "size": len(order), "seconds": seconds, "wall": wall}
    told |= {"peak": peak, "radius": radius, "order": [int(row) for row in order]}
    if sample:
        others = np.sort(np.random.default_rng(1).permutation(len(rows))[:sample])
        found = coverage(np.concatenate([rows[order], rows[others]]), np.arange(len(order)))
        distances = found.distances[len(order) :]
        told["coverage"] = [float(distances.mean()), float(np.quantile(distances, 0.95)), float(distances.max())]
    return told


if __name__ == "__main__":
    way, path, size, sample = sys.argv[1:5]
    print(json.dumps(measured(way, Path(path), int(size), int(sample))))
