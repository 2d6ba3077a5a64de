"""Files that belong together: aligned lines, documents with what stands beside them, blocks."""

from __future__ import annotations

import gzip
import random

import pytest
from reading_world import found, shape, values

from converters.contract import Companion, SourceError
from converters.reading.readers import read


def beside(**names):
    """Companions of a.txt by their names; roles that end in _ may be absent."""

    def companions(path):
        if path.name != "a.txt":
            return []
        return [Companion(role.rstrip("_"), path.with_name(name), role.endswith("_")) for role, name in names.items()]

    return companions


def aligned(path, **names):
    return [value for _, value in values(path, "aligned", companions=beside(**names))]


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder / "a.txt"


def test_line_n_stands_beside_line_n_of_every_companion(tmp_path):
    path = write(tmp_path, a="one\ntwo\n", zh="一\n二", tw="壹\n貳\n")
    assert aligned(path, zh="zh.txt", tw="tw.txt") == [
        {"text": "one", "zh": "一", "tw": "壹"},
        {"text": "two", "zh": "二", "tw": "貳"},
    ]


def test_only_a_line_feed_is_a_border(tmp_path):
    path = write(tmp_path, a="one\u2028still\u0085one\r\ntwo\x0bstill\x0ctwo\r\n", zh="一\r\n二\r\n")
    assert [value["text"] for value in aligned(path, zh="zh.txt")] == ["one\u2028still\u0085one", "two\x0bstill\x0ctwo"]


def test_each_file_has_an_encoding_of_its_own(tmp_path):
    path = write(tmp_path, a="one\n", zh="一个汉字的句子\n".encode("gb18030"), tw="壹\n".encode("utf-16"))
    assert aligned(path, zh="zh.txt", tw="tw.txt") == [{"text": "one", "zh": "一个汉字的句子", "tw": "壹"}]


def test_an_encoding_that_the_user_names_is_that_of_all(tmp_path):
    path = write(tmp_path, a="漢字\n".encode("big5"), zh="漢語\n".encode("big5"))
    formats = (shape("pair", "aligned", lambda row: row["zh"] == "漢語", companions=beside(zh="zh.txt")),)
    (item,) = found(path, formats=formats, encoding="big5").inputs
    assert [record.raw for record in read(item)] == [{"text": "漢字", "zh": "漢語"}]


@pytest.mark.parametrize(("text", "modern"), [("one\ntwo\nthree\n", "一\n二\n"), ("one\n", "一\n\n\n二\n")])
def test_unequal_counts_are_an_error_that_names_both_files(tmp_path, text, modern):
    path = write(tmp_path, a=text, zh=modern)
    counts = [len(text.split()), 2 if modern.count("\n") == 2 else 4]
    with pytest.raises(SourceError) as raised:
        aligned(path, zh="zh.txt")
    assert f"{counts[0]} lines in a.txt; {counts[1]} lines in " in str(raised.value)
    assert "zh.txt" in str(raised.value)


def test_damage_is_told_of_the_file_that_has_it(tmp_path):
    cut = gzip.compress(random.Random(1).randbytes(5000).hex().encode())[:-1000]
    write(tmp_path, zh="一\n", tw="壹\n")
    for name in ("a", "zh", "tw"):
        folder = tmp_path / f"{name} is cut"
        folder.mkdir()
        path = write(folder, **({"a": "one\n", "zh": "一\n", "tw": "壹\n"} | {name: cut}))
        with pytest.raises(SourceError, match=rf"{name}\.txt.*: expected a file that can be read to its end"):
            aligned(path, zh="zh.txt", tw="tw.txt")


def test_blank_lines_at_an_end_are_no_lines_and_blank_on_all_sides_no_record(tmp_path):
    path = write(tmp_path, a="one\n\nthree\n\n\n", zh="一\n\n三\n")
    assert values(path, "aligned", companions=beside(zh="zh.txt")) == [
        (1, {"text": "one", "zh": "一"}),
        (3, {"text": "three", "zh": "三"}),
    ]


def test_an_optional_companion_that_is_absent_is_empty_text(tmp_path):
    path = write(tmp_path, a="one\n", zh="一\n")
    assert aligned(path, zh="zh.txt", tw_="tw.txt") == [{"text": "one", "zh": "一", "tw": ""}]


def test_document_ids_gather_lines_into_documents(tmp_path):
    path = write(tmp_path, a="1\n2\n3\n", zh="一\n二\n三\n", ids="bbc\nbbc\ncnn\n")
    assert values(path, "aligned", companions=beside(zh="zh.txt", document="ids.txt", tw_="tw.txt")) == [
        (1, {"document": "bbc", "text": ["1", "2"], "zh": ["一", "二"], "tw": ["", ""]}),
        (2, {"document": "cnn", "text": ["3"], "zh": ["三"], "tw": [""]}),
    ]


def test_without_a_companion_that_it_needs_a_file_does_not_fit_and_the_error_names_it(tmp_path):
    path = write(tmp_path, a="one\n")
    with pytest.raises(SourceError, match=r"needs beside it: zh\.txt"):
        aligned(path, zh="zh.txt")


def test_a_companion_is_no_input_even_if_it_is_named(tmp_path):
    path = write(tmp_path, a="one\n", zh="一\n")
    formats = (shape("pair", "aligned", companions=beside(zh="zh.txt")), shape("line", "line"))
    for named in ([path, tmp_path / "zh.txt"], [tmp_path / "zh.txt", path], [tmp_path]):
        result = found(*named, formats=formats)
        assert ([item.label for item in result.inputs], result.ignored_files) == (["a.txt"], [])
        assert [file.name for file in result.inputs[0].files] == ["a.txt", "zh.txt"]


def test_a_document_is_the_whole_text_with_what_stands_beside_it(tmp_path):
    path = write(tmp_path, a="第一回\r\n\r\n话说\r\n", info='{"name": "书"}')
    assert values(path, "document", companions=beside(info="info.txt", more_="more.txt")) == [
        (1, {"text": "第一回\n\n话说\n", "info": '{"name": "书"}', "more": ""})
    ]


def test_a_document_larger_than_a_record_may_be_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("converters.reading.readers.LONGEST_VALUE", 100)
    path = write(tmp_path, a="话" * 40)
    with pytest.raises(SourceError, match=r"a\.txt, after record 0: expected a document of at most 100 bytes"):
        values(path, "document")


def test_a_block_is_the_lines_between_blank_ones(tmp_path):
    path = write(tmp_path, a="\n古文：甲\r\n现代文：乙\r\n\r\n \r\n古文：丙\n现代文：丁")
    assert values(path, "block") == [(1, "古文：甲\n现代文：乙"), (2, "古文：丙\n现代文：丁")]


def test_records_with_bytes_that_are_not_valid_are_recognised(tmp_path):
    from converters.reading.readers import bad_text

    path = write(tmp_path, a="one\ntwo\n", zh="一个句子\n".encode() + b"\xff\n")
    (item,) = found(path, formats=(shape("pair", "aligned", companions=beside(zh="zh.txt")),)).inputs
    assert [bad_text(record.raw) for record in read(item)] == [False, True]
