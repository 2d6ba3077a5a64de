"""`python -m ewc_plugin run`: three stages at once through the real llamafactory-cli, in a folder named in Chinese."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from _three_stages import STAGES, ThreeStages, acts, three_stages, told
from _tiny import REPOSITORY, cli, run
from test_resume import PLANTED


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ThreeStages, list[str]]:
    """Three stages that were run at once, and what was said. Tests copy the folder."""
    made = three_stages(tmp_path_factory.mktemp("run") / "三个 阶段")
    ended = made.run()
    assert ended.code == 0, ended.out[-3000:] + ended.err[-3000:]
    return made, told(ended)


@pytest.fixture
def place(trained: tuple[ThreeStages, list[str]], tmp_path: Path) -> ThreeStages:
    """A copy of what was trained, elsewhere: nothing in it depends on where it lies."""
    folder = tmp_path / "别处"
    shutil.copytree(trained[0].folder, folder)
    return ThreeStages(folder)


def test_three_stages_are_built_and_run_at_once_and_the_pages_are_named(trained: tuple[ThreeStages, list[str]]) -> None:
    made, said = trained
    for stage in STAGES:
        assert f"llamafactory-cli train recipes/{stage}.yaml" in said
        assert f"{stage}: report: saves/{stage}/stage_eval/report.html" in said
        assert made.json("saves", stage, "ewc_run.json")["left"]["weights"] is not None
        assert "train_loss" in (made.folder / "saves" / stage / "ewc_run.log").read_text(encoding="utf-8")
    assert made.rows("domain") == ["base", "foundation", "task", "domain"]
    assert said[-1] == "all stages are done"


def test_a_second_call_skips_what_is_finished_and_unchanged(place: ThreeStages) -> None:
    again = place.run()
    assert again.code == 0
    assert acts(again) == dict.fromkeys(STAGES, "skipped (finished, and nothing changed)")
    assert "llamafactory-cli" not in again.out


def test_the_same_recipe_by_itself_is_told_to_be_finished_and_one_that_differs_is_refused(place: ThreeStages) -> None:
    before = place.json("saves", "task", "ewc_run.json")
    alone = cli("train", "recipes/task.yaml", cwd=place.folder)
    assert alone.code == 0
    assert "is finished under this very recipe; nothing is done" in alone.out
    other = cli("train", "recipes/task.yaml", "max_samples=20", "learning_rate=0.5", cwd=place.folder)
    assert other.code != 0
    assert "expected learning_rate 0.001; max_samples not set, with which it was trained" in other.err
    assert "found learning_rate 0.5; max_samples 20" in other.err
    assert "(learning_rate=0.001 behind the recipe)" in other.err
    assert place.json("saves", "task", "ewc_run.json") == before


@pytest.mark.slow
def test_another_weight_rebuilds_its_mixtures_and_runs_their_stages_again(place: ThreeStages) -> None:
    place.registry(story={"weight": 3})
    planned = place.run("--dry-run")
    assert {k: v.split(" (")[0] for k, v in acts(planned).items()} == {
        "foundation": "skipped",
        "task": "is run again from its beginning",
        "domain": "is run again from its beginning",
    }
    assert "mixture task_mix is stale (story: weight changed): python -m converters mix task_mix" in told(planned)
    before = place.json("saves", "task", "ewc_run.json")
    again = place.run("recipes/foundation.yaml", "recipes/task.yaml")
    assert again.code == 0, again.out[-3000:]
    assert acts(again)["task"].startswith("is run again from its beginning (data of task_mix was 48 examples")
    assert place.json("saves", "task", "ewc_run.json")["run"] != before["run"]
    assert place.rows("task") == ["base", "foundation", "task"]
    later = acts(place.run("--dry-run"))
    assert later["task"] == "skipped (finished, and nothing changed)"
    assert later["domain"].startswith("is run again from its beginning (its mixture domain_mix is built anew")


def test_a_mixture_is_built_with_the_options_of_its_last_build(place: ThreeStages) -> None:
    built = ["mix", "domain", "--total", "30", "--unit", "examples"]
    assert run([sys.executable, "-m", "converters", *built], cwd=place.folder).code == 0
    place.registry(story={"weight": 3})
    said = told(place.run("recipes/domain.yaml", "--dry-run"))
    assert said[0].endswith("python -m converters mix domain_mix --total 30")


def test_a_stage_that_was_killed_goes_on_and_the_one_after_it_follows(place: ThreeStages) -> None:
    for stage in ("task", "domain"):
        shutil.rmtree(place.folder / "saves" / stage)
    (place.folder / "sitecustomize.py").write_text(PLANTED, encoding="utf-8")
    trap = {"PYTHONPATH": str(place.folder), "KILL_IN": "training_step", "KILL_AT": "3"}
    killed = place.run("domain.num_train_epochs=2", **trap)
    assert killed.code == 128 + signal.SIGKILL
    assert "task failed with exit code 137; the whole log: saves/task/ewc_run.log" in told(killed)
    assert not (place.folder / "saves" / "domain").exists()
    again = place.run("domain.num_train_epochs=2")
    assert again.code == 0, again.out[-3000:]
    assert acts(again) == {
        "foundation": "skipped (finished, and nothing changed)",
        "task": "goes on (it was interrupted; from checkpoint-2)",
        "domain": "is run (nothing is there yet)",
    }
    assert "global step 2" in again.out
    assert place.json("saves", "domain", "trainer_state.json")["global_step"] == 12


def test_what_fails_stops_the_run_with_its_exit_code(place: ThreeStages) -> None:
    adapter = place.folder / "saves" / "foundation" / "adapter_config.json"
    adapter.write_text(adapter.read_text(encoding="utf-8").replace('"r": 4', '"r": 5'), encoding="utf-8")
    ended = place.run("task.learning_rate=0.002")
    assert ended.code == 1
    assert "task failed with exit code 1; the whole log: saves/task/ewc_run.log" in told(ended)
    assert "size mismatch" in (place.folder / "saves/task/ewc_run.log").read_text(encoding="utf-8")
    assert "llamafactory-cli train recipes/domain.yaml" not in told(ended)[-4:]


def test_every_mistake_of_every_stage_is_shown_before_the_first_is_started(place: ThreeStages) -> None:
    place.recipe("task", adapter_name_or_path="saves/other", lerning_rate=1, ewc_form="sharp")
    place.recipe("domain", dataset="domain_mixx", output_dir="saves/task")
    ended = place.run("output_dir=saves/x", "dmain.ewc_lambda=5", "foundation.stage_eval_samples=0", "epochs")
    assert ended.code == 2
    for said in (
        "output_dir=saves/x would go to every stage, but every stage has its own: write task.output_dir=… or domain",
        "dmain.ewc_lambda=5: no stage dmain; there are foundation, task, domain",
        "epochs: expected a recipe (.yaml) or key=value",
        "foundation.yaml: stage_eval_samples: expected a whole number above 0; found 0",
        "task.yaml: it continues from saves/other, which none of the stages before it leaves (saves/foundation)",
        "task.yaml: unknown key lerning_rate; did you mean learning_rate?",
        "task.yaml: ewc_form: expected factored or kronecker or dense; found 'sharp'",
        "task.yaml and recipes/domain.yaml have the same output folder saves/task",
        "domain.yaml: dataset domain_mixx is not in dataset_info/dataset_info.json",
    ):
        assert said in ended.err, f"{said}\n\n{ended.err}"
    assert "llamafactory-cli" not in ended.out


@pytest.mark.slow
def test_ctrl_c_ends_the_stage_and_the_same_command_goes_on(place: ThreeStages) -> None:
    keys = ("task.num_train_epochs=200", "recipes/task.yaml")
    shutil.rmtree(place.folder / "saves" / "task")
    begun = place.begun(*keys)
    try:
        wait_for(lambda: (place.folder / "saves/task/checkpoint-4/ewc_checkpoint.json").is_file(), begun)
        begun.send_signal(signal.SIGINT)
        assert begun.wait(60) == 130
    finally:
        begun.kill()
    said = (place.folder / "begun.log").read_text(encoding="utf-8", errors="replace")
    assert "run: ended by SIGINT; the same command goes on from here" in said
    size = (place.folder / "saves/task/trainer_log.jsonl").stat().st_size
    time.sleep(1)
    assert (place.folder / "saves/task/trainer_log.jsonl").stat().st_size == size, "the training was left running"
    (line,) = [line for line in told(place.run(*keys, "--dry-run")) if line.startswith("task: ")]
    assert line.startswith("task: goes on (it was interrupted; from checkpoint-")


def wait_for(holds, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(6000):
        if holds():
            return
        assert process.poll() is None, "it ended too early"
        time.sleep(0.05)
    raise AssertionError("it took too long")


@pytest.mark.slow
def test_a_mixture_that_comes_out_as_it_was_leaves_its_stage_alone(place: ThreeStages) -> None:
    place.registry(verse={"weight": 2})  # the only dataset of its group: its share stays
    again = place.run()
    assert again.code == 0
    assert "building domain_mix" in told(again)
    assert acts(again)["domain"] == "skipped (finished, and nothing changed)"


@pytest.mark.slow
def test_two_processes_are_started_by_torchrun_as_always(place: ThreeStages) -> None:
    launched = {"FORCE_TORCHRUN": "1", "NPROC_PER_NODE": "2"}
    keys = ("task.learning_rate=0.002", "ddp_backend=gloo")
    ended = place.run(*keys, **launched)
    assert ended.code == 0, ended.out[-3000:]
    assert place.json("saves", "domain", "ewc_run.json")["regime"]["conditions"]["processes"] == 2
    assert acts(place.run(*keys)) == dict.fromkeys(STAGES, "skipped (finished, and nothing changed)")


@pytest.mark.slow
def test_two_nodes_follow_what_the_first_decides(place: ThreeStages) -> None:
    """Two calls on one machine; only node 0 builds the mixtures, and both start torchrun for the same stages."""
    place.registry(story={"weight": 3})
    nodes = {"NNODES": "2", "NPROC_PER_NODE": "1", "FORCE_TORCHRUN": "1", "MASTER_PORT": "29617"}
    follower = place.begun("ddp_backend=gloo", NODE_RANK="1", **nodes)
    try:
        lead = place.run("ddp_backend=gloo", NODE_RANK="0", **nodes)
        assert lead.code == 0, lead.out[-3000:]
        assert follower.wait(60) == 0
    finally:
        follower.kill()
    said = (place.folder / "begun.log").read_text(encoding="utf-8", errors="replace")
    assert "run: foundation: skipped by node 0" in said
    assert "building" not in said
    assert (place.folder / "saves/task/ewc_run.node1.log").is_file()
    assert place.json("saves", "task", "ewc_run.json")["regime"]["conditions"]["processes"] == 2


@pytest.mark.slow
def test_a_chinese_locale_that_is_not_utf_8_runs_them_too(place: ThreeStages) -> None:
    places = place.folder / "locales"
    places.mkdir()
    made = subprocess.run(["localedef", "-i", "zh_CN", "-f", "GB18030", str(places / "zh_CN.GB18030")], check=False)
    if made.returncode:
        pytest.skip("localedef cannot make zh_CN.GB18030 here")
    ended = place.run("domain.learning_rate=0.002", LC_ALL="zh_CN.GB18030", LOCPATH=str(places))
    assert ended.code == 0, ended.out[-3000:]
    assert acts(ended)["domain"].startswith("is run again")
    assert json.dumps(place.json("saves", "domain", "ewc_run.json"))


@pytest.mark.slow
def test_an_export_at_the_end_is_run_once_and_again_when_its_adapter_changed(place: ThreeStages) -> None:
    export = {"model_name_or_path": "saves/base", "adapter_name_or_path": "saves/domain", "template": "gemma2"}
    path = place.folder / "recipes" / "export.yaml"
    path.write_text(yaml.safe_dump({**export, "export_dir": "saves/merged"}), encoding="utf-8")
    words = ("recipes/domain.yaml", "recipes/export.yaml")
    first = place.run(*words)
    assert first.code == 0, first.out[-3000:]
    assert acts(first)["export"] == "is run (nothing is there yet)"
    assert (place.folder / "saves" / "merged" / "model.safetensors").is_file()
    assert acts(place.run(*words))["export"] == "skipped (finished, and nothing changed)"
    changed = place.run(*words, "domain.learning_rate=0.002", "--dry-run")
    assert acts(changed)["export"] == "is run again from its beginning (domain before it is run)"


# -- a rehearsal beside the real run ---------------------------------------------------------------------------


def rehearsal_recipe(place: ThreeStages, stage: str) -> str:
    """The real recipe with what differs in recipes/rehearsal."""
    real, shipped = (
        yaml.safe_load((REPOSITORY / "recipes" / name).read_text(encoding="utf-8"))
        for name in (f"{stage}.yaml", f"rehearsal/{stage}.yaml")
    )
    differs = {key: value for key, value in shipped.items() if real.get(key) != value and key != "eval_steps"}
    place.recipe(stage, f"rehearsal/{stage}", **differs | {"max_samples": 24, "save_steps": 2})
    return f"recipes/rehearsal/{stage}.yaml"


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_rehearsal_beside_a_real_run_takes_nothing_from_it_and_leaves_nothing_in_it(place: ThreeStages) -> None:
    saves = place.folder / "saves"
    before = files_of(saves)
    rehearsed = place.run(*(rehearsal_recipe(place, stage) for stage in STAGES[:2]))
    assert rehearsed.code == 0, rehearsed.out[-3000:]
    assert {line.split(" (")[1] for line in acts(rehearsed).values()} == {"nothing is there yet)"}
    assert place.json("saves", "rehearsal", "task", "trainer_state.json")["global_step"] == 3  # of 24 examples
    assert place.rows("rehearsal/task") == ["base", "foundation", "task"]
    start = place.json("saves", "rehearsal", "task", "ewc_run.json")["regime"]["conditions"]["start"]
    assert list(start) == ["saves/base", "saves/rehearsal/foundation"]
    assert {name: kept for name, kept in files_of(saves).items() if not name.startswith("rehearsal")} == before
    assert acts(place.run()) == dict.fromkeys(STAGES, "skipped (finished, and nothing changed)")

    mixed = place.run("recipes/foundation.yaml", "foundation.output_dir=saves/rehearsal/foundation", "--dry-run")
    assert (
        "foundation: is run again from its beginning (max_samples was 24, is not set; warmup_steps was 3, is 10)"
        in mixed.out
    )
    alone = cli("train", "recipes/foundation.yaml", "output_dir=saves/rehearsal/foundation", cwd=place.folder)
    assert alone.code != 0
    assert "expected max_samples 24; warmup_steps 3, with which it was trained; found max_samples not set" in alone.err


@pytest.mark.slow
def test_a_real_run_after_a_rehearsal_begins_with_the_untouched_model(place: ThreeStages) -> None:
    for stage in STAGES:
        shutil.rmtree(place.folder / "saves" / stage)
    rehearsed = place.run(*(rehearsal_recipe(place, stage) for stage in STAGES[:2]))
    assert rehearsed.code == 0, rehearsed.out[-3000:]
    saves = place.folder / "saves"
    assert sorted(path.name for path in saves.iterdir()) == ["base", "rehearsal"]
    before = files_of(saves / "rehearsal")

    real = place.run("recipes/foundation.yaml", "recipes/task.yaml")
    assert real.code == 0, real.out[-3000:]
    assert {line.split(" (")[1] for line in acts(real).values()} == {"nothing is there yet)"}
    assert place.json("saves", "task", "trainer_state.json")["global_step"] == 6  # of 48 examples, from the first step
    assert place.json("saves", "rehearsal", "task", "trainer_state.json")["global_step"] == 3
    assert place.rows("task") == ["base", "foundation", "task"]
    about = place.json("saves", "task", "ewc", "ewc.json")
    assert about["history"] == ["foundation", "task"]
    told_files = [path for path in saves.glob("*/**/*.json") if "rehearsal" not in path.parts]
    assert [str(path) for path in told_files if "rehearsal" in path.read_text(encoding="utf-8")] == []
    assert len(told_files) > 20
    assert files_of(saves / "rehearsal") == before
