from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from converters.poems import tone_table
from converters.poems.rhymebook import pingshui


@pytest.fixture(scope="module")
def table():
    return json.loads(tone_table.rendered())


def groups_of(table, character):
    groups = table["pingshui"]["groups"].values()
    return {name for tone in groups for name, characters in tone.items() if character in characters}


def finals_of(table, character):
    return {final for final, characters in table["modern"]["finals"].items() if character in characters}


def test_catalog_writes_the_table_beside_the_registry(run, tmp_path):
    result = run("catalog")
    path = tmp_path / "dataset_info" / "prosody.json"
    assert path.read_bytes() == tone_table.rendered().encode()
    assert f"{path.relative_to(tmp_path)}: tones and rhymes of" in result.out


def test_another_table_is_stale_and_a_missing_one_is_not(run, tmp_path):
    run("catalog")
    path = tmp_path / "dataset_info" / "prosody.json"
    path.write_text("{}")
    assert "prosody.json" in run("catalog", "--check").out
    assert run("catalog", "--check").code == 1
    path.unlink()
    assert run("catalog", "--check").code == 0


def test_the_committed_table_is_fresh(request, table):
    committed = (request.config.rootpath / "dataset_info" / "prosody.json").read_bytes()
    for source in json.loads(committed)["sources"]:
        package, made_with = source["package"].split()
        if version(package) != made_with:
            pytest.skip(f"made with {source['package']}, here is {version(package)}")
    assert committed == tone_table.rendered().encode()


def test_the_table_is_one_line_of_less_than_a_megabyte(table):
    text = tone_table.rendered()
    assert text.count("\n") == 1
    assert len(text.encode()) < 1_000_000


def test_the_table_says_whose_work_it_is(table):
    sources = {source["package"].split()[0]: source for source in table["sources"]}
    assert {name: source["licence"] for name, source in sources.items()} == {
        "tshet-uinh": "MIT",
        "opencc": "Apache-2.0",
        "pypinyin": "MIT",
    }
    assert all(source["attribution"] and source["origin"] for source in table["sources"])


@pytest.mark.parametrize(("character", "groups"), [("東", {"一東"}), ("东", {"一東"}), ("看", {"十四寒", "十五翰"})])
def test_characters_stand_in_their_groups_in_both_scripts(table, character, groups):
    assert groups_of(table, character) == groups


def test_a_merged_character_has_the_readings_of_all_that_merged(table):
    # 乾 and the shield 干 are level, the trunk 幹 is not
    assert groups_of(table, "干") == groups_of(table, "乾") | groups_of(table, "幹")


def test_the_table_holds_what_the_book_says_of_every_character(table):
    characters = sorted(
        {one for tone in table["pingshui"]["groups"].values() for text in tone.values() for one in text}
    )
    book, by_character = pingshui(), {}
    for groups in table["pingshui"]["groups"].values():
        for name, text in groups.items():
            for character in text:
                by_character.setdefault(character, set()).add(name)
    for character in characters:
        assert by_character[character] == {one.group for one in book.readings(character, simplified=True)}
    assert len(characters) > 20_000


def test_every_group_belongs_to_a_part_in_which_lyrics_rhyme(table):
    named = {name for groups in table["pingshui"]["groups"].values() for name in groups}
    assert len(named) == 106
    assert {name for names in table["pingshui"]["parts"].values() for name in names} == named
    assert {"一東", "二冬", "一董", "一送"} <= set(table["pingshui"]["parts"]["1"])


@pytest.mark.parametrize(
    ("character", "finals"),
    [
        ("诗", {"-i1"}),
        ("知", {"-i1"}),
        ("西", {"i1"}),
        ("风", {"eng1"}),
        ("長", {"ang2", "ang3"}),
        ("着", {"e5", "ao1", "ao2", "uo2"}),
    ],
)
def test_modern_finals_have_their_tone(table, character, finals):
    assert finals_of(table, character) == finals


@pytest.mark.parametrize(("character", "final"), [("听", "ing1"), ("声", "eng1"), ("思", "-i1")])
def test_readings_that_no_word_has_are_left_out(table, character, final):
    # 听 yǐn, 声 qìng and 思 sāi stand in dictionaries of characters only
    assert finals_of(table, character) == {final}


def test_every_final_rhymes(table):
    rhyming = [final for finals in table["modern"]["rhymes"].values() for final in finals]
    assert {final.rstrip("12345") for final in table["modern"]["finals"]} <= set(rhyming)
    assert len(rhyming) == len(set(rhyming))


def test_without_pypinyin_the_modern_part_is_absent_and_the_table_says_so(monkeypatch):
    monkeypatch.setattr(tone_table.importlib.util, "find_spec", lambda name: None)
    table = tone_table.table()
    assert "modern" not in table
    assert table["absent"] == {"modern": "the package pypinyin is not installed"}
    assert {source["part"] for source in table["sources"]} == {"pingshui"}


def test_two_processes_write_the_same_bytes(tmp_path):
    import subprocess
    import sys

    for seed in ("1", "2"):
        words = [sys.executable, "-m", "converters", "catalog", "--dataset-dir", str(tmp_path / seed)]
        subprocess.run(words, env={"PYTHONHASHSEED": seed}, check=True, capture_output=True)
    first, second = ((tmp_path / seed / "prosody.json").read_bytes() for seed in ("1", "2"))
    assert first == second


def test_a_conversion_of_verse_brings_the_table_and_leaves_a_user_s_own(tmp_path):
    from converters.__main__ import main

    verse = str(Path(__file__).parents[3] / "converters" / "samples" / "poetry")
    assert main(["poetry", verse, "--dataset-dir", str(tmp_path / "a"), "--quiet"]) == 0
    assert (tmp_path / "a" / tone_table.TABLE).read_text("utf-8") == tone_table.rendered()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / tone_table.TABLE).write_text("mine")
    assert main(["poetry", verse, "--dataset-dir", str(tmp_path / "b"), "--quiet"]) == 0
    assert (tmp_path / "b" / tone_table.TABLE).read_text() == "mine"
