"""What a stage measures is seen in the event files of TensorBoard and in the live plot of LlamaBoard."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from _measured_stages import EVALUATED, SETS, cells, trained
from _tiny import World, python

pytestmark = pytest.mark.slow

STEPS = 3
PENALISED = {"dataset": "translation", "ewc_lambda": 3, "eval_steps": 1, "report_to": "tensorboard"}


@pytest.fixture(scope="module")
def logged(measured: World) -> Path:
    before = trained(measured, "before", dataset="talk", ewc_save=True, ewc_fisher_samples=40)
    keys = {**EVALUATED, **PENALISED, "adapter_name_or_path": str(before)}
    return trained(measured, "logged", **keys, output_dir=str(measured.folder / "logged" / "b"))


def events(stage: Path) -> dict[str, list[tuple[int, float]]]:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for path in sorted(stage.rglob("events.out.tfevents.*")):
        one = accumulator.EventAccumulator(str(path)).Reload()
        for tag in one.Tags()["scalars"]:
            found[tag] += [(event.step, event.value) for event in one.Scalars(tag)]
    return found


def lines(stage: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (stage / "trainer_log.jsonl").read_text(encoding="utf-8").splitlines()]


def test_tensorboard_shows_the_losses_of_every_set_on_the_way_and_every_score_at_the_end(logged: Path) -> None:
    found = events(logged)
    for name, scores in cells(logged, "b").items():
        assert [step for step, _ in found[f"eval/{name}/loss"]] == [0, 1, 2, 3]
        for metric, value in scores.items():
            assert found[f"eval/{name}/{metric}"][-1] == (STEPS, pytest.approx(value, rel=1e-5))
            before = cells(logged, "base")[name][metric]
            assert found[f"eval/{name}/{metric}"][0] == (0, pytest.approx(before, rel=1e-5)), "the row before this one"


@pytest.mark.parametrize("name", ["ewc/penalty", "ewc/lambda", "ewc/penalty_ratio"])
def test_tensorboard_shows_the_penalty_of_every_step(logged: Path, name: str) -> None:
    values = events(logged)[f"train/{name}"]
    assert [step for step, _ in values] == [1, 2, 3]
    assert values[-1][1] > 0


def test_the_log_of_the_web_ui_has_them_too_on_lines_that_it_can_read(logged: Path) -> None:
    found = lines(logged)
    for line in found:
        assert {"current_steps", "total_steps", "percentage", "elapsed_time", "remaining_time"} <= line.keys()
    assert [line["current_steps"] for line in found if "ewc/penalty" in line] == [1, 2, 3]
    for name in SETS:
        assert [line["current_steps"] for line in found if f"eval_{name}/loss" in line] == [0, 1, 2, 3]
    assert found[-1]["eval_translation_eval/bleu"] == cells(logged, "b")["translation_eval"]["bleu"]


def test_the_web_ui_draws_them(logged: Path) -> None:
    drawn = python(
        "import json, sys\n"
        "from llamafactory.webui import control\n"
        f"_, _, info = control.get_trainer_info('en', {str(logged)!r}, True)\n"
        "figure = control.gen_loss_plot([json.loads(line) for line in open('trainer_log.jsonl')])\n"
        "figure.savefig('live_plot.png', dpi=110)\n"
        "print(json.dumps([line.get_label() for axes in figure.axes for line in axes.lines]))\n",
        cwd=logged,
    )
    assert drawn.last_json() == ["original", "smoothed", *sorted(SETS), "ewc/penalty"]


def test_a_stage_without_our_keys_writes_the_hosts_own_lines(measured: World) -> None:
    plain = trained(measured, "plain_log", max_samples=32)
    assert not [key for line in lines(plain) for key in line if "/" in key]
