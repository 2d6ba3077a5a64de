"""The stage × task matrix: what it takes, what it refuses, how it is kept."""

import copy
import json
import math

import pytest

from ewc_plugin.matrix import MatrixError, check, expect, extend, load, new, save

COLUMNS = [
    {"name": "belle_eval", "task": "instruction", "stage": "foundation", "protected": True},
    {"name": "verse_eval", "task": "verse", "stage": "domain", "protected": False},
]
BASE = {"model": "tiny"}


def cell(value, **signature):
    same = {"metric": "nll_per_token", "version": 1, "items": 8, "subset": "0123", "seed": 42}
    return {"loss": {"value": value, "n": 8, "tokens": 80, "low": value, "high": value, "signature": same | signature}}


def row(label, first, second, **more):
    stage = None if label == "base" else label
    cells = {"belle_eval": first, "verse_eval": second}
    return {"stage": stage, "label": label, "columns": COLUMNS, "cells": cells, "predictions": None} | more


@pytest.fixture
def matrix():
    return extend(new(BASE, row("base", cell(3.0), cell(5.0))), row("foundation", cell(2.0), cell(4.5)))


def test_each_stage_adds_one_row(matrix):
    grown = extend(matrix, row("domain", cell(2.2), cell(3.0)))
    assert [r["label"] for r in grown["rows"]] == ["base", "foundation", "domain"]
    assert [r["cells"]["belle_eval"]["loss"]["value"] for r in grown["rows"]] == [3.0, 2.0, 2.2]
    assert len(matrix["rows"]) == 2, "the matrix that was given is not changed"


def test_a_repeated_last_stage_replaces_its_row_and_leaves_a_note(matrix):
    again = extend(matrix, row("foundation", cell(1.9), cell(4.4)))
    assert [r["label"] for r in again["rows"]] == ["base", "foundation"]
    assert again["rows"][1]["cells"]["belle_eval"]["loss"]["value"] == 1.9
    assert again["notes"] == ["row foundation was measured again and replaced"]


def test_a_stage_that_has_rows_after_it_cannot_be_measured_again(matrix):
    grown = extend(matrix, row("domain", cell(2.2), cell(3.0)))
    with pytest.raises(MatrixError, match="there is a row foundation already, with other rows after it"):
        extend(grown, row("foundation", cell(2.0), cell(4.0)))


def test_other_items_are_refused_with_what_differs(matrix):
    with pytest.raises(MatrixError, match=r"belle_eval, loss: seed 42 became 7, subset '0123' became 'abcd'"):
        extend(matrix, row("domain", cell(2.0, subset="abcd", seed=7), cell(3.0)))


def test_a_row_that_differs_in_everything_is_refused_with_a_few_examples_and_the_number_of_the_others(matrix):
    changed = row("domain", cell(2.0), cell(3.0))
    changed["columns"] = [COLUMNS[0] | {"name": f"new_{number}"} for number in range(5)]
    with pytest.raises(MatrixError, match=r"new_0 is not in the rows before; and 4 more\. Measure as the rows before"):
        extend(matrix, changed)


def test_a_set_that_is_missing_new_or_of_another_stage_is_refused(matrix):
    changed = row("domain", cell(2.0), cell(3.0))
    changed["columns"] = [COLUMNS[0] | {"name": "new_eval"}, COLUMNS[1] | {"stage": "task"}]
    with pytest.raises(
        MatrixError, match=r"belle_eval was measured .* is missing; new_eval is not in .*; verse_eval was"
    ):
        extend(matrix, changed)


def test_a_row_without_a_cell_is_refused(matrix):
    holed = row("domain", cell(2.0), cell(3.0))
    del holed["cells"]["verse_eval"]
    with pytest.raises(MatrixError, match="row domain has no cell verse_eval"):
        extend(matrix, holed)


def test_a_failed_cell_is_kept_with_its_reason_and_does_not_stop_the_next_row(matrix):
    grown = extend(matrix, row("task", cell(2.0), {"failed": "torn"}))
    grown = extend(grown, row("domain", cell(2.0), cell(3.0)))
    assert grown["rows"][2]["cells"]["verse_eval"] == {"failed": "torn"}
    with pytest.raises(MatrixError, match="verse_eval, loss: seed"):
        extend(grown, row("x", cell(2.0), cell(3.0, seed=1)))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_refused(matrix, value):
    with pytest.raises(MatrixError, match="row domain, verse_eval, loss is"):
        extend(matrix, row("domain", cell(2.0), cell(value)))


def test_what_extend_would_refuse_is_known_before_the_stage_is_trained(matrix):
    expect(matrix, base=BASE, columns=COLUMNS, label="domain")
    with pytest.raises(MatrixError, match="another base: model 'tiny' became 'other'; verse_eval was measured"):
        expect(matrix, base={"model": "other"}, columns=COLUMNS[:1], label="domain")


def test_a_saved_matrix_is_read_back_and_survives_a_move_of_the_whole_tree(matrix, tmp_path):
    folder = tmp_path / "saves" / "domain" / "stage_eval"
    earlier = tmp_path / "saves" / "foundation" / "stage_eval" / "predictions"
    earlier.mkdir(parents=True)
    matrix["rows"][1]["predictions"] = str(earlier)
    save(matrix, folder / "matrix.json")
    assert json.loads((folder / "matrix.json").read_text())["rows"][1]["predictions"] == (
        "../../foundation/stage_eval/predictions"
    )
    assert load(folder / "matrix.json") == matrix
    (tmp_path / "saves").rename(tmp_path / "moved")
    moved = load(tmp_path / "moved" / "domain" / "stage_eval" / "matrix.json")
    assert moved["rows"][1]["predictions"] == str(tmp_path / "moved" / "foundation" / "stage_eval" / "predictions")


@pytest.mark.parametrize("content", ["", '{"version": 1', '{"version": 2}', "[]", '{"version": 1, "columns": []}'])
def test_a_torn_or_foreign_file_is_refused(tmp_path, content):
    (tmp_path / "matrix.json").write_text(content)
    with pytest.raises(MatrixError, match=r"matrix.json: expected a whole stage × task matrix"):
        load(tmp_path / "matrix.json")


def test_a_failed_save_leaves_the_matrix_of_before(matrix, tmp_path, monkeypatch):
    save(matrix, tmp_path / "matrix.json")
    broken = copy.deepcopy(matrix)
    broken["rows"][0]["cells"] = {}
    with pytest.raises(MatrixError):
        save(broken, tmp_path / "matrix.json")
    assert load(tmp_path / "matrix.json") == matrix
    assert check(matrix) is matrix
