"""Whose is a folder: a run's that lives, here or elsewhere, and nobody's that has died?"""

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ewc_plugin import holder, occupied
from ewc_plugin.errors import EwcError
from ewc_plugin.holder import Holder
from ewc_plugin.occupied import LOCK, OccupiedError, require, while_training
from ewc_plugin.ranks import OneProcess

REPOSITORY = Path(__file__).parents[2]
ALONE = OneProcess()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(holder, "BEAT", 0.05)
    monkeypatch.setattr(holder, "SILENCE", 0.6)
    monkeypatch.setattr(holder, "LOOK", 0.05)
    yield
    assert not occupied._held


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """Another process of this machine that lives."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def held_by(process: psutil.Process, **differences: object) -> Holder:
    mine = dataclasses.replace(holder.this_process(), pid=process.pid, started=process.create_time())
    return dataclasses.replace(mine, **differences)  # type: ignore[arg-type]


def locked(folder: Path, other: Holder) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / LOCK).write_text(json.dumps(other.as_json()), encoding="utf-8")
    return folder


def begin(folder: Path, *reads: Path) -> None:
    with while_training(str(folder), reads=reads, ranks=ALONE):
        pass


# -- on this machine -------------------------------------------------------------------------------------------


def test_a_folder_is_free_again_when_the_run_has_ended(tmp_path: Path) -> None:
    with while_training(str(tmp_path), reads=[], ranks=ALONE):
        assert json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


def test_a_living_run_is_named_with_its_machine_its_pid_and_since_when(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    other = held_by(psutil.Process(sleeper.pid), since="2026-01-02 03:04:05")
    with pytest.raises(OccupiedError) as refused:
        begin(locked(tmp_path, other))
    assert f"process {sleeper.pid} on {other.host}, since 2026-01-02 03:04:05" in str(refused.value)
    assert f"kill {sleeper.pid}" in str(refused.value)
    assert holder.from_json(json.loads((tmp_path / LOCK).read_text(encoding="utf-8"))) == other


def test_a_lock_whose_process_has_died_is_taken_over_and_said(
    tmp_path: Path, sleeper: subprocess.Popen[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = locked(tmp_path, held_by(psutil.Process(sleeper.pid)))
    sleeper.kill()  # not waited for: a zombie still has its pid
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    begin(folder)
    assert f"the run of process {sleeper.pid}" in capsys.readouterr().out


def test_a_pid_that_was_given_to_another_process_is_no_run(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(sleeper.pid)
    begin(locked(tmp_path, held_by(process, started=process.create_time() - 3600)))


def test_a_torn_lock_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_text('{"host": "no', encoding="utf-8")
    begin(tmp_path)


# -- on another machine of a shared file system ----------------------------------------------------------------


def test_elsewhere_a_run_lives_as_long_as_its_lock_is_renewed(tmp_path: Path) -> None:
    folder = locked(tmp_path, held_by(psutil.Process(), host="node7", boot="another"))
    code = f"import os, time\nfor _ in range(300): os.utime({str(folder / LOCK)!r}); time.sleep(0.01)"
    beating = subprocess.Popen([sys.executable, "-c", code])
    try:
        with pytest.raises(OccupiedError, match=rf"process {os.getpid()} on node7"):
            begin(folder)
    finally:
        beating.kill()
        beating.wait()
    begin(folder)  # silent now


def test_containers_on_one_machine_do_not_trust_each_others_pids(tmp_path: Path) -> None:
    """A pid that is gone here may live there."""
    folder = locked(tmp_path, held_by(psutil.Process(), space="pid:[1]", started=0.0))
    seen = []
    watch = lambda: seen.append("watched")  # noqa: E731
    other = holder.from_json(json.loads((folder / LOCK).read_text(encoding="utf-8")))
    assert other is not None
    times = iter(range(100))
    assert holder.lives(other, lambda: float(next(times)), watching=watch)
    assert seen == ["watched"]


def test_a_machine_that_was_started_again_need_not_wait(tmp_path: Path) -> None:
    folder = locked(tmp_path, held_by(psutil.Process(), boot="before"))
    os.utime(folder / LOCK, (1, 1))
    started = time.monotonic()
    begin(folder)
    assert time.monotonic() - started < holder.SILENCE


def test_a_lock_is_renewed_while_it_is_held(tmp_path: Path) -> None:
    with while_training(str(tmp_path), reads=[], ranks=ALONE):
        os.utime(tmp_path / LOCK, (1, 1))
        end = time.monotonic() + 10
        while (tmp_path / LOCK).stat().st_mtime == 1:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_a_run_whose_folder_was_taken_over_writes_no_more(tmp_path: Path) -> None:
    with while_training(str(tmp_path), reads=[], ranks=ALONE):
        require(str(tmp_path))
        locked(tmp_path, held_by(psutil.Process(), host="node7", token="other"))
        with pytest.raises(OccupiedError, match=r"node7, since .*, which took it over"):
            require(str(tmp_path))
    assert (tmp_path / LOCK).exists()  # it is the other's


# -- several at once -------------------------------------------------------------------------------------------

RACE = """
import sys, time
from pathlib import Path
from ewc_plugin import occupied
class Alone: rank, world_size, broadcast = 0, 1, staticmethod(lambda item: item)
while not Path(sys.argv[2]).exists():
    pass
