"""Which files are read: named, in a folder, by a pattern; and what is said when one does not fit."""

from __future__ import annotations

import json

import pytest

from converters.reading.look import look
from converters.reading.places import Place
from converters.recognition import recognise
from converters.registry import SOURCES

GOOD = {"instruction": "问", "input": "", "output": "答"}
POEM = {
    "author": "某人",
    "paragraphs": ["春風開綠樹，細雨潤紅花。", "獨坐聽啼鳥，閒來問酒家。"],
    "title": "春日",
    "id": "x",
}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps(GOOD), "instruction"),
        (json.dumps([GOOD, GOOD], indent=2), "instruction"),
        (json.dumps(GOOD, indent=2) + json.dumps(GOOD, indent=2), "instruction"),
        ("{broken\n" + json.dumps(GOOD), "instruction"),
        ('{"input": "问", "target": "答"}', "input_target"),
        ('{"id": "1", "category": "x", "conversations": []}', "conversations"),
        ('{"id": "1", "name": "x", "instruction": "问", "instances": []}', "seed_tasks"),
        ("Hi.\t嗨。", "tatoeba"),
        ("Hi.\t嗨。\tCC-BY", "tatoeba"),
        (json.dumps([POEM]), "poem"),
        ('[{"author": "某", "paragraphs": [], "rhythmic": "导引"}]', "lyric"),
        ('[{"author": "某", "paragraphs": [], "title": "x", "rhythmic": "x", "notes": []}]', None),
        ('[{"name": "某", "desc": "x", "id": "1"}]', None),
        ("只有一列", None),
    ],
)
def test_a_format_is_recognised_by_content(tmp_path, content, expected):
    path = tmp_path / "anything.bin"
    path.write_text(content, "utf-8")
    formats = [shape for source in SOURCES for shape in source.formats]
    found = recognise(formats, look(Place(path), path.name))
    assert (found.format.name if found else None) == expected


def test_the_wrong_file_names_the_source_it_looks_like(run, write_lines):
    result = run("belle", write_lines("poet.tang.0.json", POEM))
    assert result.code == 2
    assert "expected a format of belle: instruction" in result.err
    assert "This looks like poetry" in result.err
    assert "python -m converters poetry" in result.err


def test_the_wrong_kind_of_file_says_what_it_begins_with(run, tmp_path):
    (tmp_path / "notes.txt").write_text("今天天气很好", "utf-8")
    result = run("poetry", "notes.txt")
    assert "found 今天天气很好" in result.err
    assert "no source that is known" in result.err


def test_a_release_that_is_not_read_yet_says_so(run, write_lines):
    result = run("belle", write_lines("seeds.json", {"id": "1", "name": "x", "instruction": "问", "instances": []}))
    assert "seed tasks are not read by this version" in result.err


def test_without_an_input_the_raw_folder_is_read(run, written, write_lines):
    write_lines("raw/belle/train_2M_CN.json", GOOD)
    assert run("belle").code == 0
    assert written.kept("belle")[0]["meta"]["file"] == "train_2M_CN.json"


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_raw_folder_says_which_files_are_needed(run, tmp_path, exists):
    if exists:
        (tmp_path / "raw" / "belle").mkdir(parents=True)
    result = run("belle")
    assert result.code == 2
    assert "raw/belle/: expected files of belle: Belle_open_source_0.5M.json" in result.err
    assert "https://github.com/LianjiaTech/BELLE" in result.err


def test_a_folder_is_searched_and_what_is_passed_over_is_counted(run, written, write_lines, tmp_path):
    write_lines("poems/json/poet.tang.0.json", POEM)
    write_lines("poems/json/authors.tang.json", {"name": "某", "desc": "x", "id": "1"})
    write_lines("poems/json/error/poet.tang.1.json", POEM)
    write_lines("poems/strains/json/poet.tang.0.json", {"strains": [], "id": "x"})
    write_lines("poems/lunyu/lunyu.json", {"chapter": "x", "paragraphs": []})
    (tmp_path / "poems" / "empty.json").write_text("")
    result = run("poetry", "poems")
    assert written.manifest("poetry_compose")["ignored"] == {
        "biographies": 1,
        "empty file": 1,
        "not a format of this source": 1,
        "suspect poems, also in the main files": 1,
        "tone patterns": 1,
    }
    assert "passed over 5 files" in result.out
    assert [entry["path"] for entry in written.manifest("poetry_next")["inputs"]] == ["json/poet.tang.0.json"]


def test_a_folder_without_any_fitting_file_is_an_error(run, write_lines):
    write_lines("poems/lunyu.json", {"chapter": "x", "paragraphs": []})
    result = run("poetry", "poems")
    assert result.code == 2
    assert "found lunyu.json (not a format of this source)" in result.err


def test_patterns_are_expanded_in_natural_order(run, written, write_lines):
    for number in (10, 9, 100):
        write_lines(f"belle.{number}.json", GOOD | {"instruction": f"问{number}"})
    run("belle", "belle.*.json")
    names = [entry["path"] for entry in written.manifest("belle")["inputs"]]
    assert names == ["belle.9.json", "belle.10.json", "belle.100.json"]


def test_files_of_several_layouts_merge_into_one_dataset(run, written, write_lines):
    old = write_lines("old.json", {"input": "旧问", "target": "答"})
    run("belle", old, write_lines("new.json", GOOD))
    assert len(written.kept("belle")) == 2


def test_two_files_of_one_name_are_told_apart(run, written, write_lines):
    run("belle", write_lines("a/x.json", GOOD), write_lines("b/x.json", GOOD | {"instruction": "又问"}))
    files = {line["meta"]["file"] for line in written.kept("belle")}
    assert len(files) == len(written.manifest("belle")["inputs"]) == 2


def test_a_missing_file_is_an_error(run):
    result = run("belle", "nowhere.json")
    assert (result.code, "nowhere.json: expected a file" in result.err) == (2, True)


def test_a_format_can_be_forced_and_an_unknown_one_lists_the_known(run, written, write_lines):
    path = write_lines("x.json", GOOD)
    assert "expected one of instruction, input_target, conversations" in run("belle", path, "--format", "alpaca").err
    result = run("belle", path, "--format", "conversations")
    assert (result.code, "missing_columns 1" in result.err) == (2, True)
