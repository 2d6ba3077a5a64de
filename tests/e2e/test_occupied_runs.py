"""Two runs in one folder: is the second refused, is a dead one's lock taken over, do the ranks of one run agree?"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _tiny import PATIENCE, World, cli, environment

LOCK = ".ewc_in_use.json"
LONG: dict[str, Any] = {"ewc_save": True, "ewc_fisher_samples": 8, "num_train_epochs": 2000}


def started(recipe: Path, log: Path, **variables: str) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("llamafactory-cli")), "train", str(recipe)]
    with log.open("wb") as stream:
        return subprocess.Popen(command, cwd=recipe.parent, env=environment(**variables), stdout=stream, stderr=stream)


def waited(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-3000:]
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def running(world: World) -> Iterator[subprocess.Popen[bytes]]:
    """A run that trains into `busy` until it is killed."""
    folder = world.folder / "busy"
    recipe = world.recipe("busy", **LONG, save_strategy="steps", save_steps=3)
    process = started(recipe, world.folder / "busy.log")
    try:
        waited(folder / "checkpoint-3" / "ewc_checkpoint.json", process, world.folder / "busy.log")
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_second_run_into_the_same_folder_is_refused_before_anything_is_loaded(
    world: World, running: subprocess.Popen[bytes]
) -> None:
    ended = cli("train", world.recipe("busy_again", **LONG, output_dir=str(world.folder / "busy")), cwd=world.folder)
    assert ended.code != 0
    assert f"process {running.pid} on {os.uname().nodename}, since 20" in ended.err
    assert f"kill {running.pid}), or name another output_dir. Nothing was loaded." in ended.err
    assert "loading weights" not in ended.err.lower()
    assert json.loads((world.folder / "busy" / LOCK).read_text(encoding="utf-8"))["pid"] == running.pid
    assert running.poll() is None


def test_a_stage_that_starts_from_a_folder_which_is_being_written_is_refused(
    world: World, running: subprocess.Popen[bytes]
) -> None:
    recipe = world.recipe("next", stage_eval=True, model_name_or_path=str(world.folder / "busy"))
    ended = cli("train", recipe, cwd=world.folder)
    assert ended.code != 0
    assert "a folder that no run is writing, since this stage starts from it" in ended.err
    assert not (world.folder / "next").exists()


def test_a_run_that_was_killed_is_resumed_at_once(world: World, running: subprocess.Popen[bytes]) -> None:
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert (world.folder / "busy" / LOCK).exists()
    steps = int(max((world.folder / "busy").glob("checkpoint-*"), key=os.path.getmtime).name.split("-")[1])
    recipe = world.recipe("busy", **LONG, save_strategy="steps", save_steps=3, overwrite_output_dir=False)
    process = started(recipe, log := world.folder / "busy_resumed.log")
    try:
        waited(world.folder / "busy" / f"checkpoint-{steps + 6}" / "ewc_checkpoint.json", process, log)
    finally:
        process.kill()
        process.wait()
    said = log.read_text(encoding="utf-8", errors="replace")
    assert f"the run of process {running.pid} on {os.uname().nodename}" in said
    assert "taken over" in said


@pytest.mark.slow  # other tests with two ranks would be refused too
def test_ranks_of_one_run_share_the_folder_and_leave_it(world: World) -> None:
    recipe = world.recipe("two_ranks", ewc_save=True, ewc_fisher_samples=8, ddp_find_unused_parameters=False)
    ended = cli("train", recipe, cwd=world.folder, FORCE_TORCHRUN="1", NPROC_PER_NODE="2", MASTER_PORT="29641")
    assert ended.code == 0, ended.err[-3000:]
    assert (world.folder / "two_ranks" / "ewc" / "ewc.json").is_file()
    assert not (world.folder / "two_ranks" / LOCK).exists()
