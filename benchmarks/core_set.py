"""How fast is a core set chosen, in how much memory, and what does the approximation lose? Beside what pip installs.

    OMP_NUM_THREADS=1 python benchmarks/core_set.py                        # half an hour of one core, 2 GB of disk
    python benchmarks/core_set.py --most 80000                             # a third of it
    python benchmarks/core_set.py --vectors data/belle.vectors.npy         # rows of one's own beside the made ones
    pip install k-center small-text --no-deps                              # the peers; left out where they are not

Rows are made: `random` are independent normal numbers, the worst case, in which nothing is near to anything; `topics`
are 200 topics of very uneven size, each with 24 directions of its own and noise. Each way runs in a process of its own
(`_core_set_ways`), which reads the rows from disk, brings them to length 1 and chooses.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from _measure import RESULTS, circumstances, in_units, stated, table, write

WIDTH = 384
PEERS = {"k-center": "k_center", "small-text": "small_text"}
LOOPS = ("loop in float32", "loop in float64")
OURS = ("exact", "by parts", "by chance")
# rows, size, ways, the quick ones first; small-text looks at all pairs with all chosen again for each choice
CASES = (
    (2_000, 100, (*OURS, *LOOPS, "k-center")),
    (80_000, 5_000, (*OURS, "loop in float32")),
    (2_000, 100, ("small-text",)),
    (200_000, 5_000, OURS),
    (80_000, 5_000, ("loop in float64", "k-center")),
    (1_000_000, 5_000, OURS),
    (1_000_000, 50_000, ("by parts",)),
)
LARGEST = CASES[-1][:2]  # without the exact order and without coverage, which would take longer than the choice
SAMPLE = 50_000  # rows whose distance to the nearest chosen one is taken
SECONDS, MEMORY = 60, 2e9  # what is asked of 80,000 × 384 → 5,000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=1_000_000, metavar="N", help="no case of more rows")
    parser.add_argument(
        "--vectors", type=Path, metavar="FILE", help="a matrix that `embed` wrote, one in ten is chosen"
    )
    parser.add_argument("--again", action="store_true", help="also what the results have already")
    parser.add_argument("--folder", type=Path, help="where the rows are made (default: a temporary folder)")
    parser.add_argument("--output", type=Path, default=RESULTS, metavar="FOLDER")
    parsed = parser.parse_args()
    where = circumstances(("numpy", "scikit-learn", "k-center", "small-text", "llamafactory-ewc"))
    path = parsed.output / "core_set.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"] if path.is_file() and not parsed.again else []
    with tempfile.TemporaryDirectory(dir=parsed.folder) as folder:
        for found in measured(Path(folder), parsed.most, parsed.vectors, results):
            results.append(found)
            # after each: the last take longest, and what is there is not done again
            document = {"circumstances": where, "results": results}
            write("core_set", document, report(results, where), folder=parsed.output)


def measured(
    folder: Path, most: int, vectors: Path | None, there: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What is not there yet, one way of one case after the other."""
    done = {(found["data"], found["rows"], found["size"], found["way"]) for found in there}
    orders: dict[tuple[str, int, int], list[int]] = {}
    for data, rows, size, ways in _cases(most, vectors):
        missing = [way for way in ways if (data, rows, size, way) not in done and _installed(way)]
        path = vectors if data == "own" and vectors is not None else made(folder, data, rows) if missing else folder
        if missing and "exact" not in missing and (data, rows, size) not in orders and (rows, size) != LARGEST:
            orders[data, rows, size] = run("exact", path, size, 0)["order"]
        for way in missing:
            found = run(way, path, size, SAMPLE if (rows, size) != LARGEST else 0) | {"data": data}
            order = found.pop("order")
            exact = orders.setdefault((data, rows, size), order if way == "exact" else [])
            agrees = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(order, exact, strict=False)))
            print(f"{data} {rows:,} -> {size:,} {way}: {found['seconds']:.1f} s, agrees {agrees:,}", flush=True)
            yield found | {"agrees": agrees if exact else None}


def _cases(most: int, vectors: Path | None) -> Iterator[tuple[str, int, int, Sequence[str]]]:
    if vectors is not None:
        rows = len(np.load(vectors, mmap_mode="r"))
        yield "own", rows, rows // 10, (*OURS, *LOOPS, "k-center")
    for rows, size, ways in CASES:
        if rows <= most:
            yield from ((data, rows, size, ways) for data in MADE)


def _installed(way: str) -> bool:
    return way not in PEERS or find_spec(PEERS[way]) is not None


