"""How files become records: lines, arrays, compression, encodings, and what is said of damaged ones."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random

import pyarrow
import pytest
from reading_world import found, shape
from reading_world import values as records

from converters.contract import SourceError
from converters.reading import encodings, json_values
from converters.reading.look import look
from converters.reading.places import Place
from converters.reading.readers import byte_lines, read

LINE = b'{"a": %d}\n'


def seen(path, encoding="auto"):
    return look(Place(path), path.name, encoding)


def test_lines_keep_their_numbers_over_blank_lines_and_crlf(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": 1}\r\n\r\n{"a": 2}')
    assert records(path) == [(1, b'{"a": 1}'), (3, b'{"a": 2}')]


def test_unicode_line_separators_do_not_end_a_record(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": "一\u2028二\u0085三"}\n{"a": "四"}\n', "utf-8")
    assert [number for number, _ in records(path)] == [1, 2]


def test_a_carriage_return_alone_ends_no_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\rstill one\r\ntwo")
    assert records(path, "line") == [(1, "one\rstill one"), (2, "two")]


def test_the_elements_of_an_array_are_numbered_whatever_its_layout(tmp_path):
    path = tmp_path / "a.json"
    for text in ('[{"a":1},{"a":2}]', '[\n  {\n "a": 1\n  },\n  {"a": 2}\n]\n', '[\n{"a":1},\n{"a":2}\n]'):
        path.write_text(text, "utf-8")
        assert [(number, json.loads(raw)["a"]) for number, raw in records(path)] == [(1, 1), (2, 2)]


def test_an_array_larger_than_the_buffer_is_read_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "BLOCK", 7)
    monkeypatch.setattr(json_values, "BLOCK", 7)
    path = tmp_path / "a.json"
    values = [{"text": "春眠不觉晓" * n, "n": [n]} for n in range(6)]
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1), "utf-8")
    assert [json.loads(raw) for _, raw in records(path)] == values


def test_a_broken_element_of_an_array_is_one_record_and_reading_goes_on(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1},\n{"a": },\n{"a": 3}]', "utf-8")
    assert [raw for _, raw in records(path)] == [b'{"a": 1}', b'{"a": }', b'{"a": 3}']


def test_an_array_that_was_cut_between_elements_leaves_a_broken_record_that_says_so(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}, {"a": 2},', "utf-8")
    assert b"not closed" in records(path)[-1][1]


def test_a_broken_element_of_a_pretty_printed_array_ends_where_the_next_begins(tmp_path):
    path = tmp_path / "a.json"
    talk = {"turns": [{"a": 1}, {"a": 2}], "name": "x"}
    text = json.dumps([talk, talk, talk], indent=2)
    path.write_text(text.replace('"name": "x"', '"name": "x', 1), "utf-8")
    broken, *good = [raw for _, raw in records(path)]
    assert b'"name": "x\n' in broken
    assert [json.loads(raw) for raw in good] == [talk, talk]


def test_two_missing_quotation_marks_do_not_swallow_what_stands_between(tmp_path):
    path = tmp_path / "a.json"
    texts = [json.dumps({"a": f"{n}"}, indent=1) for n in range(4)]
    texts[0], texts[2] = (text.replace('"\n', "\n") for text in (texts[0], texts[2]))
    path.write_text("[\n" + ",\n".join(texts) + "\n]", "utf-8")
    assert [raw.decode() for _, raw in records(path)] == texts


def test_an_array_that_was_cut_inside_an_element_leaves_one_broken_record(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}, {"a": ', "utf-8")
    assert [raw for _, raw in records(path)] == [b'{"a": 1}', b'{"a": ']


def test_what_follows_a_bracket_too_many_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1}], {"a": 2}], {"a": 3}]', "utf-8")
    assert [json.loads(raw)["a"] for _, raw in records(path)] == [1, 2, 3]


def test_a_missing_bracket_loses_no_more_than_its_neighbour(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"a": [1, 2}, {"a": 2}, {"a": 3}]', "utf-8")
    assert [raw for _, raw in records(path)] == [b'{"a": [1, 2}', b'{"a": 2}', b'{"a": 3}']


def test_brackets_and_quotes_inside_texts_are_no_borders(tmp_path):
    path = tmp_path / "a.json"
    values = [{"a": '}, {"b": [" \\'}, {"a": "]}\\\\"}, ["[", '\\"']]
    path.write_text(json.dumps(values), "utf-8")
    assert [json.loads(raw) for _, raw in records(path)] == values


def test_values_one_after_another_are_records_also_when_they_are_pretty_printed(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{\n "a": 1\n}\n{\n "a": 2\n}{"a": 3}', "utf-8")
    assert [json.loads(raw)["a"] for _, raw in records(path)] == [1, 2, 3]


def test_an_array_of_arrays_has_lists_as_records(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[["a b", "c"], ["d"]]', "utf-8")
    assert [json.loads(raw) for _, raw in records(path)] == [["a b", "c"], ["d"]]


def test_json_lines_may_hold_lists(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('["a", "b"]\n["c"]\n', "utf-8")
    assert records(path) == [(1, b'["a", "b"]'), (2, b'["c"]')]


def keyed(path, matches):
    (item,) = found(path, formats=(shape("any", "record", matches),)).inputs
    return [(record.number, record.key, json.loads(record.raw)) for record in read(item)]


@pytest.mark.parametrize("indent", [None, 2])
def test_the_values_of_an_object_of_objects_are_records_with_their_keys(tmp_path, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"7": {"goal": 1}, "\u4e66": {"goal": 2}}, indent=indent))
    assert keyed(path, lambda value: "goal" in value) == [(1, "7", {"goal": 1}), (2, "书", {"goal": 2})]


@pytest.mark.parametrize("indent", [None, 2])
def test_the_elements_of_an_object_of_lists_are_records_with_its_keys(tmp_path, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"train": [["a", "b"], ["c"]], "test": [["d"]], "valid": []}, indent=indent))
    assert keyed(path, lambda value: isinstance(value, list)) == [
        (1, "train", ["a", "b"]),
        (2, "train", ["c"]),
        (3, "test", ["d"]),
    ]


@pytest.mark.parametrize("whole", [{"messages": [{"a": 1}]}, {"info": {"a": 1}}, {"title": "x", "content": [1]}])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_that_a_format_takes_whole_is_one_record(tmp_path, whole, indent):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(whole, indent=indent))
    assert keyed(path, lambda value: set(value) == set(whole)) == [(1, "", whole)]


def test_one_large_object_is_told_from_an_object_of_many(tmp_path):
    path = tmp_path / "a.json"
    chapters = [{"chapter": n, "text": "字" * 1000} for n in range(600)]
    path.write_text(json.dumps({"content": chapters, "title": "书"}, ensure_ascii=False), "utf-8")
    assert path.stat().st_size > 1 << 20
    assert [key for _, key, _ in keyed(path, lambda value: "title" in value)] == [""]
    path.write_text(json.dumps({"a": chapters, "b": chapters}, ensure_ascii=False), "utf-8")
    assert {key for _, key, _ in keyed(path, lambda value: "chapter" in value)} == {"a", "b"}


def test_a_member_that_is_broken_is_one_record_and_reading_goes_on(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"1": {"a": 1}, "2": {"a": [}, "3": {"a": 3}, "4": {"a": 4}}', "utf-8")
    (item,) = found(path, formats=(shape("any", "record", lambda value: "a" in value),), wanted="any").inputs
    assert [(record.key, record.raw) for record in read(item)] == [
        ("1", b'{"a": 1}'),
        ("2", b'{"a": [}'),
        ("3", b'{"a": 3}'),
        ("4", b'{"a": 4}'),
    ]


def test_a_text_that_begins_like_json_is_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("[1] 注释\n[2] 又注\n", "utf-8")
    assert records(path, "line") == [(1, "[1] 注释"), (2, "[2] 又注")]


def test_json_lines_in_utf8_can_be_had_as_bare_lines(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": 2}')
    (item,) = found(path, formats=(shape("any", "record"),)).inputs
    assert item.is_json_lines
    assert list(byte_lines(item)) == [b'{"a": 1}', b"", b'{"a": 2}']
    path.write_text('{"a": "汉字"}\n{"a": "汉字"}\n', "gb18030")
    assert not found(path, formats=(shape("any", "record"),)).inputs[0].is_json_lines


def test_a_line_longer_than_memory_should_hold_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("converters.reading.encodings.BLOCK", 100)
    monkeypatch.setattr("converters.reading.lines.LONGEST_VALUE", 1000)
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n{"a": 1}\n' + "x" * 2000)
    with pytest.raises(SourceError, match=r"a\.json, after record 2: expected lines of at most 1,000 bytes"):
        records(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_is_recognised_by_content_and_not_by_name(tmp_path, pack):
    path = tmp_path / "a.json"
    path.write_bytes(pack(b'{"a": 1}\n') + pack(b'{"a": 2}\n'))  # two members, as parallel packers write them
    assert records(path) == [(1, b'{"a": 1}'), (2, b'{"a": 2}')]


def test_zstandard_is_read_frame_by_frame_and_a_cut_one_is_noticed(tmp_path):
    path = tmp_path / "a.json"
    packed = b"".join(pyarrow.compress(LINE % n, "zstd", asbytes=True) for n in (1, 2))
    path.write_bytes(packed)
    assert records(path) == [(1, b'{"a": 1}'), (2, b'{"a": 2}')]
    path.write_bytes(packed[:-3])
    with pytest.raises(SourceError, match=r"a\.json"):
        records(path)


def test_a_cut_archive_names_the_file_and_the_last_good_record(tmp_path):
    path = tmp_path / "a.json.gz"
    chance = random.Random(1)  # what cannot be compressed, so that the cut falls inside the records
    lines = "".join(json.dumps({"n": n, "x": chance.random()}) + "\n" for n in range(60_000))
    path.write_bytes(gzip.compress(lines.encode())[:-1000])
    with pytest.raises(SourceError, match=r"a\.json\.gz, after record \d{5}"):
        records(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_recognised(tmp_path, encoding):
    path = tmp_path / "a.json"
    path.write_text('{"a": "汉字"}\n{"a": "再来一行"}\n', encoding=encoding)
    assert seen(path).encoding == encoding
    assert [json.loads(raw)["a"] for _, raw in records(path)] == ["汉字", "再来一行"]


def test_one_broken_line_does_not_turn_a_utf8_file_into_gbk(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes('{"a": "好"}\n{"a": "坏'.encode() + b'\xff"}\n' + '{"a": "好"}\n'.encode())
    assert seen(path).encoding == "utf-8"
    assert [_is_utf8(raw) for _, raw in records(path)] == [True, False, True]


def _is_utf8(raw):
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_broken_byte_in_a_file_of_one_line_does_not_make_it_unreadable(tmp_path, encoding):
    path = tmp_path / "a.json"
    good = json.dumps([{"a": "春眠不觉晓"}] * 5, ensure_ascii=False).encode(encoding)
    path.write_bytes(good.replace("晓".encode(encoding), b"\xff", 1))
    assert seen(path).encoding == encoding
    assert [_is_utf8(raw) for _, raw in records(path)] == [False, True, True, True, True]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_broken_character_spoils_one_record_alone_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "a.json"
    lines = ['{"a": "好好"}\n'.encode(encoding)] + ['{"a": "好好"}\n'.encode(encoding.replace("16", "16-le"))] * 2
    broken = b"\xff" if encoding == "gb18030" else b"\x00\xdc"  # half of a surrogate pair
    lines[1] = lines[1].replace("好".encode(encoding.replace("16", "16-le")), broken, 1)
    path.write_bytes(b"".join(lines))
    assert [_is_utf8(raw) for _, raw in records(path)] == [True, False, True]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"Rar!\x1a\x07\0rest", "a rar archive"), (b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n\0\0", "bytes that are no text")],
)
def test_binaries_are_refused_by_name(tmp_path, content, kind):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=rf"a\.json: .* found {kind}"):
        records(path)


def test_an_unknown_encoding_is_a_clear_error(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(SourceError, match="--encoding"):
        seen(path, "gbkk")


def test_white_space_alone_is_an_empty_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf \n\n")
    assert seen(path) is None
