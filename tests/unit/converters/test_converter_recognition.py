"""Formats are recognised by content; what is said when a file fits none, and which come near."""

from __future__ import annotations

import json

import pytest
from reading_world import found, shape, source

from converters.contract import Format, SourceError
from converters.reading.inputs import find_inputs
from converters.reading.readers import read


def has(*names):
    return lambda value: isinstance(value, dict) and set(names) <= set(value)


PAIR = shape("pair", "record", has("en", "zh"))
LISTS = shape("lists", "record", lambda value: isinstance(value, list))
TABBED = shape("tabbed", "line", lambda line: line.count("\t") == 1)
BITEXT = shape("bitext", "block", lambda block: block.startswith("古文："))
PAGE = shape("page", "document", lambda value: "<br>" in value["text"])
TMX = shape("tmx", "stream", begins=lambda head: b"<tmx" in head, records=lambda stream: iter(()))
ALL = (PAIR, LISTS, TABBED, BITEXT, PAGE, TMX)
ROW = {"en": "a", "zh": "甲"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (json.dumps(ROW), "pair json_values"),
        (json.dumps(ROW) + "\n" + json.dumps(ROW), "pair json_lines"),
        (json.dumps([ROW, ROW], indent=2), "pair json_values"),
        (json.dumps(ROW, indent=2) * 2, "pair json_values"),
        (json.dumps({"1": ROW, "2": ROW}), "pair json_members"),
        (json.dumps({"train": [ROW], "test": [ROW]}, indent=1), "pair json_members"),
        (json.dumps({"train": [["a"]], "test": []}), "lists json_members"),
        ("[[1], [2]]", "lists json_values"),
        ("{broken\n" + json.dumps(ROW), "pair json_lines"),
        ('\n\n[\n{"en": "a", "zh": "甲"},\n{"en": "b", "zh": "乙"}\n]', "pair json_values"),
        ("en,zh\na,甲\n", "pair csv"),
        ("\ufeffid\ten\tzh\r\n1\ta\t甲\r\n", "pair tsv"),
        ("Hi.\t嗨。\nGo.\t走。", "tabbed line"),
        ("古文：甲\n现代文：乙\n\n古文：丙\n现代文：丁\n", "bitext block"),
        ("话说<br>却说", "page document"),
        ('<?xml version="1.0"?><tmx version="1.4"><body/></tmx>', "tmx stream"),
    ],
)
def test_a_format_is_recognised_by_content(tmp_path, content, expected):
    path = tmp_path / "anything.bin"
    path.write_text(content, "utf-8")
    (item,) = found(path, formats=ALL).inputs
    assert f"{item.format.name} {item.layout}" == expected


@pytest.mark.parametrize(("good", "fits"), [(5, True), (4, False)])
def test_half_of_the_first_records_may_be_foreign_and_no_more(tmp_path, good, fits):
    path = tmp_path / "a.json"
    path.write_text("".join(json.dumps(ROW if n < good else {"x": n}) + "\n" for n in range(10)), "utf-8")
    if fits:
        assert found(path, formats=(PAIR,)).inputs
    else:
        with pytest.raises(SourceError):
            found(path, formats=(PAIR,))


def test_the_format_that_fits_best_wins_and_of_equals_the_first(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps({"en": "b"}), "utf-8")
    english, first, second = (shape(name, "record", has("en")) for name in ("english", "first", "second"))
    assert found(path, formats=(PAIR, english)).inputs[0].format is english
    assert found(path, formats=(first, second)).inputs[0].format is first


def test_json_is_no_text_for_a_format_that_takes_any(tmp_path):
    (tmp_path / "info.json").write_text('{"name": "书"}')
    (tmp_path / "0.html").write_text("话说")
    assert [item.label for item in found(tmp_path, formats=(shape("page", "document"),)).inputs] == ["0.html"]


def test_a_format_can_be_forced_and_an_unknown_one_lists_the_known(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"x": 1}\n{"x": 2}\n')
    assert found(path, formats=ALL, wanted="pair").inputs[0].format is PAIR
    assert found(path, formats=ALL, wanted="tabbed").inputs[0].layout == "line"
    with pytest.raises(SourceError, match="--format alpaca: expected one of pair, lists, tabbed"):
        found(path, formats=ALL, wanted="alpaca")


