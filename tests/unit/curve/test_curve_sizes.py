"""Which beginnings of which data a curve is made of, and what it refuses before anything is started."""

import json
from pathlib import Path

import pytest

from ewc_plugin.curve import points, sizes
from ewc_plugin.curve.command import _recipe
from ewc_plugin.errors import EwcError
from ewc_plugin.pipeline import recipes


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    entries = {
        "talk": {"file_name": "talk.jsonl"},
        "list": {"file_name": "list.json"},
        "drawn": {"file_name": "talk.jsonl", "num_samples": 5},
        "hub": {"hf_hub_url": "org/data"},
        "mixed": {"file_name": "mixed.jsonl", "mix": {"ratio": {"a": 1}, "stage": "task"}},
    }
    Path("data/dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")
    Path("data/talk.jsonl").write_text('{"a": 1}\n' * 999 + '{"a": 1}', encoding="utf-8")  # the last line has no end
    Path("data/list.json").write_text(json.dumps([{"a": 1}] * 40), encoding="utf-8")
    Path("data/mixed.jsonl").write_text('{"a": 1}\n' * 400, encoding="utf-8")
    inputs = [{"dataset": "talk", "taken": 400, "repeats": 120}]
    Path("data/mixed.manifest.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")


def stage(**keys):
    known = {"model_name_or_path": "org/base", "output_dir": "saves/task", "dataset": "talk", "dataset_dir": "data"}
    lines = {**known, **{k: v for k, v in keys.items() if k != "words"}}
    Path("task.yaml").write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in lines.items()))
    (found,), problems = recipes.read(["task.yaml", *keys.get("words", ())])
    assert problems == []
    return found


def of(n, **keys):
    (_, found) = points.stages(stage(**keys), (10, n), Path("saves/task-curve"))
    return found


def test_sizes_are_read_in_any_order_and_once():
    assert sizes.parsed("300, 100,1000,300") == [100, 300, 1000]


@pytest.mark.parametrize("text", ["", "100", "100,all", "100,-3", "0,100", "1e3,2e3"])
def test_what_is_no_row_of_sizes_is_refused_with_an_example(text):
    with pytest.raises(EwcError, match="--sizes 100,300,1000,3000,8000"):
        sizes.parsed(text)


def test_a_point_is_the_recipe_on_its_first_rows_in_a_folder_of_its_own():
    found = of(300, learning_rate=1e-4, words=("seed=7",))
    assert found.words == ("seed=7", "stage_eval=true", "max_samples=300", "output_dir=saves/task-curve/n=300")
    assert (found.name, found.keys["max_samples"], found.keys["learning_rate"]) == ("n=300", 300, 1e-4)
    assert found.output == Path("saves/task-curve/n=300")


def test_a_point_leaves_no_anchor_and_none_of_the_keys_that_would_be_senseless_without_it():
    found = of(300, ewc_save=True, ewc_fisher_samples=64, ewc_rank=8, ewc_lambda=10, stage_eval_gate=0.1)
    assert {key: found.keys[key] for key in ("ewc_save", "stage_eval", "ewc_lambda", "ewc_fisher_samples")} == {
        "ewc_save": False,
        "stage_eval": True,
        "ewc_lambda": 10,
        "ewc_fisher_samples": 1024,
    }
    assert not found.keys.keys() & {"ewc_rank", "stage_eval_gate"}


def test_a_warm_up_in_steps_keeps_its_share_of_the_run():
    assert of(300, warmup_steps=30).keys["warmup_steps"] == 9  # of 1,000 rows
    assert of(20, warmup_steps=30).keys["warmup_steps"] == 1
    assert of(300, warmup_steps=0.1).keys["warmup_steps"] == 0.1
    assert of(300, warmup_steps=30, words=("warmup_steps=5",)).keys["warmup_steps"] == 5


def test_rows_are_counted_in_lines_and_lists_and_not_guessed_for_a_hub():
    assert [sizes.available(stage(dataset=name)) for name in ("talk", "list", "hub")] == [1000, 40, None]


def test_sizes_that_the_data_do_not_have_are_refused_with_what_there_is():
    assert sizes.too_large(stage(), (100, 1000)) == ""
    assert sizes.too_large(stage(), (100, 1001)) == (
        "--sizes: talk has 1,000 examples, fewer than 1,001: name sizes up to that, or add data"
    )
    assert "python -m converters mix mixed --total 800" in sizes.too_large(stage(dataset="mixed"), (100, 800))


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"dataset": "talk,list"}, "max_samples would take as many rows of each of talk, list, whatever their shares"),
        ({"dataset": "drawn"}, "drawn: num_samples in data/dataset_info.json draws rows at random"),
        ({"val_size": 0.1}, "val_size takes other rows away at each size"),
        ({"streaming": True}, "streaming has no first n rows"),
        ({"tokenized_path": "saves/t"}, "tokenized_path is read whole, whatever max_samples says"),
        ({"ewc_estimate": True}, "ewc_estimate trains nothing"),
        ({"dataset": None}, "names no dataset"),
    ],
)
def test_a_recipe_whose_sizes_would_mean_something_else_is_refused(keys, problem):
    stage(**keys)
    with pytest.raises(EwcError) as refused:
        _recipe(["task.yaml"])
    assert problem in str(refused.value)


def test_an_export_and_two_recipes_have_no_curve():
    stage(export_dir="saves/x")
    with pytest.raises(EwcError, match="exports a model; a curve is of a recipe that trains"):
        _recipe(["task.yaml"])
    stage()
    Path("b.yaml").write_text(Path("task.yaml").read_text())
    with pytest.raises(EwcError, match="a curve is of one recipe; 2 were named"):
        _recipe(["task.yaml", "b.yaml"])


def test_a_reader_is_told_that_rows_of_a_file_may_be_sorted_and_that_rows_of_a_mixture_repeat():
    (plain,) = sizes.notes(stage(), (10, 20))
    assert "talk is no mixture: its points are its first rows as they stand in the file" in plain
    Path("data/talk.selection.json").write_text("{}")  # of converters select or sample: a beginning is a smaller one
    assert list(sizes.notes(stage(), (10, 20))) == []
    (mixed,) = sizes.notes(stage(dataset="mixed"), (10, 20))
    assert mixed == "talk: 120 of its 400 rows in mixed repeat others"
    noted = " ".join(sizes.notes(stage(max_steps=50, eval_dataset="list"), (10, 20)))
    assert "max_steps: each size makes as many steps" in noted
    assert "eval_dataset is cut to max_samples rows too" in noted
