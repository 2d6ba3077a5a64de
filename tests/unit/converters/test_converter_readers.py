"""How files become records: lines, arrays, compression, encodings, and what is said of damaged ones."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import random

import pytest
from reading_world import values as records

from converters.contract import SourceError
from converters.reading import encodings, json_values
from converters.reading.look import look
from converters.reading.places import Place


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


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compression_is_recognised_by_content_and_not_by_name(tmp_path, pack):
    path = tmp_path / "a.json"
    path.write_bytes(pack(b'{"a": 1}\n') + pack(b'{"a": 2}\n'))  # two members, as parallel packers write them
    assert records(path) == [(1, b'{"a": 1}'), (2, b'{"a": 2}')]


def test_zstandard_is_read_frame_by_frame_and_a_cut_one_is_noticed(tmp_path):
    zstandard = pytest.importorskip("zstandard", reason="zstandard, which writes the test's file, is not installed")
    path = tmp_path / "a.json"
    packed = zstandard.compress(b'{"a": 1}\n') + zstandard.compress(b'{"a": 2}\n')
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


@pytest.mark.parametrize("content", [b"Rar!\x1a\x07\0rest", b"7z\xbc\xaf'\x1c\0\x04", b"\x89PNG\r\n\0\0"])
def test_binaries_are_refused_by_name(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.json: .* found bytes that are no text"):
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
