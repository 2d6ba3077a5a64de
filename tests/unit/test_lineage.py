"""Each stage is recorded behind those before it, with what it was trained on and what that obliges to."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from ewc_plugin import lineage
from ewc_plugin.mixture import Mixture


def test_a_stage_stands_behind_those_that_it_continues(tmp_path: Path) -> None:
    lineage.write([], {"label": "foundation"}, tmp_path / "a")
    lineage.write(lineage.read(tmp_path / "a"), {"label": "task"}, tmp_path / "b")
    assert [stage["label"] for stage in lineage.read(tmp_path / "b")] == ["foundation", "task"]


def test_a_stage_that_is_trained_again_replaces_itself(tmp_path: Path) -> None:
    lineage.write([{"label": "task", "steps": 1}], {"label": "task", "steps": 2}, tmp_path)
    assert lineage.read(tmp_path) == [{"label": "task", "steps": 2}]


def test_a_folder_without_a_record_has_no_stages(tmp_path: Path) -> None:
    assert lineage.read(tmp_path) == []


@pytest.mark.parametrize("content", ["{torn", "[]", '{"version": 2, "stages": []}', '{"version": 1, "stages": [{}]}'])
def test_a_record_that_is_not_whole_is_an_error_with_the_way_out(content: str, tmp_path: Path) -> None:
    (tmp_path / lineage.FILE).write_text(content)
    with pytest.raises(lineage.LineageError, match=r"stages\.json: expected the record.*or delete it"):
        lineage.read(tmp_path)


def test_of_the_recipe_stand_the_keys_that_are_set(tmp_path: Path) -> None:
    training = SimpleNamespace(learning_rate=5e-5, max_steps=-1, bf16=False, output_dir="saves/x")
    finetuning = SimpleNamespace(lora_rank=16, ewc_lambda="auto", quantization_bit=None)
    found = lineage.keys(training, finetuning)
    assert found == {"lora_rank": 16, "learning_rate": 5e-5, "ewc_lambda": "auto"}


def test_of_a_mixture_stand_weights_licences_and_obligations(tmp_path: Path) -> None:
    entry = {"licence": "MIT", "origin": "https://github.com/x/y", "file_name": "belle.jsonl"}
    (tmp_path / "dataset_info.json").write_text(json.dumps({"belle": entry}))
    inputs = [{"dataset": "belle", "group": "task", "weight": 0.5, "taken": 9, "repeats": 0, "sha256": "0f"}]
    owed = {"records": [], "obligations": ["attribution: 9 of 9 records (belle)"]}
    manifest = {"mixture": "task_mix", "ratio": {"task": 1}, "inputs": inputs, "licences": owed, "registry": {}}
    found = lineage.of_mixture(Mixture("task_mix", "task", tmp_path / "x", manifest), tmp_path)
    assert found["licences"] == owed
    assert found["inputs"] == [
        {
            "dataset": "belle",
            "group": "task",
            "weight": 0.5,
            "taken": 9,
            "repeats": 0,
            "licence": "MIT",
            "origin": "https://github.com/x/y",
        }
    ]
    assert "registry" not in found


def test_amounts_are_those_of_the_account_where_there_is_one(tmp_path: Path) -> None:
    assert lineage.amounts(tmp_path, range(7)) == {"sequences": 7}
    account = {"trained": {"task": {"examples": 9}}, "supervised_tokens_in_the_trainer": 81, "planned": {}}
    (tmp_path / "trained_on.json").write_text(json.dumps(account))
    found = lineage.amounts(tmp_path, range(7))
    assert found == {"sequences": 7, "trained": account["trained"], "supervised_tokens_in_the_trainer": 81}
