"""A stage that is started again in its folder: finished, to be continued, or refused, by what lies there."""

from dataclasses import replace

import pytest

from ewc_plugin import again, checkpoints, record
from ewc_plugin.again import Asked
from ewc_plugin.checkpoints import CheckpointError, Regime
from ewc_plugin.conditions import Conditions
from ewc_plugin.ranks import OneProcess

CONDITIONS = Conditions({"seed": 42, "num_train_epochs": 2.0}, {}, {"org/base": None}, 16, 1, None, {"ewc_save": True})
REGIME = Regime(0.0, None, (), CONDITIONS)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "adapter_model.safetensors").write_bytes(b"trained")
    record.write(tmp_path, "run", REGIME.as_json(), finished=True)
    return tmp_path


def settled(folder, regime=REGIME, **how) -> tuple[bool, list[str]]:
    said: list[str] = []
    asked = Asked(folder, **{"requested": None, "named": False, "overwrites": False, "full": True, **how})
    return again.settle(asked, regime, ranks=OneProcess(), say=said.append), said


def otherwise(**changes) -> Regime:
    return replace(REGIME, conditions=replace(CONDITIONS, **changes))


def test_a_finished_stage_under_the_same_recipe_is_done(folder):
    done, (said,) = settled(folder)
    assert done
    assert "is finished under this very recipe; nothing is done" in said


def test_on_other_machines_it_is_the_same_recipe(folder):
    assert settled(folder, otherwise(step=128, processes=8))[0]


def test_overwriting_it_is_what_was_asked_for(folder):
    assert settled(folder, overwrites=True) == (False, [])
    assert settled(folder, otherwise(keys={"seed": 1}), overwrites=True) == (False, [])


def test_a_finished_stage_under_another_recipe_is_refused_with_what_differs(folder):
    with pytest.raises(CheckpointError, match=r"expected num_train_epochs 2\.0; seed 42, .*found .*seed 1\."):
        settled(folder, otherwise(keys={"seed": 1}))


def test_weights_that_somebody_altered_are_not_what_the_stage_left(folder):
    (folder / "adapter_model.safetensors").write_bytes(b"altered")
    with pytest.raises(CheckpointError, match="weights of a run that is finished, and no checkpoint"):
        settled(folder)


def test_what_acts_after_the_last_step_is_done_again_from_the_last_checkpoint(folder):
    checkpoint = folder / "checkpoint-8"
    checkpoint.mkdir()
    (checkpoint / "trainer_state.json").write_text("{}")
    checkpoints.mark(checkpoint, step=8, run="run", regime=REGIME, controller=None)
    more = otherwise(after={"ewc_save": True, "stage_eval_samples": 5})
    done, (said,) = settled(folder, more, requested=str(checkpoint), full=False)
    assert not done
    assert said.endswith("anchor and evaluation are made anew, with stage_eval_samples: 5 (was not set)")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        settled(folder, more)


def test_a_run_that_has_not_ended_is_never_taken_for_a_finished_one(folder):
    record.write(folder, "run", REGIME.as_json(), finished=False)
    with pytest.raises(CheckpointError, match="weights of an earlier run, and no checkpoint"):
        settled(folder)
    assert settled(folder, full=False) == (False, [])


def test_a_record_that_is_torn_or_of_another_version_tells_nothing(folder):
    for content in ("{", '{"version": 9}', "[]", '{"version": 1, "regime": {}}'):
        (folder / record.FILE).write_text(content)
        assert record.read(folder) is None
    assert settled(folder, full=False) == (False, [])


def test_where_ray_runs_the_stage_the_process_does_not_end_by_itself(folder, monkeypatch):
    monkeypatch.setenv("USE_RAY", "1")
    with pytest.raises(CheckpointError, match="finished under this very recipe"):
        again.leave(folder)
    monkeypatch.delenv("USE_RAY")
    with pytest.raises(SystemExit) as ended:
        again.leave(folder)
    assert ended.value.code == 0
