"""Whatever a raw record is, it can be shown in the file of rejects."""

from __future__ import annotations

import datetime

import orjson
import pytest

from converters.engine.prepare import RAW_SHOWN, reject_line, renamed, shown


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b'{"a": "\xe6\x98\xa5"}', '{"a": "春"}'),
        (b"\xff", "\\xff"),
        ("春", "春"),
        ({"问": "春"}, '{"问":"春"}'),
        ({"day": datetime.date(2024, 2, 3)}, '{"day":"2024-02-03"}'),
        ({"a": b"x"}, '{"a":"b\'x\'"}'),
        ({"a": 2**70}, "{'a': 1180591620717411303424}"),
        ({"坏": "\udcff"}, "{'坏': '\\udcff'}"),
        (["\ud800"], "['\\ud800']"),
    ],
)
def test_a_raw_record_is_shown_as_text(raw, text):
    assert shown(raw) == text


@pytest.mark.parametrize("raw", ["\udcff", {"a": "\udcff"}, b"\xff", "长" * 9000])
def test_a_reject_is_always_a_line(raw):
    line = orjson.loads(reject_line("a\udcff.csv", 3, raw, "bad_encoding", "\udcff"))
    assert (line["record"], line["reason"]) == ("3", "bad_encoding")
    assert len(line["raw"]) <= RAW_SHOWN


def test_a_byte_outside_the_encoding_in_a_table_rejects_its_row_alone(run, written, tmp_path):
    rows = "问题,答案\n今天吃什么？,吃面条吧。\n明天吃什么？,吃饺XX子。\n后天吃什么？,吃米饭吧。\n".encode()
    (tmp_path / "a.csv").write_bytes(rows.replace(b"XX", b"\xff"))
    assert run("custom", "a.csv", "--columns", "prompt=问题,response=答案").code == 0
    assert written.rejects("custom") == [("2", "bad_encoding")]
    assert len(written.kept("custom")) == 2


def test_a_new_name_stands_for_the_source_in_a_name():
    assert renamed("poetry_compose", "poetry", "mine") == "mine_compose"
    assert renamed("poetry_compose", "poetry", "") == "poetry_compose"
    assert renamed("cmmlu", "evaluation", "mine") == "cmmlu"
