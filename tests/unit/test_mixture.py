"""A recipe's mixture is there and fresh, or the run stops with the command to type; and what it became is counted."""

import hashlib
import json
from pathlib import Path

import pytest

from ewc_plugin import mixture
from ewc_plugin.trained_on import EncodedRow, account, count

MIX = {"stage": "domain", "ratio": {"foundation": 1, "domain": 1}}
BELLE = {"file_name": "data/belle.jsonl", "mix": {"group": "foundation", "weight": 1.0}}
NEXT = {"file_name": "data/belle.jsonl", "mix": {"group": "domain", "weight": 0.3}}
ENTRY = {"file_name": "data/domain_mix.jsonl", "mix": MIX}


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def built(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "dataset_info.json").write_text(json.dumps({"domain_mix": ENTRY, "belle": BELLE, "poetry_next": NEXT}))
    source, mixed = tmp_path / "data/belle.jsonl", tmp_path / "data/domain_mix.jsonl"
    source.write_text("source\n")
    mixed.write_text("".join(json.dumps({"id": f"{name}:00"}) + "\n" for name in ("belle", "poetry_next", "belle")))
    manifest = {
        "mixture": "domain_mix",
        **MIX,
        "registry": {
            "mixture": MIX,
            "datasets": {
                n: {**e["mix"], "file_name": e["file_name"]} for n, e in (("belle", BELLE), ("poetry_next", NEXT))
            },
            "evaluation_sets": {},
        },
        "evaluation_sets": [],
        "inputs": [
            {"dataset": "belle", "group": "foundation", "file": "data/belle.jsonl", "sha256": digest(source)},
            {"dataset": "poetry_next", "group": "domain", "file": "data/belle.jsonl", "sha256": digest(source)},
        ],
        "groups": {g: {"examples": n, "supervised": 10 * n} for g, n in (("foundation", 2), ("domain", 1))},
        "output": {"sha256": digest(mixed)},
    }
    (tmp_path / "data/domain_mix.manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_fresh_mixture_and_an_ordinary_dataset_are_no_problem(built):
    assert mixture.problems(["domain_mix", "belle"], built) == []


def test_a_mixture_that_was_not_built_stops_with_the_command_to_type(built):
    (built / "data/domain_mix.jsonl").unlink()
    (problem,) = mixture.problems(["domain_mix"], built)
    assert "has not been built" in problem
    assert f"python -m converters mix domain_mix --dataset-dir {built}" in problem


@pytest.mark.parametrize("changed", ["data/belle.jsonl", "data/domain_mix.jsonl"])
def test_a_changed_input_or_an_edited_mixture_is_stale_and_named(built, changed):
    (built / changed).write_text("changed\n")
    (problem,) = mixture.problems(["domain_mix"], built)
    assert "stale" in problem
    assert changed.split("/")[1] in problem


def edited(built, **entries):
    path = built / "dataset_info.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **entries}))
    return "; ".join(mixture.problems(["domain_mix"], built))


def test_an_edited_weight_makes_the_mixture_stale_and_names_the_dataset(built):
    assert "belle: weight changed" in edited(built, belle={**BELLE, "mix": {"group": "foundation", "weight": 0.5}})


def test_an_edited_ratio_or_a_new_dataset_or_evaluation_set_makes_it_stale(built):
    assert "its own entry" in edited(built, domain_mix={**ENTRY, "mix": {**MIX, "total": 5}})
    assert "mine takes part now" in edited(built, mine={"file_name": "x", "mix": {"group": "domain", "weight": 1}})
    assert "evaluation set e is new" in edited(built, e={"file_name": "data/belle.jsonl", "eval": {"task": "t"}})


def test_an_entry_that_does_not_take_part_changes_nothing(built):
    assert (
        edited(built, other={"file_name": "x"}, off={"file_name": "x", "mix": {"group": "domain", "weight": 0}}) == ""
    )


def test_a_torn_manifest_is_a_problem_and_not_a_crash(built):
    (built / "data/domain_mix.manifest.json").write_text('{"inputs": [')
    (problem,) = mixture.problems(["domain_mix"], built)
    assert "cannot be read" in problem


def test_the_group_of_each_example_is_that_of_its_dataset(built):
    found = mixture.find(["domain_mix"], built)
    assert found.stage == "domain"
    assert mixture.row_groups(found, 3) == ["foundation", "domain", "foundation"]
    assert mixture.row_groups(found, 2) == ["foundation", "domain"]  # max_samples takes a prefix


def test_two_datasets_or_an_ordinary_one_are_not_a_mixture(built):
    assert mixture.find(["belle"], built) is None
    assert mixture.find(["domain_mix", "belle"], built) is None


ROWS = [EncodedRow(5, False, False), EncodedRow(7, True, False), EncodedRow(0, False, True)]


def test_dropped_and_truncated_examples_are_counted_by_group():
    seen = count(ROWS, ["foundation", "domain", "foundation"])
    assert vars(seen["foundation"]) == {"examples": 1, "supervised_tokens": 5, "dropped": 1, "truncated": 0}
    assert vars(seen["domain"]) == {"examples": 1, "supervised_tokens": 7, "dropped": 0, "truncated": 1}


def test_the_account_says_whether_the_trainer_holds_the_same_tokens(built):
    found, seen = mixture.find(["domain_mix"], built), count(ROWS, ["foundation", "domain", "foundation"])
    assert account(found, seen, in_the_trainer=12)["agrees_with_the_trainer"] is True
    assert account(found, seen, in_the_trainer=11)["agrees_with_the_trainer"] is False
    assert account(found, seen, in_the_trainer=12)["planned"]["foundation"] == {"examples": 2, "supervised": 20}


# -- what is not there at all ------------------------------------------------------------------------------------


def test_a_dataset_that_was_not_converted_stops_with_the_command_to_type(built):
    assert mixture.unconverted(["domain_mix", "belle"], built) == []
    (unknown,) = mixture.unconverted(["custom"], built)
    assert f"dataset custom is not in {built / 'dataset_info.json'}" in unknown
    assert "python -m converters custom FILE" in unknown
    (built / "data/belle.jsonl").unlink()
    (absent,) = mixture.unconverted(["belle"], built)
    assert f"{built / 'data/belle.jsonl'} is absent" in absent


def test_a_folder_without_a_registry_names_init_unless_the_data_come_from_a_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (sentence,) = mixture.unconverted(["custom"], Path("dataset_info"))
    assert "there is no dataset_info/dataset_info.json" in sentence
    assert "python -m ewc_plugin init" in sentence
    assert mixture.unconverted(["custom"], Path("ONLINE")) == mixture.unconverted(["a"], Path("REMOTE:x/y")) == []


def test_rows_whose_ids_tell_another_dataset_or_none_have_the_group_of_theirs(built):
    found = mixture.find(["domain_mix"], built)
    lines = [json.loads(line) for line in found.path.read_text("utf-8").splitlines()]
    lines[0] |= {"id": "my own", "dataset": "poetry_next"}
    lines[1] |= {"id": "poetry:1", "dataset": "belle"}
    found.path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert mixture.row_groups(found, 3) == ["domain", "foundation", "foundation"]
