"""A stage over a dataset: windows, shares of processes, kills and memory that does not suffice change no number."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from converters.contract import SourceError
from converters.mixing.survey import DataFile
from converters.quality.models.batches import Piece, size
from converters.quality.models.shards import Shard, here
from converters.quality.rows import Row, Rows
from converters.quality.scoring.parts import Parts
from converters.quality.scoring.passes import Budget, Unscored, first_of_each, run

ROWS = 100


@pytest.fixture
def rows(tmp_path: Path):
    lines = [
        {"instruction": f"问{number}", "input": "", "output": "答" * (1 + number * 37 % 23)} for number in range(ROWS)
    ]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with ExitStack() as stack:
        yield Rows("d", {}, DataFile(tmp_path / "d.jsonl", stack))


class Lengths:
    """The length of each answer, and who was in its batch; row 7 cannot be scored."""

    name = "length"

    def __init__(self, memory: int = 10**9, killed_after: int = 10**9) -> None:
        self.memory, self.killed_after, self.seen = memory, killed_after, list[list[int]]()

    def piece(self, row: Row) -> Piece:
        if row.number == 7:
            raise Unscored("seven")
        return Piece(row.number, 1, len(row.turns[-1].content), None)

    def values(self, batch: Sequence[Piece]) -> list[Any]:
        if len(self.seen) == self.killed_after:
            raise KeyboardInterrupt
        if size(batch) > self.memory:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        self.seen.append([piece.number for piece in batch])
        return [[piece.longest, self.seen[-1]] for piece in batch]


class Alone(Shard):
    """One of several processes that here come one after the other, and so wait for nobody."""

    def wait(self) -> None:
        return


def done(rows: Rows, stage: Lengths, folder: Path, shard: Shard | None = None, tokens: int = 60) -> dict[int, Any]:
    parts = Parts(folder, "d.scores.length", {"of": "test"})
    if shard is None:
        parts.begin(again=False)
    budget = Budget(tokens)
    run(stage, rows, range(ROWS), parts, shard=shard or Shard(), budget=budget, report=lambda more: None, window=32)
    return parts.gathered()


@pytest.fixture
def whole(rows: Rows, tmp_path: Path) -> dict[int, Any]:
    return done(rows, Lengths(), tmp_path / "whole")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("whole", "other"):
        (tmp_path / name).mkdir()


def test_every_row_has_a_line_and_one_without_a_number_its_reason(whole: dict[int, Any]) -> None:
    assert sorted(whole) == list(range(ROWS))
    assert whole[7] == {"row": 7, "unscored": "seven"}
    assert whole[8]["values"][0] == 1 + 8 * 37 % 23


@pytest.mark.parametrize("killed_after", [0, 1, 5, 12])
def test_a_killed_run_goes_on_with_the_same_batches(rows: Rows, tmp_path: Path, whole: Any, killed_after: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        done(rows, Lengths(killed_after=killed_after), tmp_path / "other")
    second = Lengths()
    assert done(rows, second, tmp_path / "other") == whole
    first = Lengths()
    (tmp_path / "count").mkdir()
    done(rows, first, tmp_path / "count")
    assert len(second.seen) == len(first.seen) - killed_after


@pytest.mark.parametrize("torn", [1, 20, 60, 333])  # of the last two, some rows of a batch are lost
def test_a_torn_last_line_is_reckoned_again(rows: Rows, tmp_path: Path, whole: Any, torn: int) -> None:
    done(rows, Lengths(), tmp_path / "other")
    path = tmp_path / "other/d.scores.length.part0.jsonl"
    path.write_bytes(path.read_bytes()[:-torn])
    assert done(rows, Lengths(), tmp_path / "other") == whole


def test_a_part_of_which_not_even_the_first_line_is_whole_is_begun_anew(rows: Rows, tmp_path: Path, whole: Any) -> None:
    (tmp_path / "other/d.scores.length.part0.jsonl").write_bytes(b'{"of":"te')
    assert done(rows, Lengths(), tmp_path / "other") == whole


@pytest.mark.parametrize("count", [2, 3, 7])
def test_processes_share_the_batches_and_change_no_number(rows: Rows, tmp_path: Path, whole: Any, count: int) -> None:
    stages = [Lengths() for _ in range(count)]
    parts = Parts(tmp_path / "other", "d.scores.length", {"of": "test"})
    parts.begin(again=False)
    for rank, stage in enumerate(stages):  # each sees nothing of the others, as when all begin together
        (tmp_path / f"rank{rank}").mkdir()
        done(rows, stage, tmp_path / f"rank{rank}", Alone(rank, count))
        name = f"d.scores.length.part{rank}.jsonl"
        (tmp_path / f"rank{rank}" / name).rename(tmp_path / "other" / name)
    assert parts.gathered() == whole
    assert max(len(s.seen) for s in stages) - min(len(s.seen) for s in stages) <= 1
    assert sum(len(batch) for stage in stages for batch in stage.seen) == ROWS - 1


def test_another_number_of_processes_goes_on_where_some_were_killed(rows: Rows, tmp_path: Path, whole: Any) -> None:
    for rank in range(3):
        (tmp_path / f"rank{rank}").mkdir()
        with pytest.raises(KeyboardInterrupt):
            done(rows, Lengths(killed_after=2), tmp_path / f"rank{rank}", Alone(rank, 3))
        name = f"d.scores.length.part{rank}.jsonl"
        (tmp_path / f"rank{rank}" / name).rename(tmp_path / "other" / name)
    assert done(rows, Lengths(), tmp_path / "other") == whole


def test_where_memory_does_not_suffice_halves_go_on(rows: Rows, tmp_path: Path, whole: Any) -> None:
    found = done(rows, Lengths(memory=25), tmp_path / "other")
    for number in set(range(ROWS)) - {7}:
        (longest, together), (same, _) = found[number]["values"], whole[number]["values"]
        assert longest == same
        assert len(together) * max(whole[other]["values"][0] for other in together) <= 25


def test_one_example_for_which_memory_does_not_suffice_is_told(rows: Rows, tmp_path: Path) -> None:
    found = done(rows, Lengths(memory=20), tmp_path / "other")
    too_long = [number for number in range(ROWS) if 1 + number * 37 % 23 > 20 and number != 7]
    assert sorted(number for number in found if found[number].get("unscored") == "out_of_memory") == too_long


def test_another_error_than_of_memory_is_not_swallowed(rows: Rows, tmp_path: Path) -> None:
    stage = Lengths()
    stage.values = lambda batch: (_ for _ in ()).throw(RuntimeError("shapes do not match"))  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="shapes"):
        done(rows, stage, tmp_path / "other")


def test_parts_of_something_else_are_refused_with_what_differs(rows: Rows, tmp_path: Path) -> None:
    done(rows, Lengths(), tmp_path / "other")
    other = Parts(tmp_path / "other", "d.scores.length", {"of": "another", "dtype": {"of": "x"}})
    with pytest.raises(SourceError, match=r"dtype.of: nothing there, x now; of: test there, another now"):
        other.begin(again=False)
    other.begin(again=True)
    assert other.gathered() == {}


def test_a_dataset_whose_name_has_brackets_finds_its_parts(tmp_path: Path) -> None:
    parts = Parts(tmp_path, "d[1].scores.length", {})
    parts.append(0, [{"row": 3, "values": 1}])
    assert list(parts.gathered()) == [3]


def test_the_first_row_of_an_id_stands_for_it() -> None:
    assert first_of_each(["a", "b", "a", "c", "b"]) == ([0, 1, 3], {2: 0, 4: 1})


def test_a_launcher_says_which_process_this_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert here() == Shard(0, 1, 0)
    for name, value in {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    assert here() == Shard(5, 8, 1)
    monkeypatch.setenv("RANK", "8")
    with pytest.raises(SourceError, match="a rank below the number"):
        here()


def test_processes_that_nobody_launched_together_are_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(SourceError, match="torchrun"):
        Shard(0, 2).wait()
