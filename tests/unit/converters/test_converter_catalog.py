from __future__ import annotations

import json

import pytest

from converters import catalog
from converters.contract import GROUPS
from converters.registry import SOURCES

FOREIGN = {"file_name": "mine.json", "columns": {"prompt": "问题"}}


def load(folder):
    return json.loads((folder / "dataset_info" / "dataset_info.json").read_text("ascii"))


def edit(folder, change):
    path = folder / "dataset_info" / "dataset_info.json"
    entries = json.loads(path.read_text("ascii"))
    change(entries)
    path.write_text(json.dumps(entries, indent=2), "ascii")
    return entries


def test_the_catalogue_lists_datasets_evaluation_sets_and_mixtures_in_order(run, tmp_path):
    run("catalog")
    names = list(load(tmp_path))
    datasets = [dataset for source in SOURCES if source.catalogued for dataset in source.datasets]
    expected = [
        name
        for dataset in datasets
        for name in ((dataset.name, f"{dataset.name}_eval") if dataset.purpose == "train" else (dataset.name,))
    ]
    assert names == [*expected, "foundation_mix", "task_mix", "domain_mix"]


def _not_for_training():
    sources = (source for source in SOURCES if source.catalogued)
    return [dataset for source in sources for dataset in source.datasets if dataset.purpose != "train"]


def test_what_is_for_evaluation_or_for_dpo_can_never_enter_a_mixture(run, tmp_path):
    run("catalog")
    entries, checked = load(tmp_path), 0
    for dataset in _not_for_training():
        entry = entries[dataset.name]
        assert "mix" not in entry
        assert ("eval" in entry, entry.get("ranking", False)) == (
            dataset.purpose == "evaluation",
            dataset.purpose == "preference",
        )
        checked += 1
    assert checked > 0


def test_an_entry_is_an_ordinary_one_of_llamafactory_with_keys_that_it_ignores(run, tmp_path):
    run("catalog")
    entries = load(tmp_path)
    assert entries["belle"] == {
        "file_name": "data/belle.jsonl",
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
        "mix": {"group": "foundation", "weight": 0.504},
        "licence": "ODC-By-1.0 AND LicenseRef-research-only",
        "origin": "https://github.com/LianjiaTech/BELLE",
    }
    assert entries["belle_eval"]["eval"] == {"task": "instruction", "stage": "foundation", "protected": True}
    assert entries["poetry_next_eval"]["eval"] == {"task": "verse", "stage": "domain", "protected": False}
    assert entries["domain_mix"]["mix"] == {
        "stage": "domain",
        "ratio": {"foundation": 5, "task": 3, "domain": 2},
        "total": 80000,
        "seed": 42,
        "on_shortage": "error",
    }


def test_the_weights_of_every_group_add_up_to_one():
    for group in GROUPS:
        weights = [
            dataset.weight
            for source in SOURCES
            for dataset in source.datasets
            if source.catalogued and dataset.purpose == "train" and source.group_of(dataset) == group
        ]
        assert sum(weights) == pytest.approx(1)


def test_what_a_user_edited_is_kept(run, tmp_path):
    run("catalog")

    def change(entries):
        entries["belle"]["mix"]["weight"] = 0.4
        entries["belle_eval"]["eval"]["protected"] = False
        entries["domain_mix"]["mix"] |= {"total": 5000, "seed": 7, "on_shortage": "repeat", "max_repeat": 3}
        entries["domain_mix"]["mix"]["ratio"] = {"foundation": 8, "domain": 2}
        entries["belle"]["note"] = "ours"
        entries["mine"] = FOREIGN

    edited = edit(tmp_path, change)
    assert run("catalog").code == 0
    assert load(tmp_path) == edited
    assert run("catalog", "--check").code == 0


def test_what_is_generated_is_brought_up_to_date(run, tmp_path):
    run("catalog")

    def change(entries):
        entries["belle"]["licence"] = "unknown"
        entries["belle"]["tags"]["assistant_tag"] = "gpt"
        entries["belle"]["mix"]["group"] = "task"
        entries["poetry_compose_eval"]["eval"]["task"] = "chat"
        del entries["poetry_next"]

    fresh = load(tmp_path)
    edit(tmp_path, change)
    stale = run("catalog", "--check")
    assert stale.code == 1
    assert '-      "assistant_tag": "gpt"' not in fresh
    assert all(word in stale.out for word in ('"gpt"', '"unknown"', '"chat"', "is stale"))
    run("catalog")
    assert load(tmp_path) == fresh


def test_check_writes_nothing(run, tmp_path):
    assert run("catalog", "--check").code == 1
    assert not (tmp_path / "dataset_info").exists()


def test_the_order_of_entries_is_the_users(run, tmp_path):
    run("catalog")

    def change(entries):
        entries["belle"] = entries.pop("belle")

    edit(tmp_path, change)
    assert run("catalog", "--check").code == 0


def test_the_file_is_ascii_because_llamafactory_names_no_encoding(run, tmp_path):
    run("catalog")
    path = tmp_path / "dataset_info" / "dataset_info.json"
    entries = edit(tmp_path, lambda entries: entries.update(mine=FOREIGN))
    path.write_text(json.dumps(entries, ensure_ascii=False), "utf-8")
    assert "outside ASCII" in run("catalog", "--check").out
    run("catalog")
    assert path.read_bytes().isascii()
    assert load(tmp_path)["mine"] == FOREIGN


def test_another_dataset_of_our_name_is_an_error_and_not_overwritten(run, tmp_path):
    (tmp_path / "dataset_info").mkdir()
    path = tmp_path / "dataset_info" / "dataset_info.json"
    path.write_text('{"belle": {"hf_hub_url": "BelleGroup/train_2M_CN"}}')
    result = run("catalog")
    assert result.code == 2
    assert "entry 'belle'" in result.err
    assert "Rename that entry" in result.err
    assert "BelleGroup" in path.read_text()


@pytest.mark.parametrize("text", ["{", "[]", '{"belle": 1}'])
def test_a_broken_catalogue_is_an_error_and_stays_as_it_is(run, tmp_path, belle_file, text):
    (tmp_path / "dataset_info").mkdir()
    path = tmp_path / "dataset_info" / "dataset_info.json"
    path.write_text(text)
    for words in (["catalog"], ["belle", belle_file(("问", "答"))]):
        result = run(*words)
        assert (result.code, "dataset_info.json" in result.err) == (2, True)
    assert path.read_text() == text
    assert not list((tmp_path / "dataset_info").rglob("*.jsonl"))


def test_the_committed_catalogue_is_fresh(request):
    folder = request.config.rootpath / "dataset_info"
    assert catalog.difference(folder) == ""


def test_a_new_source_costs_one_line_in_the_registry():
    assert len({source.name for source in SOURCES}) == len(SOURCES) > 3
    names = [dataset.name for source in SOURCES for dataset in source.datasets]
    assert len(names) == len(set(names)) > 0
    for source in SOURCES:
        assert all(shape.convert or shape.unsupported for shape in source.formats)