try:
    with occupied.while_training(sys.argv[1], reads=[], ranks=Alone()):
        time.sleep(2)
    print("held")
except occupied.OccupiedError:
    print("refused")
"""


@pytest.mark.parametrize("before", ["nothing", "a dead run's lock"])
def test_of_many_processes_at_once_one_gets_the_folder(before: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    if before != "nothing":
        locked(folder, held_by(psutil.Process(), started=0.0))
    command = [sys.executable, "-c", RACE, str(folder), str(tmp_path / "go")]
    many = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, encoding="utf-8") for _ in range(8)]
    time.sleep(1)
    (tmp_path / "go").touch()
    ends = [process.communicate()[0].split()[-1] for process in many]
    assert sorted(ends) == ["held", *["refused"] * 7]


def test_different_folders_of_one_tree_are_fine(tmp_path: Path) -> None:
    with (
        while_training(str(tmp_path / "a"), reads=[], ranks=ALONE),
        while_training(str(tmp_path / "b"), reads=[tmp_path / "a"], ranks=ALONE),  # its own: one process after another
    ):
        assert (tmp_path / "a" / LOCK).exists()
        assert (tmp_path / "b" / LOCK).exists()


def test_a_stage_does_not_start_from_a_folder_that_is_being_written(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    source = locked(tmp_path / "task", held_by(psutil.Process(sleeper.pid)))
    with pytest.raises(OccupiedError, match="since this stage starts from it"):
        begin(tmp_path / "domain", source)
    assert not (tmp_path / "domain").exists()
    sleeper.kill()
    sleeper.wait()
    begin(tmp_path / "domain", source)


def test_every_rank_is_refused_with_rank_0s_sentence(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    class Second(OneProcess):
        rank, world_size = 1, 2

        def broadcast(self, item: object) -> object:
            return ("output_dir a", "a free folder", "another run", "Wait.")

    with pytest.raises(OccupiedError, match=r"output_dir a: expected a free folder; found another run\. Wait\."):
        begin_as(Second(), tmp_path)
    assert not (tmp_path / LOCK).exists()


def begin_as(ranks: OneProcess, folder: Path) -> None:
    with while_training(str(folder), reads=[], ranks=ranks):
        pass


def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sleeper: subprocess.Popen[bytes]
) -> None:
    def no_link(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(os, "link", no_link)
    begin(tmp_path)
    with pytest.raises(OccupiedError):
        begin(locked(tmp_path, held_by(psutil.Process(sleeper.pid))))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EwcError, match=r"output_dir .*file: expected a folder that can be written"):
        begin(tmp_path / "file")


def test_arguments_that_are_only_parsed_take_no_lock(tmp_path: Path) -> None:
    occupied.before_loading(str(tmp_path / "out"), reads=[], ranks=ALONE)
    assert not (tmp_path / "out").exists()
