"""A run that is killed tears nothing: old files or new ones, never a mixture, and a rerun writes the same bytes."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from converters import catalog
from converters.convert import Options, convert
from converters.files import staged
from converters.reading.inputs import find_inputs
from converters.registry import SOURCES, source_named
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
    second = belle_file(*[(f"问题{n}是什么", f"答案{n}" * 30) for n in range(6_000)], name="new.json")
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


def test_without_locks_a_mark_is_closed_before_it_goes(tmp_path, monkeypatch):
    """Windows removes no file that is open, and has no fcntl."""
    monkeypatch.setattr("converters.remains.fcntl", None)
    run, closed = Run(tmp_path), []
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: closed.append(run._stream.closed))
    run.end()
    assert closed == [True]


def test_with_locks_a_mark_goes_before_it_is_unlocked(tmp_path, monkeypatch):
    run, closed, unlink = Run(tmp_path), [], Path.unlink
    monkeypatch.setattr(
        Path, "unlink", lambda path, missing_ok=False: closed.append(run._stream.closed) or unlink(path)
    )
    run.end()
    assert closed == [False]


def test_a_file_system_without_locks_is_written_to_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("converters.remains.fcntl.flock", refuse)
    with staged(tmp_path) as files:
        files.open(tmp_path / "a").write("new")
        finish(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_two_runs_at_once_both_enter_the_registry(run, written, belle_file, tmp_path, monkeypatch):
    path = belle_file(("问题一", "答案一"), ("问题二", "答案二"))
    found = find_inputs(source_named("belle"), [str(path)], raw=path, format_name="", encoding="auto", sources=SOURCES)
    real, others = catalog.updated, []

    def convert_as(name):
        options = Options(name=name, eval_share=0)
        convert(source_named("belle"), found, options, dataset_dir=tmp_path / "dataset_info", report=lambda *_: None)

    def slowly(folder, *named):
        text = real(folder, *named)
        if not others:
            others.append(threading.Thread(target=convert_as, args=("second",)))
            others[0].start()
            others[0].join(timeout=2)
        return text

    monkeypatch.setattr(catalog, "updated", slowly)
    convert_as("first")
    others[0].join()
    assert {"first", "second"} <= written.registry().keys()


def test_what_a_killed_run_had_decided_is_not_put_over_what_came_later(tmp_path):
    gone = Run(tmp_path)
    (tmp_path / f".a.x.{gone.token}.part").write_text("decided")
    gone.decide([(tmp_path / f".a.x.{gone.token}.part", tmp_path / "a")])
    gone._stream.close()
    with staged(tmp_path) as files:
        assert (tmp_path / "a").read_text() == "decided"
        files.open(tmp_path / "a").write("later")
    finish(tmp_path)
    assert (tmp_path / "a").read_text() == "later"
    assert remains(tmp_path) == []


def test_what_a_dead_run_left_goes_from_its_folder_and_the_one_above(tmp_path):
    gone = Run(tmp_path / "data")
    for folder in (tmp_path, tmp_path / "data"):
        (folder / f".a.x.{gone.token}.part").write_text("half")
        (folder / ".a.x.anothers.part").write_text("whole")
    gone._stream.close()
    finish(tmp_path / "data")
    assert sorted(remains(tmp_path)) == [".a.x.anothers.part", ".a.x.anothers.part"]
