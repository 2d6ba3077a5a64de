"""`python -m ewc_plugin init`: what it writes, and what of the user's it never touches."""

import hashlib
import json
import os
import shlex
from pathlib import Path

import pytest

from ewc_plugin import placing, shipped
from ewc_plugin.__main__ import main

GENERAL = Path("dataset_info/data/general_code.jsonl")
OLD, NEW, MINE = "lora_rank: 8\n", "lora_rank: 16\n", "lora_rank: 64\n"


@pytest.fixture
def release(tmp_path, monkeypatch):
    """`release(name=text, …)`: what an installed version brings, instead of what this checkout has."""
    ours = tmp_path / "installed"

    def brings(**recipes: str) -> None:
        for name, text in recipes.items():
            (ours / "recipes").mkdir(parents=True, exist_ok=True)
            (ours / "recipes" / f"{name}.yaml").write_text(text, encoding="utf-8")
        for name in placing.SINGLE:
            (ours / name).parent.mkdir(exist_ok=True)
            (ours / name).write_bytes(Path(__file__).parents[2].joinpath(name).read_bytes())

    monkeypatch.setattr(shipped, "path", lambda name: ours / name)
    (tmp_path / "work" / GENERAL).parent.mkdir(parents=True)
    (tmp_path / "work" / GENERAL).write_text("{}\n", encoding="utf-8")  # converted before: saves a second in each test
    monkeypatch.chdir(tmp_path / "work")
    return brings


def test_what_is_absent_is_written_and_what_is_the_same_is_said_to_be_so(release, capsys):
    release(own=NEW, task=OLD)
    assert main(["init"]) == 0
    assert "written: recipes/ (2 files), dataset_info/ (2 files)" in capsys.readouterr().out
    Path("recipes/task.yaml").unlink()
    assert main(["init", ""]) == 0
    said = capsys.readouterr().out
    assert "written: recipes/ (1 file)" in said
    assert "the same: recipes/ (1 file), dataset_info/ (2 files)" in said


@pytest.mark.parametrize("update", [False, True])
def test_a_file_that_the_user_edited_is_never_written_over(release, capsys, update):
    release(own=OLD)
    main(["init"])
    Path("recipes/own.yaml").write_text(MINE, encoding="utf-8")
    release(own=NEW)
    assert main(["init", *["--update"] * update]) == 0
    assert Path("recipes/own.yaml").read_text(encoding="utf-8") == MINE
    said = capsys.readouterr().out
    assert "recipes/own.yaml: changed by you, kept" in said
    assert (f"-{MINE}+{NEW}" in said) is update


def test_a_file_of_an_earlier_version_that_nobody_touched_is_replaced_by_update_alone(release, capsys):
    release(own=OLD)
    main(["init"])
    release(own=NEW)
    assert main(["init"]) == 0
    assert "recipes/own.yaml: of another version; --update replaces it" in capsys.readouterr().out
    assert Path("recipes/own.yaml").read_text(encoding="utf-8") == OLD
    assert main(["init", "--update"]) == 0
    assert Path("recipes/own.yaml").read_text(encoding="utf-8") == NEW


def test_what_a_user_wrote_before_init_is_theirs_also_without_a_record(release):
    release(own=NEW)
    Path("recipes").mkdir()
    Path("recipes/own.yaml").write_text(MINE, encoding="utf-8")
    for record in ("", "[]", '{"files": 3}'):
        if record:
            Path(placing.RECORD).write_text(record, encoding="utf-8")
        assert main(["init", "--update"]) == 0
        assert Path("recipes/own.yaml").read_text(encoding="utf-8") == MINE


def test_the_record_holds_the_digests_of_what_we_wrote(release):
    release(own=NEW)
    main(["init"])
    files = json.loads(Path(placing.RECORD).read_text(encoding="utf-8"))["files"]
    assert files["recipes/own.yaml"] == hashlib.sha256(NEW.encode()).hexdigest()
    assert set(files) == {"recipes/own.yaml", *placing.SINGLE}


def test_the_registry_is_the_users_after_a_conversion_and_update_shows_what_catalog_would_add(release, capsys):
    release(own=NEW)
    main(["init"])
    registry = Path(placing.REGISTRY)
    entries = json.loads(registry.read_text(encoding="utf-8"))
    entries["mine"] = {"file_name": "mine.json"}
    registry.write_text(json.dumps(entries), encoding="utf-8")
    main(["init", "--update"])
    said = capsys.readouterr().out
    assert "dataset_info.json: holds your datasets, kept" in said
    assert "everything that this version registers is in it" in said
    del entries["belle"]
    registry.write_text(json.dumps(entries), encoding="utf-8")
    main(["init", "--update"])
    said = capsys.readouterr().out
    assert '+  "belle": {' in said
    assert "python -m converters catalog --dataset-dir" in said
    assert json.loads(registry.read_text(encoding="utf-8")) == entries


def test_general_ability_can_be_measured_at_once_and_its_sets_stay_as_they_were_measured(release, capsys):
    release(own=NEW)
    GENERAL.unlink()
    main(["init"])
    assert "measured with 200 questions: arithmetic, code, english, refusal" in capsys.readouterr().out
    GENERAL.write_text("{}\n", encoding="utf-8")
    main(["init", "--update"])
    assert "measured with 161 questions" in capsys.readouterr().out


def test_the_next_commands_begin_with_the_way_there(release, capsys, tmp_path):
    release(own=NEW)
    assert main(["init", "我的 项目/甲"]) == 0
    assert f"  cd {shlex.quote('我的 项目/甲')}\n" in capsys.readouterr().out
    assert Path("我的 项目/甲/recipes/own.yaml").is_file()
    main(["init"])
    assert "  cd " not in capsys.readouterr().out


@pytest.mark.parametrize("blocked", ["here", "recipes", "dataset_info"])
def test_a_folder_that_cannot_be_written_is_an_error_and_stays_as_it_was(release, capsys, blocked):
    release(own=NEW)
    path = Path("here") if blocked == "here" else Path("here", blocked)
    path.parent.mkdir(exist_ok=True)
    path.write_text("a file", encoding="utf-8")
    before = sorted(Path().rglob("*"))
    assert main(["init", "here"]) == 2
    said = capsys.readouterr().err
    assert "expected a folder that can be written" in said
    assert "Nothing was written" in said
    assert sorted(Path().rglob("*")) == before


def test_a_disk_that_fills_up_while_files_are_put_in_place_leaves_none_of_them(release, monkeypatch):
    release(own=OLD, task=OLD)
    main(["init"])
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    release(own=NEW, task=NEW, extra=NEW)
    replace, calls = os.replace, iter(range(9))

    def third_fails(source, target):
        if next(calls) == 2:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(placing.os, "replace", third_fails)
    assert main(["init", "--update"]) == 2
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_a_folder_that_was_made_in_vain_is_gone_again(release, monkeypatch):
    release(own=NEW)

    def fails(source, target):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(placing.os, "replace", fails)
    assert main(["init", "new/deep"]) == 2
    assert not Path("new").exists()


def test_in_a_checkout_the_recipes_are_there_and_no_record_is_left_for_its_wheel(release, capsys, tmp_path):
    release(own=NEW)
    assert main(["init", str(tmp_path / "installed")]) == 0
    assert not (tmp_path / "installed" / placing.RECORD).exists()
    assert "written" not in capsys.readouterr().out
