"""Which files are read: named, in a folder, by a pattern, without a name; and what is passed over or refused."""

from __future__ import annotations

import json
import os

import pytest
from reading_world import found, shape, source

from converters.contract import SourceError
from converters.reading.inputs import find_inputs
from converters.reading.readers import read

GOOD = {"instruction": "请写一句祝福老师的话。", "input": "", "output": "祝老师身体健康，工作顺利，桃李满天下！"}


def has(*names):
    return lambda value: isinstance(value, dict) and set(names) <= set(value)


PAIR = shape("pair", "record", has("en", "zh"))
TALK = shape("talk", "record", has("turns"))


def labels(result):
    return [item.label for item in result.inputs]


def test_a_folder_is_searched_and_what_is_passed_over_is_counted(write_lines, tmp_path):
    write_lines("data/a/x.json", {"en": "a", "zh": "甲"})
    write_lines("data/a/other.json", {"name": "某"})
    write_lines("data/error/x.json", {"en": "a", "zh": "甲"})
    write_lines("data/README.md", {"en": "a", "zh": "甲"})
    write_lines("data/.git/x.json", {"en": "a", "zh": "甲"})
    (tmp_path / "data" / "empty.json").write_text("\n")
    (tmp_path / "data" / "picture").write_bytes(b"\x89PNG\r\n\0\0")
    toy = source(PAIR, ignored={"**/error": "suspect"})
    result = find_inputs(toy, [str(tmp_path / "data")], raw=tmp_path, format_name="", encoding="auto", sources=[toy])
    assert labels(result) == ["a/x.json"]
    assert result.ignored == {
        "documentation": 1,
        "empty file": 1,
        "not a format of this source": 1,
        "not text": 1,
        "suspect": 1,
    }
    assert "a/other.json (not a format of this source)" in result.ignored_files


def test_a_folder_without_any_fitting_file_is_an_error(write_lines, tmp_path):
    write_lines("data/x.json", {"name": "某"})
    with pytest.raises(SourceError) as raised:
        found(tmp_path / "data", formats=(PAIR,))
    assert "expected at least one file of toy: toy files; found x.json (not a format of this source)" in str(
        raised.value
    )


def test_files_without_extension_and_with_a_wrong_one_are_recognised(write_lines, tmp_path):
    write_lines("data/AA/wiki_00", {"en": "a", "zh": "甲"})
    write_lines("data/AA/wiki_01.csv", {"en": "a", "zh": "甲"})
    assert labels(found(tmp_path / "data", formats=(PAIR,))) == ["AA/wiki_00", "AA/wiki_01.csv"]


def test_a_folder_is_read_in_natural_order(write_lines, tmp_path):
    for name in ("b/10", "b/9", "a/100", "a/20"):
        write_lines(f"data/{name}.json", {"en": "a", "zh": "甲"})
    assert labels(found(tmp_path / "data", formats=(PAIR,))) == ["a/20.json", "a/100.json", "b/9.json", "b/10.json"]


def test_files_folders_and_patterns_may_be_mixed_and_each_file_is_read_once(write_lines, tmp_path):
    paths = [write_lines(f"data/{name}.json", {"en": name, "zh": "甲"}) for name in ("b", "a2", "a10")]
    named = (paths[0], tmp_path / "data" / "a*.json", tmp_path / "data")
    assert labels(found(*named, formats=(PAIR,))) == ["b.json", "a2.json", "a10.json"]


def test_two_files_of_one_name_are_told_apart_by_the_end_of_their_paths(write_lines):
    named = [write_lines(f"{folder}/same/x.json", {"en": "a", "zh": "甲"}) for folder in ("a", "b")]
    assert labels(found(*named, formats=(PAIR,))) == ["a/same/x.json", "b/same/x.json"]


