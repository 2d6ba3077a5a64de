"""Vectors lie beside the data, a row for each example, and are refused for other data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mix_world import World, row

from converters.contract import SourceError
from converters.quality.rows import Rows, opened
from converters.quality.vectors import vectors

ABOUT = {"command": "embed belle --embedding-model 'my model'", "signature": {}}
MATRIX = np.arange(1, 16, dtype=np.float32).reshape(5, 3)


@pytest.fixture
def belle(tmp_path: Path) -> Iterator[Rows]:
    """Five rows, the third of which is no conversation and has no number."""
    world = World(tmp_path, {"belle": 0})
    world.add(
        "belle", [row("belle", 0), row("belle", 1), {"messages": []}, *(row("belle", n) for n in (2, 3, 4))], "task"
    )
    world.save()
    with opened(tmp_path, "belle") as rows:
        yield rows


def test_vectors_come_back_as_they_were_written_in_blocks(tmp_path: Path, belle: Rows) -> None:
    vectors.save(tmp_path, belle, iter([MATRIX[:2], MATRIX[2:]]), about=ABOUT)
    found = vectors.load(tmp_path, belle)
    assert found.ids == ("belle:0", "belle:1", "belle:2", "belle:3", "belle:4")
    np.testing.assert_array_equal(found.matrix, MATRIX)
    np.testing.assert_array_equal(np.load(tmp_path / "data/belle.vectors.npy"), found.matrix)


def test_rows_without_a_direction_are_nan_and_told_with_their_reason(tmp_path: Path, belle: Rows) -> None:
    matrix = MATRIX.copy()
    matrix[1], matrix[2, 0], matrix[3] = 0, np.inf, np.nan
    found = vectors.save(tmp_path, belle, [matrix[:3], matrix[3:]], about=ABOUT, reasons={3: "it is empty"})
    assert np.isnan(found.matrix).all(axis=1).tolist() == [False, True, True, True, False]
    assert vectors.usable(found).tolist() == [True, False, False, False, True]
    assert vectors.reasons(found) == {1: vectors.ZERO, 2: vectors.NOT_FINITE, 3: "it is empty"}
    about = json.loads((tmp_path / "data/belle.vectors.json").read_text(encoding="utf-8"))
    assert about["unusable"][0] == {"number": 1, "id": "belle:1", "reason": vectors.ZERO}


def test_vectors_of_other_data_are_refused_with_the_command_to_type(tmp_path: Path, belle: Rows) -> None:
    vectors.save(tmp_path, belle, [MATRIX], about=ABOUT)
    with (tmp_path / "data/belle.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(row("belle", 5)) + "\n")
    with opened(tmp_path, "belle") as longer, pytest.raises(SourceError) as refused:
        vectors.load(tmp_path, longer)
    assert "as it is now" in str(refused.value)
    assert f"embed belle --embedding-model 'my model' --dataset-dir {tmp_path}" in refused.value.remedy


def test_a_dataset_without_vectors_says_what_to_type(tmp_path: Path, belle: Rows) -> None:
    with pytest.raises(SourceError, match=r"python -m converters embed belle --model PATH"):
        vectors.load(tmp_path, belle)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4])


def other(path: Path) -> None:
    np.save(path, MATRIX[:, :2])


@pytest.mark.parametrize("spoil", [cut, other])
def test_a_file_that_does_not_fit_its_description_is_refused(tmp_path: Path, belle: Rows, spoil: Any) -> None:
    vectors.save(tmp_path, belle, [MATRIX], about=ABOUT)
    spoil(tmp_path / "data/belle.vectors.npy")
    with pytest.raises(SourceError, match=r"belle\.vectors\.npy"):
        vectors.load(tmp_path, belle)


@pytest.mark.parametrize("number", [4, 6])
def test_too_few_or_too_many_vectors_are_never_written(tmp_path: Path, belle: Rows, number: int) -> None:
    with pytest.raises(SourceError, match="expected 5 vectors"):
        vectors.save(tmp_path, belle, [np.ones((number, 3), dtype=np.float32)], about=ABOUT)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["belle.jsonl"]
