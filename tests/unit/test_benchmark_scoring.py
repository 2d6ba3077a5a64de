"""The benchmark of scoring runs, its numbers are checked before its speed, and what fails does not stop the rest."""

import importlib
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = ("_measure", "_shapes", "_scoring_measured", "scoring")
FEW = ["--shape", "tiny", "--examples", "8", "--checked", "4", "--repetitions", "1", "--cutoff", "64"]


@pytest.fixture
def scoring(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module("scoring")
    for name in SCRIPTS:
        sys.modules.pop(name, None)


def test_it_writes_whether_numbers_hold_and_how_fast_they_come(scoring, tmp_path):
    scoring.main([*FEW, "--no-four-bits", "--results", str(tmp_path)])
    found = json.loads((tmp_path / "scoring_tiny_cpu.json").read_text(encoding="utf-8"))
    assert found["correct"]["holds"]
    assert found["correct"]["float32"]["by length"]["largest"] <= 1e-4
    assert found["speed"]["ways"]["one by one"]["batches"] == 8
    page = (tmp_path / "scoring_tiny_cpu.md").read_text(encoding="utf-8")
    assert "holds" in page
    assert "× one by one" in page


def test_what_cannot_be_measured_says_why_and_the_rest_is(scoring, tmp_path, monkeypatch):
    def out_of_memory(*given):
        raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(scoring, "correct", out_of_memory)
    scoring.main([*FEW, "--no-four-bits", "--results", str(tmp_path)])
    found = json.loads((tmp_path / "scoring_tiny_cpu.json").read_text(encoding="utf-8"))
    assert found["correct"] == {"not measured": "RuntimeError: CUDA out of memory"}
    assert found["speed"]["examples"] == 8


def test_each_way_goes_through_every_example_within_its_budget(scoring):
    measured = sys.modules["_scoring_measured"]
    examples = measured.examples_of("tiny", 40, 128)
    for way in (measured.by_length, measured.in_file_order):
        order = way(examples, 300)
        assert sorted(number for batch in order for number in batch) == list(range(40))
        sizes = [len(batch) * max(len(examples[number].ids) for number in batch) for batch in order]
        assert all(size <= 300 for size, batch in zip(sizes, order, strict=True) if len(batch) > 1)