def test_in_a_folder_a_forced_format_takes_only_files_with_a_record_of_it(tmp_path):
    (tmp_path / "a.json").write_text('{"x": 1}\n{"x": 2}\n{"en": "a", "zh": "b"}\n')
    (tmp_path / "notes.txt").write_text("今天，天气很好\n")
    result = found(tmp_path, formats=ALL, wanted="pair")
    assert ([item.label for item in result.inputs], len(result.ignored_files)) == (["a.json"], 1)


def test_a_file_without_one_good_record_can_be_forced(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{broken\n{broken, too\n")
    (item,) = found(path, formats=ALL, wanted="pair").inputs
    assert (item.format.name, item.layout) == ("pair", "json_lines")


def refusal(path, toy, *others):
    with pytest.raises(SourceError) as raised:
        find_inputs(toy, [str(path)], raw=path, format_name="", encoding="auto", sources=[toy, *others])
    return str(raised.value)


def other(*formats, name="other"):
    from dataclasses import replace

    return replace(source(*formats), name=name)


def test_the_wrong_file_names_the_source_that_it_is_of(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"turns": [1]}')
    message = refusal(path, source(PAIR), other(shape("talk", "record", has("turns"))))
    assert "a.json: expected a format of toy: pair (pair: its columns); found {'turns': [1]}" in message
    assert f"This looks like other (talk: its columns): python -m converters other {path}" in message


def test_a_source_that_takes_anything_is_named_only_where_no_other_is(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"turns": [1]}')
    custom, talk = (
        other(shape("any", "record"), name="custom"),
        other(shape("talk", "record", has("turns")), name="talk"),
    )
    assert "python -m converters talk" in refusal(path, source(PAIR), custom, talk)
    assert "python -m converters custom" in refusal(path, source(PAIR), custom)


@pytest.mark.parametrize(
    ("whole", "records"),
    [
        ({"1": ROW, "2": ROW | {"x": 1}}, 2),
        ({"train": [ROW, ROW], "test": [ROW]}, 3),
        ({"messages": [ROW, ROW]}, 1),
        ({"goal": {"a": 1}, "state": {"b": 1}}, 1),
    ],
)
def test_a_format_that_takes_anything_is_given_the_likelier_records_of_an_object(tmp_path, whole, records):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(whole))
    (item,) = found(path, formats=(shape("any", "record"),)).inputs
    assert len(list(read(item))) == records


def test_a_file_of_no_source_shows_its_columns_and_the_nearest_formats_with_what_to_type(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"prompt": "问", "output": "答", "x": 1}')
    alpaca = Format("alpaca", "Alpaca: instruction, input, output", "record", has("instruction"), lambda v, c: ())
    pairs = Format("prompts", "prompt, output", "record", has("none"), lambda v, c: ())
    message = refusal(path, source(PAIR, alpaca), other(pairs))
    first, second = (line for line in message.split("\n") if line.startswith("Nearest"))
    assert "Its columns: prompt, output, x." in message
    assert first == f"Nearest: prompt, output: python -m converters other {path} --format prompts"
    assert second == f"Nearest: Alpaca: instruction, input, output: python -m converters toy {path} --format alpaca"


def test_the_first_record_of_a_refused_file_is_shown_shortly(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("今天天气很好" * 100, "utf-8")
    message = refusal(path, source(PAIR))
    assert "found 今天天气很好" in message
    assert len(message) < 400


def test_a_shape_that_is_known_but_not_read_says_why(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"strains": 1}')
    tones = Format("tones", "tone patterns", "record", has("strains"), unsupported="they are no texts")
    assert "This looks like tone patterns: they are no texts." in refusal(path, source(PAIR, tones))
    (tmp_path / "b.json").write_text(json.dumps(ROW))
    assert found(tmp_path, formats=(PAIR, tones)).ignored == {"they are no texts": 1}
