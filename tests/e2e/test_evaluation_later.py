"""`python -m ewc_plugin evaluate` gives later what the run itself measured: the same losses, answers and scores."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from _measured_stages import EVALUATED, OF_FULL, SETS, cells, matrix, records, trained
from _tiny import Process, World, run

pytestmark = pytest.mark.slow

SAVED = {"save_strategy": "steps", "save_steps": 1}


@pytest.fixture(scope="module", params=["lora", "full"])
def stage(request: pytest.FixtureRequest, measured: World) -> Path:
    keys = OF_FULL if request.param == "full" else {}
    return trained(measured, f"{request.param}_later", **keys, **EVALUATED, **SAVED)


@pytest.fixture(scope="module")
def lora(measured: World) -> Path:
    return trained(measured, "overridden", **EVALUATED)


def evaluate(folder: Path, *keys: str) -> Process:
    return run([sys.executable, "-m", "ewc_plugin", "evaluate", folder.name, *keys], cwd=folder.parent)


def labels(folder: Path) -> list[str]:
    return [row["label"] for row in matrix(folder)["rows"]]


def test_a_stage_measured_again_has_the_same_row_and_a_note(stage: Path) -> None:
    before, items = cells(stage, stage.name), records(stage / "stage_eval")
    assert before.keys() == SETS.keys()
    ended = evaluate(stage)
    assert ended.code == 0, ended.err[-3000:]
    assert cells(stage, stage.name) == before
    assert records(stage / "stage_eval") == items
    assert labels(stage) == ["base", stage.name]
    assert matrix(stage)["notes"] == [f"row {stage.name} was measured again and replaced"]
    assert "report.html" in ended.out


HALF = {"bf16": True, "use_cpu": True}


@pytest.mark.parametrize(
    ("name", "keys"), [("bf16", HALF), ("full-bf16", {**OF_FULL, **HALF}), ("qlora", {"quantization_bit": 4})]
)
def test_a_stage_of_fewer_bits_has_the_same_row_too(measured: World, name: str, keys: dict[str, Any]) -> None:
    stage = trained(measured, name, **keys, **EVALUATED)
    before, items = cells(stage, stage.name), records(stage / "stage_eval")
    ended = evaluate(stage)
    assert ended.code == 0, ended.err[-3000:]
    assert cells(stage, stage.name) == before
    assert records(stage / "stage_eval") == items


def test_the_last_checkpoint_inside_a_run_has_the_row_of_the_run(stage: Path) -> None:
    checkpoint, own = stage / "checkpoint-3", matrix(stage)
    ended = evaluate(checkpoint)
    assert ended.code == 0, ended.err[-3000:]
    label = f"{stage.name}/checkpoint-3"
    assert labels(checkpoint) == ["base", label]
    assert cells(checkpoint, label) == cells(stage, stage.name)
    assert records(checkpoint / "stage_eval") == records(stage / "stage_eval")
    assert matrix(stage) == own
    again = evaluate(checkpoint)
    assert again.code == 0, again.err[-3000:]
    assert labels(checkpoint) == ["base", label]
    assert matrix(checkpoint)["notes"][-1] == f"row {label} was measured again and replaced"


def test_an_earlier_checkpoint_has_another_row(stage: Path) -> None:
    ended = evaluate(stage / "checkpoint-1")
    assert ended.code == 0, ended.err[-3000:]
    found, last = cells(stage / "checkpoint-1", f"{stage.name}/checkpoint-1"), cells(stage, stage.name)
    assert all(found[name]["loss"] != last[name]["loss"] for name in SETS)


def test_a_key_of_the_command_line_comes_before_that_of_the_run(lora: Path) -> None:
    before = cells(lora, lora.name)
    ended = evaluate(lora, "per_device_eval_batch_size=1")
    assert ended.code == 0, ended.err[-3000:]
    for name, scores in cells(lora, lora.name).items():
        assert scores == pytest.approx(before[name], rel=1e-5)


def test_other_items_than_those_of_the_rows_before_are_refused_and_nothing_is_lost(lora: Path) -> None:
    before, items = matrix(lora), records(lora / "stage_eval")
    ended = evaluate(lora, "stage_eval_samples=4")
    assert ended.code == 2
    assert "subset" in ended.err
    assert "Traceback" not in ended.err
    assert matrix(lora) == before
    assert records(lora / "stage_eval") == items


def test_a_model_that_no_stage_left_says_which_keys_it_lacks_and_begins_a_matrix_with_them(
    measured: World, lora: Path
) -> None:
    alone = measured.folder / "alone"
    shutil.copytree(lora, alone, ignore=shutil.ignore_patterns("stage_eval"))
    refused = evaluate(alone)
    assert refused.code == 2
    assert "found no template, model_name_or_path" in refused.err
    assert "Traceback" not in refused.err
    base, data = measured.folder / "base", measured.folder / "data"
    given = {"template": "gemma2", "model_name_or_path": base, "dataset_dir": data, "dataset": "talk", **EVALUATED}
    given = {key: value for key, value in given.items() if key != "stage_eval"} | {"cutoff_len": 128}
    ended = evaluate(alone, *(f"{key}={value}" for key, value in given.items()))
    assert ended.code == 0, ended.err[-3000:]
    assert labels(alone) == ["base", "alone"]
    assert cells(alone, "alone") == cells(lora, lora.name)
    assert cells(alone, "base") == cells(lora, "base")
