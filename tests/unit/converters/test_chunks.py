"""JSON Lines handed out in pieces are the records that the ordinary way of reading gives, to the byte."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converters.contract import Settings, SourceError
from converters.engine.chunks import chunks, in_chunks, whole_lines
from converters.engine.prepare import Job
from converters.reading.inputs import find_inputs
from converters.reading.readers import Record, read
from converters.registry import SOURCES, source_named

JOB = Job("belle", "instruction", "x", Settings())
GOOD = b'{"instruction": "a", "input": "", "output": "b"}\n'
TEXTS = {
    "plain": GOOD * 3,
    "no last break": GOOD * 2 + GOOD.strip(),
    "blank lines": b"\n\n" + GOOD + b"  \n\t\r\n" + GOOD + b"\n\n",
    "windows": (GOOD * 3).replace(b"\n", b"\r\n"),
    "one return": GOOD + GOOD.replace(b"\n", b"\r\n") + GOOD + GOOD.strip() + b"\r",
    "mark": b"\xef\xbb\xbf" + GOOD * 2,
    "separators": GOOD.replace(b"a", "\u2028\x85".encode()) * 2,
    "broken": GOOD + b"{oops\n" + b'"\xff"\n' + GOOD,
    "utf-16": (GOOD * 3).decode().encode("utf-16"),
    "gb18030": GOOD.replace(b"a", "今天".encode("gb18030")) * 3,
}


def input_of(path: Path):
    found = find_inputs(source_named("belle"), [str(path)], raw=path, format_name="", encoding="auto", sources=SOURCES)
    (item,) = found.inputs
    assert item.layout == "json_lines"
    return item


def both(item):
    return list(read(item)), list(chunks(JOB, item))


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
def test_pieces_hold_the_records_that_are_read(tmp_path, monkeypatch, name, block):
    (tmp_path / "x.json").write_bytes(TEXTS[name])
    item = input_of(tmp_path / "x.json")
    monkeypatch.setattr("converters.reading.encodings.BLOCK", block)
    records, pieces = both(item)
    found = [record for piece in pieces for record in piece.records]
    assert [(record[0], record[1]) for record in found] == [(record.number, record.raw) for record in records]
    assert {(record[3], record[4]) for record in found} == {("", False)}
    for piece, untouched in zip(pieces, both(item)[1], strict=True):
        raws = [untouched.raw(place, record[0]) for place, record in enumerate(piece.records)]
        assert raws == [record[1] for record in piece.records]
    assert len(records) > 1


def test_the_last_number_and_the_position_of_a_piece_are_those_of_its_end(tmp_path):
    (tmp_path / "x.json").write_bytes((GOOD * 50_000).rstrip(b"\n"))
    pieces = both(input_of(tmp_path / "x.json"))[1]
    assert len(pieces) > 1
    assert all(piece.last == piece.records[-1][0] for piece in pieces)
    assert [piece.first for piece in pieces[1:]] == [piece.last + 1 for piece in pieces[:-1]]
    assert pieces[-1].position == len(GOOD) * 50_000 - 1


@given(st.binary(max_size=60), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_no_cut_changes_the_text_or_falls_inside_a_line(text, sizes):
    text, pieces, start = text.replace(b"a", b"\n"), [], 0
    for size in sizes:
        pieces.append(text[start : start + size])
        start += size
    pieces.append(text[start:])
    found = list(whole_lines(pieces))
    assert b"".join(found) == text
    assert all(piece.endswith(b"\n") for piece in found[:-1])


def test_a_cut_file_is_the_same_error(tmp_path):
    data = gzip.compress(b"".join(GOOD.replace(b"a", b"%d" % number) for number in range(100_000)))
    (tmp_path / "x.json.gz").write_bytes(data[: len(data) // 2])
    item, told = input_of(tmp_path / "x.json.gz"), []
    for way in (lambda: list(read(item)), lambda: list(chunks(JOB, item))):
        with pytest.raises(SourceError) as caught:
            way()
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert "x.json.gz, after record" in told[0]


def test_a_line_that_does_not_end_is_the_same_error(tmp_path):
    (tmp_path / "x.json").write_bytes(GOOD * 2 + b"x" * (40 << 20))
    item, told = input_of(tmp_path / "x.json"), []
    for way in (lambda: list(read(item)), lambda: list(chunks(JOB, item))):
        with pytest.raises(SourceError) as caught:
            way()
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_chunks_end_with_their_number_or_their_size():
    def sizes(*lengths):
        records = [Record(number, b"x" * length, 0) for number, length in enumerate(lengths, start=1)]
        return [len(chunk.records) for chunk in in_chunks(JOB, records, most=4)]

    assert sizes(300_000, *[1] * 9) == [4, 4, 2]
    assert sizes(1_100_000, 1) == [1, 1]
    assert sizes(600_000, 600_000, 1) == [2, 1]
