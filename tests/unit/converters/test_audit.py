"""Kept rows stand beside the records that they were made from, drawn by a seed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from zipfile import ZipFile

import pytest

from converters.audit import LONGEST_SOURCE, drawn
from converters.beside import Row, beside, page, wrapped
from converters.columns import display_width
from converters.files import sha256_of
from converters.reading.readers import read


def test_the_source_stands_beside_what_was_made_of_it(run, belle_file):
    run("belle", belle_file(("  请写一句话  ", "\n春天来了。")), "--eval-share", "0")
    result = run("audit", "belle")
    assert result.code == 0
    assert "belle.json, record 1" in result.out
    assert "instruction:   请写一句话" in result.out
    left, _ = next(line for line in result.out.split("\n") if "[user]" in line).split("│")
    assert "instruction" in left
    assert "1 rows of belle, seed 0. Of each, ask: true to the source" in result.out


def test_a_seed_draws_the_same_rows_and_another_others(run, belle_file):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(200)]), "--eval-share", "0.1")
    first, again, other = (run("audit", "belle", "-n", "10", "--seed", seed).out for seed in ("1", "1", "2"))
    assert first == again != other
    assert first.count("── ") == 10


def test_every_item_has_the_same_chance():
    counted = Counter(item for seed in range(2000) for item in drawn(range(10), 3, seed))
    assert all(500 < counted[item] < 700 for item in range(10))
    assert drawn(range(3), 10, 0) == [0, 1, 2]


def test_rejects_are_shown_with_their_reasons(run, belle_file):
    run("belle", belle_file(("今天吃什么？", "吃面条。"), ("明天吃什么？", ""), ("你是谁？", "我是BELLE。")))
    out = run("audit", "belle", "--rejects").out
    assert "rejected: empty_answer" in out
    assert "foreign_identity" in out
    assert "foreign_identity" not in run("audit", "belle", "--rejects", "--reason", "empty_answer").out


def test_an_input_that_moved_is_named_anew(run, tmp_path, belle_file):
    path = belle_file(("请写一句话", "春天来了。"), ("再写一句", "花开了。"))
    run("belle", path, "--eval-share", "0")
    path.rename(tmp_path / "moved.json")
    assert run("audit", "belle").code == 2
    result = run("audit", "belle", "--inputs", "moved.json")
    assert (result.code, result.err) == (0, "")
    assert "instruction: 请写一句话" in result.out
    assert "not found" not in result.out


def test_an_archive_that_moved_is_named_anew(run, tmp_path, belle_file):
    for name in ("one.json", "two.json"):
        belle_file((f"请写一句话{name}", "春天来了。"), ("再写一句", "花开了。"), name=name)
    with ZipFile(tmp_path / "belle.zip", "w") as archive:
        for name in ("one.json", "two.json"):
            archive.write(tmp_path / name, name)
    run("belle", "belle.zip", "--eval-share", "0")
    (tmp_path / "belle.zip").rename(tmp_path / "moved.zip")
    out = run("audit", "belle", "--inputs", "moved.zip").out
    assert "instruction: 请写一句话one.json" in out
    assert "instruction: 请写一句话two.json" in out
    assert "not found" not in out


def test_an_archive_is_hashed_once_however_many_files_it_has(run, tmp_path, belle_file, monkeypatch):
    with ZipFile(tmp_path / "belle.zip", "w") as archive:
        for number in range(20):
            belle_file((f"请写一句话{number}", "春天来了。"), ("再写一句", "花开了。"), name="x.json")
            archive.write(tmp_path / "x.json", f"{number}.json")
    hashed = []
    for module in ("converters.audit", "converters.manifest"):
        monkeypatch.setattr(f"{module}.sha256_of", lambda path: hashed.append(path.name) or sha256_of(path))
    run("belle", "belle.zip", "--eval-share", "0")
    run("audit", "belle")
    assert hashed.count("belle.zip") == 2


def test_an_input_that_is_not_there_any_more_says_how_to_name_it(run, tmp_path, belle_file):
    path = belle_file(("请写一句话", "春天来了。"), ("再写一句", "花开了。"))
    run("belle", path, "--eval-share", "0")
    path.unlink()
    result = run("audit", "belle")
    assert (result.code, "--inputs" in result.err) == (2, True)


def test_what_data_say_never_moves_the_cursor():
    lines = list(beside(Row("h\x1b[2J", "春\r\x1b[31m红\x9b1m\x07\x00", "a\tb\u2028c"), 60))
    assert not any(unicodedata.category(character) in ("Cc", "Zl") for line in lines for character in line)
    assert "春␍␛[31m红" in lines[1]


def test_a_changed_input_is_a_warning(run, belle_file):
    run("belle", belle_file(("请写一句话", "春天来了。")), "--eval-share", "0")
    belle_file(("请写一句别的话", "秋天来了。"))
    assert "belle.json is not the file that was converted" in run("audit", "belle").err


def test_a_dataset_that_was_not_converted_lists_those_that_were(run, belle_file):
    run("belle", belle_file(("请写一句话", "春天来了。")))
    result = run("audit", "poetry_compose")
    assert (result.code, "expected a dataset that was converted: belle" in result.err) == (2, True)


@pytest.mark.parametrize(("text", "width"), [("春天abc", 7), ("é", 1), ("e\u0301", 1), ("", 0)])
def test_a_chinese_character_takes_two_columns(text, width):
    assert display_width(text) == width


def test_columns_are_never_wider_than_asked():
    lines = list(beside(Row("h", "春" * 50 + "\nabc", "x" * 99), 60))
    assert {display_width(line.split("│")[0]) for line in lines[1:]} == {29}
    assert max(display_width(line) for line in wrapped("春天a" * 30, 21)) <= 21


def test_the_page_escapes_what_data_say():
    assert "<script>" not in page("belle", "note", [Row("h", "<script>x</script>", "<b>")]).split("<h1>")[1]


def test_no_more_is_read_than_the_rows_need(run, belle_file, monkeypatch):
    run("belle", belle_file(*[(f"问题{n}是什么", f"答案{n}") for n in range(500)]), "--eval-share", "0")
    numbers = []
    monkeypatch.setattr(
        "converters.audit.read", lambda item: (numbers.append(each.number) or each for each in read(item))
    )
    out = run("audit", "belle", "-n", "2", "--seed", "3").out
    last = max(int(found) for found in re.findall(r"belle\.json, record (\d+)", out))
    assert max(numbers) == last < 500


def test_of_a_long_record_the_beginning_is_shown_and_its_length(run, write_lines):
    record = {"instruction": "请写一句话", "input": "", "output": "春天来了。", "more": "花" * LONGEST_SOURCE}
    run("belle", write_lines("belle.json", record), "--eval-share", "0")
    out = run("audit", "belle").out
    assert re.search(r"… \(4,0\d\d characters\)", out)
    assert out.count("花") <= LONGEST_SOURCE