def run(way: str, path: Path, size: int, sample: int) -> dict[str, Any]:
    script = Path(__file__).with_name("_core_set_ways.py")
    # -P: beside the script lies a converters.py, which is not the package
    command = [sys.executable, "-P", str(script), way, str(path), str(size), str(sample)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def made(folder: Path, data: str, rows: int) -> Path:
    """Rows of a kind on disk; written in pieces, so that a million need no memory."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{data}-{rows}.npy"
    if not path.is_file():
        for old in folder.glob("*.npy"):
            old.unlink()
        matrix = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(rows, WIDTH))
        random = np.random.default_rng(0)
        piece = MADE[data](random)
        for start in range(0, rows, 10_000):
            matrix[start : start + 10_000] = piece(min(10_000, rows - start))
        matrix.flush()
    return path


def noise(random: np.random.Generator) -> Any:
    return lambda count: random.standard_normal((count, WIDTH), dtype=np.float32)


def topics(random: np.random.Generator, count: int = 200, directions: int = 24) -> Any:
    centres = random.standard_normal((count, WIDTH))
    spread = random.standard_normal((count, directions, WIDTH)) * np.linspace(1, 0.1, directions)[:, None] * 0.25

    def piece(rows: int) -> Any:
        topic = np.minimum((random.pareto(1.0, rows) * 5).astype(int), count - 1)
        own, weights = centres[topic], random.standard_normal((rows, directions))
        for number in np.unique(topic):
            own[topic == number] += weights[topic == number] @ spread[number]
        return (own + 0.15 * random.standard_normal((rows, WIDTH))).astype(np.float32)

    return piece


MADE = {"topics": topics, "random": noise}


def report(results: Sequence[Mapping[str, Any]], where: Mapping[str, Any]) -> str:
    headings = (
        "rows",
        "chosen",
        "way",
        "seconds",
        "by the clock",
        "memory",
        "radius",
        "mean",
        "95 %",
        "largest",
        "as exact",
    )
    lines = [INTRODUCTION]
    for data in TITLES:
        own = sorted((found for found in results if found["data"] == data), key=_place)
        lines += [f"## {TITLES[data]}", table(headings, map(_row, own))] if own else []
    return "\n\n".join([*lines, "## What it says", "\n".join(findings(results)), stated(where)]) + "\n"


INTRODUCTION = """# Core sets: time, memory, and what an approximation loses

`seconds` are of the process on all its cores, `by the clock` as they passed beside whatever else ran; `memory` is the
peak of the process, with the rows and the file of the rows, which it maps. `radius`: the largest distance of any row
to its nearest chosen one, as the way itself tells it (that of `by parts` is an upper bound). `mean`, `95 %`,
`largest`: distances of a sample of up to 50,000 rows to their nearest chosen one, reckoned afterwards, alike for all.
Distances are √(2 − 2·cosine), 0 to 2. `as exact`: how many rows of the order are those of `exact` before the first
that is not.

`loop in float64` is the algorithm as it is written down, a second calculation for `exact`; `loop in float32` shows what
rounding does to it. `by chance` is a random choice of the same size."""
TITLES = {
    "topics": "Topics of uneven size (200, with 24 directions each, and noise)",
    "random": "Independent normal numbers",
    "own": "Vectors of real examples",
}


def _place(found: Mapping[str, Any]) -> tuple[int, int, int]:
    ways = (*OURS[:2], *LOOPS, *PEERS, "by chance")
    return found["rows"], found["size"], ways.index(found["way"])


def _row(found: Mapping[str, Any]) -> tuple[str, ...]:
    coverage = [f"{value:.4f}" for value in found.get("coverage", ())] or ["–"] * 3
    radius = "–" if found["radius"] is None else f"{found['radius']:.4f}"
    cells = (
        f"{found['rows']:,}",
        f"{found['size']:,}",
        found["way"],
        f"{found['seconds']:.1f}",
        f"{found['wall']:.1f}",
    )
    agrees = "–" if found["agrees"] is None else f"{found['agrees']:,}"
    return (*cells, in_units(found["peak"]), radius, *coverage, agrees)


def findings(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    cases: dict[str, dict[str, Mapping[str, Any]]] = {}
    for found in sorted(results, key=_place):
        cases.setdefault(f"{found['data']}, {found['rows']:,} → {found['size']:,}", {})[found["way"]] = found
    for name, ways in cases.items():
        yield from (f"* {name}: {finding}" for finding in _of_one_case(ways))


def _of_one_case(ways: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    exact, loop, parts = (ways.get(way) for way in ("exact", "loop in float64", "by parts"))
    if exact is None:
        return
    if (exact["rows"], exact["size"]) == (80_000, 5_000):
        holds = exact["seconds"] < SECONDS and exact["peak"] < MEMORY
        told = f"{exact['seconds']:.1f} s of one core and {in_units(exact['peak'])}"
        yield f"{told}; under {SECONDS} s and 2 GB: {'holds' if holds else 'missed'}."
    if loop is not None:
        agreement = "all" if loop["agrees"] == loop["size"] else f"the first {loop['agrees']:,}"
        yield f"{agreement} of {loop['size']:,} are those of the loop in float64{_time(loop, exact)}."
    if parts is not None:
        loss = [f"{own / other - 1:+.1%}" for own, other in zip(parts["coverage"], exact["coverage"], strict=True)]
        yield (
            f"`by parts` is further from the rows than `exact`: {loss[0]} (mean), {loss[1]} (95 %), {loss[2]} "
            f"(largest), radius {parts['radius'] / exact['radius'] - 1:+.1%}{_time(parts, exact)}."
        )


def _time(found: Mapping[str, Any], exact: Mapping[str, Any]) -> str:
    """Nothing where a second more or less is all there is."""
    return f", in {found['seconds'] / exact['seconds']:.2g} × its time" if exact["seconds"] > 1 else ""


if __name__ == "__main__":
    main()
