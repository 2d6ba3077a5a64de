"""The benchmark of core sets measures what it says, and its page tells what was found."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
WHERE = {"date": "2026-11-27", "gpu": None, "processor": "one", "cores": 2, "threads": 2, "load_before": 0}


@pytest.fixture
def benchmark(monkeypatch):
    # behind all else: a converters.py lies there too, which is not the package
    monkeypatch.setattr(sys, "path", [*sys.path, str(FOLDER)])
    yield importlib.import_module
    for name in ("core_set", "_core_set_ways", "_measure"):
        sys.modules.pop(name, None)


def test_all_ways_read_the_same_rows_and_the_loop_of_the_paper_chooses_what_we_choose(benchmark, tmp_path):
    ways, path = benchmark("_core_set_ways"), tmp_path / "rows.npy"
    np.save(path, np.random.default_rng(0).standard_normal((500, 24), dtype=np.float32) * 3)
    found = {way: ways.measured(way, path, 40, 100) for way in ("exact", "loop in float64", "by parts", "by chance")}
    assert found["exact"]["order"] == found["loop in float64"]["order"]
    assert [each["size"] for each in found.values()] == [40] * 4
    assert found["exact"]["coverage"] == found["loop in float64"]["coverage"]
    assert found["exact"]["coverage"][2] <= found["exact"]["radius"] < found["by parts"]["radius"]


@pytest.mark.parametrize("data", ["topics", "random"])
def test_rows_are_made_alike_each_time(benchmark, tmp_path, data):
    script = benchmark("core_set")
    one, other = script.made(tmp_path / "one", data, 300), script.made(tmp_path / "other", data, 300)
    assert np.load(one).shape == (300, 384)
    assert one.read_bytes() == other.read_bytes()


def test_its_page_has_a_line_for_each_way_and_says_what_the_approximation_loses(benchmark):
    script = benchmark("core_set")
    exact = {"data": "topics", "rows": 80_000, "size": 5_000, "way": "exact", "seconds": 4.0, "wall": 5.0, "peak": 4e8}
    exact |= {"radius": 0.5, "coverage": [0.2, 0.4, 0.5], "agrees": 5_000}
    parts = exact | {"way": "by parts", "seconds": 2.0, "radius": 0.55, "coverage": [0.21, 0.4, 0.54], "agrees": 1}
    loop = exact | {"way": "loop in float64", "seconds": 100.0, "radius": None, "agrees": 4_999}
    page = script.report([exact, parts, loop], WHERE | {"system": "Linux", "versions": {}})
    assert "| 80,000 | 5,000 | exact | 4.0 | 5.0 | 400 MB | 0.5000 | 0.2000 | 0.4000 | 0.5000 | 5,000 |" in page
    assert "* topics, 80,000 → 5,000: 4.0 s of one core and 400 MB; under 60 s and 2 GB: holds." in page
    assert "the first 4,999 of 5,000 are those of the loop in float64, in 25 × its time." in page
    assert "+5.0% (mean), +0.0% (95 %), +8.0% (largest), radius +10.0%, in 0.5 × its time." in page
