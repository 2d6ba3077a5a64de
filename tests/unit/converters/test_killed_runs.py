"""A run that is killed tears nothing: old files or new ones, never a mixture, and a rerun writes the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from converters.files import staged
from converters.remains import Run, finish

REPOSITORY = Path(__file__).resolve().parents[3]
KILLS = 20

# the process kills itself at one of its replacements
SUICIDE = """
import os, signal, sys
real, count = os.replace, 0
def replace(source, target):
    global count
    count += 1
    if count == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    real(source, target)
os.replace = replace
from converters.__main__ import main
main(sys.argv[2:])
"""


def process(arguments, folder):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=folder, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def remains(folder):
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".run"))]


def test_twenty_kills_at_random_moments(run, written, belle_file, tmp_path):
    first = belle_file(*[(f"旧问题{n}", f"旧答案{n}") for n in range(300)], name="old.json")
    second = belle_file(*[(f"问题{n}是什么", f"答案{n}" * 30) for n in range(30_000)], name="new.json")
    words = ["-m", "converters", "belle", second, "--workers", "2", "--eval-share", "0.1"]
    started = time.monotonic()
    assert process(words, tmp_path).wait() == 0
    duration, undisturbed = time.monotonic() - started, written.bytes()
    run("belle", first)
    old, generator, killed = written.bytes(), random.Random(20), 0
    for _ in range(KILLS):
        running = process(words, tmp_path)
        time.sleep(generator.uniform(0, duration))
        with_group = os.getpgid(running.pid)
        os.killpg(with_group, signal.SIGKILL)
        killed += running.wait() == -signal.SIGKILL
        finish(tmp_path / "dataset_info" / "data")
        state = written.bytes()
        assert state in (old, undisturbed)
        if state == undisturbed:  # it was done already
            run("belle", first)
    assert killed > KILLS / 2
    assert process(words, tmp_path).wait() == 0
    assert written.bytes() == undisturbed
    assert remains(tmp_path) == []


@pytest.mark.parametrize("place", [1, 2, 4, 5])
def test_a_run_killed_while_it_replaces_files_is_finished_by_the_next_command(
    run, written, belle_file, tmp_path, place
):
    new = belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(200)], name="new.json")
    run("belle", new, "--eval-share", "0.1")
    undisturbed = written.bytes()
    run("belle", belle_file(*[(f"旧问题{n}", f"旧答案{n}") for n in range(300)], name="old.json"))
    words = ["-c", SUICIDE, str(place), "belle", str(new), "--eval-share", "0.1"]
    assert process(words, tmp_path).wait() == -signal.SIGKILL
    assert remains(tmp_path) != []
    assert run("catalog", "--check").code == 0
    assert {name: data for name, data in written.bytes().items() if not name.startswith(".")} == undisturbed
    assert remains(tmp_path) == []


def test_a_run_that_is_alive_is_left_alone(tmp_path):
    with staged(tmp_path) as files:
        files.open(tmp_path / "a").write("new")
        finish(tmp_path)
        assert len(remains(tmp_path)) == 2
    assert (tmp_path / "a").read_text() == "new"
    assert remains(tmp_path) == []


def test_a_decision_that_was_cut_counts_for_nothing(tmp_path):
    gone = Run(tmp_path)
    (tmp_path / f".a.x.{gone.token}.part").write_text("new")
    gone._stream.write('[[".a.x')
    gone._stream.close()  # the lock goes with it, as when the process is killed
    finish(tmp_path)
    assert list(tmp_path.iterdir()) == []
