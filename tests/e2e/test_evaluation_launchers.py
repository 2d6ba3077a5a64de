"""One process, DDP and ZeRO-3 measure the same: losses, answers, likelihoods of options, scores, each item once."""

import json
from pathlib import Path
from typing import Any

import pytest
from _measured_stages import EVALUATED, SETS, cells, records, trained
from _tiny import World

pytestmark = pytest.mark.slow

ROWS = {"base": "stage_eval/base", "a": "stage_eval"}


def stage(measured: World, launcher: str) -> Path:
    keys = {**EVALUATED, "max_samples": 32, "eval_steps": 1}  # two steps, measured also between them
    return trained(measured, f"at_{launcher}", launcher, **keys, output_dir=str(measured.folder / launcher / "a"))


@pytest.fixture(scope="module")
def alone(measured: World) -> Path:
    return stage(measured, "one process")


@pytest.fixture(scope="module", params=["DDP", "ZeRO-3"])
def parallel(request: pytest.FixtureRequest, measured: World) -> Path:
    if request.param == "ZeRO-3":
        pytest.importorskip("deepspeed")
    return stage(measured, request.param)


def on_the_way(stage: Path) -> list[dict[str, float]]:
    """What was logged of the sets before the end."""
    history = json.loads((stage / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    entries = [{k: v for k, v in entry.items() if k.startswith("eval_")} for entry in history if entry["step"] == 1]
    return [entry for entry in entries if entry]


def numbers(record: dict[str, Any]) -> list[float]:
    """What was measured of an item, flat."""
    options = [value for kind in record.get("options", {}).values() for value in kind]
    base = [record["base_nll"]] if "base_nll" in record else []
    return [record["nll"], *options, *base, *(value or 0 for value in record["scores"].values())]


def test_a_stage_measures_what_it_should(alone: Path) -> None:
    found = records(alone / "stage_eval")
    for name, (task, *_) in SETS.items():
        assert len(found[name]) == 5
        answered = [record for record in found[name] if record["answer"] is not None]
        assert len(answered) == (0 if task in ("multiple_choice", "grammar") else 3)
    assert {len(record["options"]["text"]) for record in found["quiz_eval"]} >= {2, 3, 4}
    assert all(len(record["options"]["letter"]) == len(record["options"]["text"]) for record in found["quiz_eval"])
    assert {"accuracy", "accuracy_options"} <= cells(alone, "a")["quiz_eval"].keys()
    assert "base_loss" in cells(alone, "a")["chat_eval"]
    assert "copied_share" in cells(alone, "a")["tale_eval"]


@pytest.mark.parametrize("label", ROWS)
def test_each_item_is_measured_once_and_alike_in_two_processes(label: str, alone: Path, parallel: Path) -> None:
    ours, theirs = (records(folder / ROWS[label]) for folder in (parallel, alone))
    for name, expected in theirs.items():
        found = ours[name]
        assert [record["id"] for record in found] == [record["id"] for record in expected]
        assert len({record["id"] for record in found}) == len(found) == 5
        for ours_of, theirs_of in zip(found, expected, strict=True):
            assert {k: ours_of[k] for k in ("tokens", "answer", "finished")} == {
                k: theirs_of[k] for k in ("tokens", "answer", "finished")
            }
            assert numbers(ours_of) == pytest.approx(numbers(theirs_of), rel=1e-4)


@pytest.mark.parametrize("label", ROWS)
def test_every_score_of_the_matrix_is_that_of_one_process(label: str, alone: Path, parallel: Path) -> None:
    ours, theirs = cells(parallel, label), cells(alone, label)
    assert ours.keys() == theirs.keys() == SETS.keys()
    for name, scores in theirs.items():
        assert ours[name] == pytest.approx(scores, rel=1e-4)


def test_losses_on_the_way_are_those_of_one_process(alone: Path, parallel: Path) -> None:
    (ours,), (theirs,) = on_the_way(parallel), on_the_way(alone)
    options = {f"eval_{name}/option_loss" for name in ("quiz_eval", "grammar_eval")}
    assert theirs.keys() == {f"eval_{name}/loss" for name in SETS} | options
    assert ours == pytest.approx(theirs, rel=1e-4)
