"""`python -m ewc_plugin curve`: points through the real llamafactory-cli, in a folder named in Chinese."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from _three_stages import ThreeStages, three_stages, told
from _tiny import Process, cli, environment, run
from test_resume import PLANTED

SIZES = (12, 24, 48)
# batch 8 would be 6 steps in two epochs; 24 × 2 / 20 rows a step are enough
STEPS_OF_24 = ("per_device_train_batch_size=2", "gradient_accumulation_steps=1")
CURVE = Path("saves/task-curve")
KEYS = ("eval_steps=0.5", "num_train_epochs=2")


def command(*words: str) -> list[str]:
    sizes = () if "--sizes" in words else ("--sizes", ",".join(map(str, SIZES)))
    return [sys.executable, "-m", "ewc_plugin", "curve", "recipes/task.yaml", *sizes, *KEYS, *words]


def called(made: ThreeStages, *words: str, **variables: str) -> Process:
    return run(command(*words), cwd=made.folder, **variables)


def said(process: Process) -> list[str]:
    return [line.removeprefix("curve: ") for line in process.out.splitlines() if line.startswith("curve: ")]


def acts(process: Process) -> dict[str, str]:
    """n=12 → what was done and why."""
    lines = [line.partition(": llamafactory-cli")[0] for line in told(process) if line.startswith("n=")]
    return dict(line.split(": ", 1) for line in lines if ": report: " not in line)  # type: ignore[misc]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[ThreeStages, Process]:
    """The foundation stage, and the curve of the task stage after it. Tests copy the folder."""
    made = three_stages(tmp_path_factory.mktemp("curve") / "学习 曲线")
    first = made.run("recipes/foundation.yaml")
    assert first.code == 0, first.out[-3000:] + first.err[-3000:]
    ended = called(made)
    assert ended.code == 0, ended.out[-3000:] + ended.err[-3000:]
    return made, ended


@pytest.fixture
def place(trained: tuple[ThreeStages, Process], tmp_path: Path) -> ThreeStages:
    folder = tmp_path / "别处"
    shutil.copytree(trained[0].folder, folder)
    return ThreeStages(folder)


def curve_of(made: ThreeStages) -> Any:
    return made.json(*CURVE.parts, "curve.json")


def test_each_size_is_trained_on_the_first_rows_of_one_mixture_and_measured(
    trained: tuple[ThreeStages, Process],
) -> None:
    made, _ = trained
    groups = [json.loads(line)["id"].rpartition(":")[0] for line in _mixture(made)]
    for n in SIZES:
        counted = made.json(*CURVE.parts, f"n={n}", "stage_eval", "trained_on.json")["trained"]
        by_hand = {"foundation": groups[:n].count("talk"), "task": n - groups[:n].count("talk")}
        assert {group: entry["examples"] for group, entry in counted.items()} == by_hand
        assert abs(by_hand["foundation"] / n - 0.7) < 0.06  # each beginning keeps the ratio
        assert made.rows(f"task-curve/n={n}") == ["base", "foundation", f"n={n}"]
        assert not (made.folder / CURVE / f"n={n}" / "ewc").exists()
        # steps of 8 rows would be 4, 6 and 12 in two epochs
        assert made.json(*CURVE.parts, f"n={n}", "trainer_state.json")["global_step"] == 24


def _mixture(made: ThreeStages) -> list[str]:
    return (made.folder / "dataset_info" / "task_mix.jsonl").read_text(encoding="utf-8").splitlines()


def test_curve_json_holds_what_the_matrices_hold(trained: tuple[ThreeStages, Process]) -> None:
    made, ended = trained
    found = curve_of(made)
    assert [point["examples"] for point in found["points"]] == list(SIZES)
    assert sorted(found["own"]) == ["story_eval", "translation_eval"]
    assert sorted(found["older"]) == ["talk_eval", "verse_eval"]
    for place, n in enumerate(SIZES):
        rows = made.json(*CURVE.parts, f"n={n}", "stage_eval", "matrix.json")["rows"]
        for kind in ("own", "older"):
            for name, series in found[kind].items():
                after, before = (row["cells"][name]["loss"]["value"] for row in (rows[-1], rows[-2]))
                assert series["losses"][place]["loss"] == pytest.approx(after)
                assert series["changes"][place]["change"] == pytest.approx(after - before)
    assert (found["verdicts"]["mean"]["kind"], found["verdicts"]["mean"]["law"]) == ("few", None)
    heard = " ".join(said(ended))
    assert "3 points, 84 examples in all, 1.8 × the largest" in heard
    assert f"n=24: {' '.join(STEPS_OF_24)}" in heard
    assert "Only 3 sizes: nothing is fitted or extrapolated" in heard
    for name in ("curve.html", "curve.png"):
        assert (made.folder / CURVE / name).stat().st_size > 1000


def test_a_second_call_trains_nothing_and_leaves_the_same_numbers(place: ThreeStages) -> None:
    before = curve_of(place)
    again = called(place)
    assert again.code == 0, again.err[-3000:]
    assert acts(again) == {f"n={n}": "skipped (finished, and nothing changed)" for n in SIZES}
    assert curve_of(place) == before


def test_another_size_is_added_to_those_that_are_there_and_a_changed_recipe_trains_all_again(
    place: ThreeStages,
) -> None:
    more = acts(called(place, "--sizes", "12,24,36,48", "--dry-run"))
    assert {n: act.split(" (")[0] for n, act in more.items()} == {
        "n=12": "skipped",
        "n=24": "skipped",
        "n=36": "is run",
        "n=48": "skipped",
    }
    changed = acts(called(place, "learning_rate=0.01", "--dry-run"))
    assert set(changed) == {f"n={n}" for n in SIZES}
    assert all("is run again from its beginning (learning_rate was 0.001, is 0.01)" in act for act in changed.values())


def test_more_examples_than_there_are_and_two_datasets_are_refused_before_anything_starts(place: ThreeStages) -> None:
    many = called(place, "--sizes", "24,480")
    assert many.code == 2
    assert "task_mix has 48 examples, fewer than 480" in many.err
    two = called(place, "dataset=talk,story")
    assert two.code == 2
    assert "max_samples would take as many rows of each of talk, story" in two.err


@pytest.mark.slow
def test_a_killed_point_goes_on_and_the_finished_ones_are_kept(place: ThreeStages) -> None:
    shutil.rmtree(place.folder / CURVE / "n=48")
    (place.folder / "sitecustomize.py").write_text(PLANTED, encoding="utf-8")
    killed = called(place, PYTHONPATH=str(place.folder), KILL_IN="training_step", KILL_AT="9")
    assert killed.code == 128 + signal.SIGKILL
    again = called(place)
    assert again.code == 0, again.out[-3000:]
    assert acts(again)["n=12"].startswith("skipped")
    assert acts(again)["n=48"] == "goes on (it was interrupted; from checkpoint-8)"
    assert [point["examples"] for point in curve_of(place)["points"]] == list(SIZES)


@pytest.mark.slow
def test_a_point_is_what_the_host_s_own_command_makes_of_the_same_keys(place: ThreeStages) -> None:
    words = (
        "max_samples=24",
        "output_dir=saves/alone",
        "ewc_save=false",
        "ewc_fisher_samples=1024",
        "warmup_steps=5",
        *STEPS_OF_24,
        *KEYS,
    )
    assert cli("train", "recipes/task.yaml", *words, cwd=place.folder).code == 0
    alone = place.json("saves", "alone", "stage_eval", "matrix.json")["rows"][-1]["cells"]
    point = place.json(*CURVE.parts, "n=24", "stage_eval", "matrix.json")["rows"][-1]["cells"]
    assert {name: cell["loss"]["value"] for name, cell in alone.items()} == {
        name: cell["loss"]["value"] for name, cell in point.items()
    }


@pytest.mark.slow
def test_a_chinese_locale_that_is_not_utf_8_reads_and_writes_them_too(place: ThreeStages) -> None:
    places = place.folder / "locales"
    places.mkdir()
    made = subprocess.run(["localedef", "-i", "zh_CN", "-f", "GB18030", str(places / "zh_CN.GB18030")], check=False)
    if made.returncode:
        pytest.skip("localedef cannot make zh_CN.GB18030 here")
    before = curve_of(place)
    shutil.rmtree(place.folder / CURVE / "n=24")
    ended = subprocess.run(
        command(),
        cwd=place.folder,
        env=environment(LC_ALL="zh_CN.GB18030", LOCPATH=str(places)),
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "样本 examples" in ended.stdout.decode("gb18030", "replace")
    assert curve_of(place)["own"] == before["own"]