def test_a_link_to_a_file_that_is_read_is_not_read_again_and_a_circle_has_an_end(write_lines, tmp_path):
    write_lines("data/blobs/x.json", {"en": "a", "zh": "甲"})
    (tmp_path / "data" / "snapshot").mkdir()
    (tmp_path / "data" / "snapshot" / "x.json").symlink_to("../blobs/x.json")
    (tmp_path / "data" / "snapshot" / "back").symlink_to("..")
    assert labels(found(tmp_path / "data", formats=(PAIR,))) == ["blobs/x.json"]


def test_a_folder_that_is_a_link_is_read(write_lines, tmp_path):
    write_lines("elsewhere/x.json", {"en": "a", "zh": "甲"})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "linked").symlink_to(tmp_path / "elsewhere")
    assert labels(found(tmp_path / "data", formats=(PAIR,))) == ["linked/x.json"]


def test_what_the_user_typed_and_the_size_go_with_each_input(write_lines, tmp_path):
    path = write_lines("data/x.json", {"en": "a", "zh": "甲"})
    (item,) = found(tmp_path / "data", formats=(PAIR,)).inputs
    assert (item.given, item.size, item.files) == (str(tmp_path / "data"), path.stat().st_size, (path,))
    assert hash(item) == hash(found(tmp_path / "data", formats=(PAIR,)).inputs[0])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_legacy_encoding_is_noted(tmp_path, encoding):
    (tmp_path / "x.json").write_text('{"en": "a", "zh": "汉字"}\n' * 2, encoding)
    (item,) = found(tmp_path / "x.json", formats=(PAIR,)).inputs
    assert item.note == f"x.json: not UTF-8, read as {encoding} (--encoding overrides)"
    assert json.loads(next(read(item)).raw)["zh"] == "汉字"


def test_an_encoding_can_be_named(tmp_path):
    (tmp_path / "x.json").write_text('{"en": "a", "zh": "漢字"}\n' * 2, "big5")
    (item,) = found(tmp_path / "x.json", formats=(PAIR,), encoding="big5").inputs
    assert (item.note, json.loads(next(read(item)).raw)["zh"]) == ("", "漢字")


def test_a_damaged_file_in_a_folder_is_an_error_and_not_passed_over(write_lines, tmp_path):
    write_lines("data/x.json", {"en": "a", "zh": "甲"})
    (tmp_path / "data" / "y.json.gz").write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\x03")
    with pytest.raises(SourceError, match=r"y\.json\.gz: expected a file that can be read to its end"):
        found(tmp_path / "data", formats=(PAIR,))


def test_a_name_that_is_no_utf8_is_shown_as_the_windows_that_wrote_it_meant_it(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with open(os.fsencode(folder) + b"/" + "古文".encode("gbk") + b".json", "w") as file:
        file.write(json.dumps({"en": "a", "zh": "甲"}))
    assert labels(found(folder, formats=(PAIR,))) == ["古文.json"]


def test_a_missing_file_is_an_error():
    with pytest.raises(SourceError, match=r"nowhere\.json: expected a file"):
        found("nowhere.json", formats=(PAIR,))


def test_without_an_input_the_raw_folder_is_read(write_lines, tmp_path):
    write_lines("raw/toy/x.json", {"en": "a", "zh": "甲"})
    toy = source(PAIR)
    result = find_inputs(toy, [], raw=tmp_path / "raw", format_name="", encoding="auto", sources=[toy])
    assert labels(result) == ["x.json"]


@pytest.mark.parametrize("exists", [True, False])
def test_an_empty_raw_folder_says_which_files_are_needed(run, tmp_path, exists):
    if exists:
        (tmp_path / "raw" / "belle").mkdir(parents=True)
    result = run("belle")
    assert result.code == 2
    assert "raw/belle/: expected files of belle: " in result.err
    assert "https://github.com/LianjiaTech/BELLE" in result.err


def test_the_command_line_reads_several_files_into_one_dataset(run, written, write_lines):
    run("belle", write_lines("a/x.json", GOOD), write_lines("b/x.json", GOOD))
    assert [entry["path"] for entry in written.manifest("belle")["inputs"]] == ["a/x.json", "b/x.json"]
