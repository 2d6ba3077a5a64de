"""What does the doctor say of the registry, its mixtures and its evaluation sets?"""

import hashlib
import json
from pathlib import Path
from typing import Any

from _cases import case, problems

from ewc_plugin.doctor import data

MIXTURE = {"file_name": "data/m.jsonl", "mix": {"stage": "a", "ratio": {"a": 1}, "total": 2}}
OWN = {"file_name": "data/own.jsonl", "mix": {"group": "a", "weight": 1}}
HELD_OUT = {"file_name": "data/own_eval.jsonl", "eval": {"task": "instruction", "stage": "a", "protected": True}}
GENERAL = {"file_name": "data/general.jsonl", "eval": {"task": "english", "stage": "general", "protected": True}}


def registry(folder: Path, **entries: Any) -> None:
    (folder / "dataset_info" / "data").mkdir(parents=True)
    (folder / "dataset_info" / "dataset_info.json").write_text(json.dumps(entries), encoding="utf-8")


def rows(folder: Path, name: str, text: str = "{}\n") -> str:
    path = folder / "dataset_info" / "data" / f"{name}.jsonl"
    path.write_text(text, encoding="utf-8")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def mixed(folder: Path) -> None:
    """A mixture of `own` as `python -m converters mix` leaves it, as far as staleness is judged by it."""
    manifest = {
        "inputs": [{"file": "data/own.jsonl", "sha256": rows(folder, "own"), "dataset": "own", "group": "a"}],
        "evaluation_sets": [],
        "output": {"sha256": rows(folder, "m")},
        "registry": {"mixture": MIXTURE["mix"], "datasets": {"own": {"weight": 1}}, "evaluation_sets": []},
        "ratio": {"a": 1},
    }
    path = folder / "dataset_info" / "data" / "m.manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_a_folder_without_a_registry_names_init(tmp_path: Path) -> None:
    (found,) = data.findings(case(tmp_path))
    assert (found.level, found.remedy[0]) == ("problem", "python -m ewc_plugin init")


def test_a_registry_that_is_no_json_is_shown_with_its_line(tmp_path: Path) -> None:
    registry(tmp_path)
    (tmp_path / "dataset_info" / "dataset_info.json").write_text('{\n "own": ,\n}', encoding="utf-8")
    assert "line 2" in problems(data.findings(case(tmp_path)))[0]


def test_where_nothing_is_converted_no_mixture_is_asked_for(tmp_path: Path) -> None:
    registry(tmp_path, own=OWN, m=MIXTURE)
    found = data.findings(case(tmp_path))
    assert not problems(found)
    assert found[0].remedy[0] == "python -m converters list"


def test_a_mixture_that_could_be_built_and_was_not_is_a_problem(tmp_path: Path) -> None:
    registry(tmp_path, own=OWN, m=MIXTURE)
    rows(tmp_path, "own")
    (found,) = [f for f in data.findings(case(tmp_path)) if f.level == "problem"]
    assert found.found.startswith("mixture m has not been built")
    assert found.remedy[0].startswith("python -m converters mix m ")


def test_a_mixture_that_would_lack_a_whole_group_is_not_asked_for(tmp_path: Path) -> None:
    two_groups = {**MIXTURE, "mix": {**MIXTURE["mix"], "ratio": {**MIXTURE["mix"]["ratio"], "another": 1}}}
    registry(tmp_path, own=OWN, m=two_groups)
    rows(tmp_path, "own")
    assert not problems(data.findings(case(tmp_path)))


def test_a_mixture_whose_data_changed_is_stale(tmp_path: Path) -> None:
    registry(tmp_path, own=OWN, m=MIXTURE)
    mixed(tmp_path)
    assert not problems(data.findings(case(tmp_path)))
    rows(tmp_path, "own", "{}\n{}\n")
    assert problems(data.findings(case(tmp_path))) == ["mixture m is stale (data/own.jsonl changed since)"]


def test_evaluation_sets_are_counted_by_stage_and_general_ones_are_missed(tmp_path: Path) -> None:
    registry(tmp_path, own=OWN, own_eval=HELD_OUT, general=GENERAL)
    rows(tmp_path, "own_eval")
    said = [f.found for f in data.findings(case(tmp_path))]
    assert "evaluation sets: 1 a" in said
    assert any(text.startswith("no general set") for text in said)
    rows(tmp_path, "general")
    said = [f.found for f in data.findings(case(tmp_path))]
    assert "evaluation sets: 1 a, 1 general" in said
    assert not any(text.startswith("no general set") for text in said)
