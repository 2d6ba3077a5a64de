"""Tables: CSV and TSV with a header, Parquet and Arrow; rows are dicts, and a row that does not fit is a list."""

from __future__ import annotations

import datetime
import zipfile

import pyarrow
import pytest
from pyarrow import parquet
from reading_world import found, shape, values

from converters.contract import SourceError
from converters.reading.readers import read


def rows(path, encoding="auto"):
    return [row for _, row in values(path, encoding=encoding)]


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_a_csv_row_is_a_dict_of_texts_with_quoted_commas_and_line_breaks(tmp_path):
    path = written(
        tmp_path / "a.csv", '题目,内容\n"大招","青春受谢，白日昭只。\n冥淩浃行, 魂无逃只。"\n,"他说""好"""\n'
    )
    assert rows(path) == [
        {"题目": "大招", "内容": "青春受谢，白日昭只。\n冥淩浃行, 魂无逃只。"},
        {"题目": "", "内容": '他说"好"'},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_mark_of_the_encoding_and_crlf_are_no_part_of_a_csv(tmp_path, encoding):
    path = written(tmp_path / "a.csv", '"题目","内容"\r\n"春晓","春眠不觉晓，\r\n处处闻啼鸟。"\r\n\r\n', encoding)
    assert rows(path) == [{"题目": "春晓", "内容": "春眠不觉晓，\n处处闻啼鸟。"}]


def test_a_header_may_have_an_empty_name_and_one_name_twice(tmp_path):
    path = written(tmp_path / "a.csv", ",Question,A,A\n0,问,甲,乙\n")
    assert rows(path) == [{"": "0", "Question": "问", "A": "甲", "A.1": "乙"}]


def test_a_row_with_more_fields_than_the_header_is_a_list_and_one_with_fewer_lacks_keys(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n1,2\n1,2,3\n1\n1,2,,\n")
    assert rows(path) == [{"a": "1", "b": "2"}, ["1", "2", "3"], {"a": "1"}, {"a": "1", "b": "2"}]


def test_rows_are_numbered_without_the_header(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n\n1,2\n3,4\n")
    assert [number for number, _ in values(path)] == [1, 2]


def test_a_quotation_mark_in_a_tsv_is_a_character(tmp_path):
    path = written(tmp_path / "a.tsv", 'en\tzh\n"Hello," he said.\t他说：“你好。”\n"Go\t走\nBye\t再见\n')
    assert [row["en"] for row in rows(path)] == ['"Hello," he said.', '"Go', "Bye"]


def test_a_tsv_that_a_spreadsheet_wrote_is_unquoted(tmp_path):
    path = written(tmp_path / "a.tsv", 'en\tzh\n"He said ""hi""."\t他好\n"two\nlines"\t两行\n')
    assert [row["en"] for row in rows(path)] == ['He said "hi".', "two\nlines"]


def test_doubled_quotation_marks_in_every_quoted_field_say_that_a_tsv_is_quoted(tmp_path):
    path = written(tmp_path / "a.tsv", 'en\tzh\n"He said ""hi""."\t他好\n')
    assert rows(path) == [{"en": 'He said "hi".', "zh": "他好"}]


def test_a_byte_that_is_not_valid_spoils_one_row_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\n好,好\n".encode() + b"\xff,x\n" + "好,好\n".encode())
    assert [row["a"].isprintable() for row in rows(path)] == [True, False, True]


def test_parquet_gives_nested_structs_as_dicts_over_row_groups(tmp_path):
    records = [{"id": n, "conversations": [{"from": "human", "value": f"问{n}"}]} for n in range(2500)]
    parquet.write_table(pyarrow.Table.from_pylist(records), tmp_path / "a.parquet", row_group_size=1000)
    assert rows(tmp_path / "a.parquet") == records


def test_the_folder_of_a_hub_is_read_as_it_is(tmp_path):
    table = pyarrow.Table.from_pylist([{"text": "数学"}])
    (tmp_path / "data").mkdir()
    for name in ("train-00010-of-00011.parquet", "train-00002-of-00011.parquet"):
        parquet.write_table(table, tmp_path / "data" / name)
    for name in ("README.md", "LICENSE", ".gitattributes", "dataset_infos.json"):
        (tmp_path / name).write_text('{"default": {"text": "x"}}')
    result = found(tmp_path, formats=(shape("any", "record"),))
    assert [item.label for item in result.inputs] == [
        "data/train-00002-of-00011.parquet",
        "data/train-00010-of-00011.parquet",
    ]
    assert result.ignored == {"documentation": 2, "metadata of a hub": 1}


@pytest.mark.parametrize("kind", ["file", "stream"])
def test_arrow_files_of_both_kinds_are_read(tmp_path, kind):
    table = pyarrow.Table.from_pylist([{"n": n} for n in range(1200)])
    writer = {"file": pyarrow.ipc.new_file, "stream": pyarrow.ipc.new_stream}[kind]
    with writer(tmp_path / "a.arrow", table.schema) as sink:
        sink.write_table(table)
    assert rows(tmp_path / "a.arrow") == table.to_pylist()


def test_values_that_json_lacks_become_texts(tmp_path):
    day = datetime.date(2024, 2, 10)
    table = pyarrow.table(
        {"when": [day], "raw": [b"abc"], "map": pyarrow.array([[("k", 1)]], pyarrow.map_("string", "int8"))}
    )
    parquet.write_table(table, tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet") == [{"when": "2024-02-10", "raw": "abc", "map": {"k": 1}}]


def test_parquet_inside_a_zip_is_read(tmp_path):
    parquet.write_table(pyarrow.table({"n": [1, 2]}), tmp_path / "x.parquet")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(tmp_path / "x.parquet", "x.parquet")
    assert rows(tmp_path / "a.zip") == [{"n": 1}, {"n": 2}]


def test_a_cut_parquet_file_is_named(tmp_path):
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"n": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SourceError, match=r"a\.parquet"):
        rows(path)


def test_records_of_a_table_are_parsed_already(tmp_path):
    path = written(tmp_path / "a.csv", "a,b\n1,2\n")
    (item,) = found(path, formats=(shape("any", "record"),)).inputs
    assert [record.parsed for record in read(item)] == [True]
