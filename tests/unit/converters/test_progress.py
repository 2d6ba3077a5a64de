"""The bar counts the bytes of all inputs, and says nothing where nobody watches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from converters.engine.tally import Tally
from converters.progress import bar, summary
from converters.reading.inputs import find_inputs
from converters.registry import SOURCES, source_named


@pytest.fixture
def found(belle_file):
    paths = [belle_file((f"问题{n}", "答案" * n), ("别的", "别的"), name=f"{n}.json") for n in (1, 50, 9)]
    named = [str(path) for path in paths]
    return find_inputs(source_named("belle"), named, raw=paths[0], format_name="", encoding="auto", sources=SOURCES)


@pytest.mark.parametrize("label", ["", "all alike"])
def test_the_bar_goes_on_from_file_to_file_and_ends_full(found, monkeypatch, label):
    found.inputs = [replace(item, label=label or item.label) for item in found.inputs]
    shown = []
    monkeypatch.setattr("converters.progress.sys.stderr.isatty", lambda: True)
    monkeypatch.setattr("tqdm.tqdm.refresh", lambda line, *_, **__: None)
    monkeypatch.setattr(
        "tqdm.tqdm.update", lambda line, more: setattr(line, "n", line.n + more) or shown.append(line.n)
    )
    with bar(found, quiet=False) as report:
        for item in found.inputs:
            report(item, item.size // 2, [Tally()])
            report(item, item.size, [Tally()])
    sizes = [item.size for item in found.inputs]
    assert shown == [
        sizes[0] // 2,
        sizes[0],
        sizes[0] + sizes[1] // 2,
        sum(sizes[:2]),
        sum(sizes[:2]) + sizes[2] // 2,
        sum(sizes),
    ]


def test_no_bar_is_drawn_for_a_file_or_for_who_wants_quiet(found, monkeypatch, capsys):
    for quiet, watched in ((False, False), (True, True)):
        monkeypatch.setattr("converters.progress.sys.stderr.isatty", lambda watched=watched: watched)
        with bar(found, quiet=quiet) as report:
            report(found.inputs[0], 1, [Tally()])
    assert capsys.readouterr().err == ""


def test_an_evaluation_set_has_no_training_example(found):
    counts = {"records": 5, "examples": 4, "train": 4, "eval": 0, "rejected": {"no_answer": 1}}
    outputs = {"rejects": {"file": "data/bench.rejects.jsonl"}}
    manifest = {"dataset": "bench", "purpose": "evaluation", "counts": counts, "outputs": outputs}
    _, row, reasons, following = summary([manifest], found, Path("dataset_info")).split("\n")
    assert row.split() == ["bench", "5", "4", "0", "4", "1"]
    assert reasons == "bench rejected: no_answer 1 -> dataset_info/data/bench.rejects.jsonl"
    assert following == "next: python -m converters decontaminate"
