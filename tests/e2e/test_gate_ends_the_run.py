"""`stage_eval_gate`: a protected task that lost too much makes the run end with an error, everything written."""

import json
from pathlib import Path

import pytest
from _measured_stages import EVALUATED, LAUNCHERS, matrix, train, trained
from _tiny import World

pytestmark = pytest.mark.slow

# the first stage learns the protected task; the second, at a high rate, unlearns it
LEARNT = {"dataset": "talk", "num_train_epochs": 12, "learning_rate": 5.0e-3}
UNLEARNT = {"dataset": "translation", "num_train_epochs": 8, "learning_rate": 1.0e-2}
ALL = {**EVALUATED, "stage_eval_samples": None}


@pytest.fixture(scope="module")
def before(measured: World) -> Path:
    return trained(measured, "a", **ALL, **LEARNT)


@pytest.mark.parametrize("launcher", [name for name in LAUNCHERS if name != "ZeRO-3"])
def test_a_protected_task_that_lost_too_much_fails_the_run_after_everything_is_written(
    measured: World, before: Path, launcher: str
) -> None:
    output = measured.folder / launcher.replace(" ", "_") / "b"
    keys = {**ALL, **UNLEARNT, "adapter_name_or_path": str(before), "output_dir": str(output)}
    saves = {"ewc_save": True, "ewc_fisher_samples": 16}
    ended = train(measured, f"gated_{launcher}", launcher, **keys, **saves, stage_eval_gate=0.05)
    assert ended.code != 0
    assert "expected no protected task to lose more than 0.05" in ended.err
    assert "talk_eval, loss" in ended.err
    assert [row["label"] for row in matrix(output)["rows"]] == ["base", "a", "b"]
    for written in (
        "adapter_model.safetensors",
        "adapter_config.json",
        "trainer_state.json",
        "train_results.json",
        "ewc/ewc.json",
        "stage_eval/metrics.json",
        "stage_eval/run.json",
        "stage_eval/report.html",
        "stage_eval/predictions/talk_eval.jsonl",
    ):
        assert (output / written).is_file(), written
    history = json.loads((output / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    assert any("eval_talk_eval/loss" in entry for entry in history)


def test_a_run_that_lost_less_than_the_gate_ends_well(measured: World, before: Path) -> None:
    keys = {**ALL, **UNLEARNT, "adapter_name_or_path": str(before), "stage_eval_gate": 50}
    trained(measured, "wide_gate", **keys)
