"""Whatever the bytes: records, or an error that names the file; never another crash, and never an endless loop."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from reading_world import found, shape

from converters.contract import SourceError
from converters.reading.readers import read
from converters.reading.xml_events import elements

NAME = "looked at.bin"
FORMATS = (
    shape(
        "xml", "stream", begins=lambda head: b"<a" in head, records=lambda stream: map(_unit, elements(stream, ("u",)))
    ),
    shape("record", "record", lambda value: isinstance(value, dict) and "id" in value),
    shape("anything", "record"),
    shape("line", "line"),
    shape("block", "block"),
    shape("document", "document"),
)
ROWS = [{"id": n, "text": f"第{n}句，“好”", "turns": [{"from": "human", "value": "x\ny"}, {}]} for n in range(40)]


def _unit(element):
    return {"text": "".join(element.itertext()), **element.attrib}


def lines():
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS).encode()


def table(separator):
    return "".join(f'{row["id"]}{separator}"{row["text"]}"{separator}x\r\n' for row in ROWS).encode()


def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", lines())
        archive.writestr("书/b.csv", b"id,text,x\n" + table(","))
    return buffer.getvalue()


def tarred(mode):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in (("a.json", lines()), ("书/b.json.gz", gzip.compress(lines(), mtime=0))):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zstandard():
    buffer = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(buffer, "zstd") as stream:
        stream.write(lines())
    return buffer.getvalue().to_pybytes()


def columns(write):
    sink = pyarrow.BufferOutputStream()
    write(pyarrow.Table.from_pylist(ROWS), sink)
    return sink.getvalue().to_pybytes()


def arrow_file(content, sink):
    with pyarrow.ipc.new_file(sink, content.schema) as writer:
        writer.write_table(content)


TEXTS = {
    "json lines": lines(),
    "json lines in gb18030": lines().decode().encode("gb18030"),
    "json array": json.dumps(ROWS, ensure_ascii=False, indent=1).encode(),
    "json object": json.dumps({str(row["id"]): row for row in ROWS}).encode(),
    "json object of lists": json.dumps({"train": ROWS, "test": ROWS}, indent=2).encode("utf-16"),
    "csv": b"\xef\xbb\xbfid,text,x\r\n" + table(","),
    "tsv": b"id\ttext\tx\n" + table("\t"),
    "lines": "\n\n".join(row["text"] for row in ROWS).encode(),
    "xml": (
        '<?xml version="1.0"?><a>' + "".join(f'<u n="{row["id"]}">{row["text"]}</u>' for row in ROWS) + "</a>"
    ).encode(),
}
# a cut of one of these is always noticed
CHECKED = {
    "gzip": gzip.compress(lines(), mtime=0),
    "gzip in two members": gzip.compress(lines(), mtime=0) * 2,
    "bzip2": bz2.compress(lines()),
    "bzip2 in two streams": bz2.compress(lines()) * 2,
    "xz": lzma.compress(lines()),
    "zstandard": zstandard(),
    "zip": zipped(),
    "tar": tarred("w"),
    "tar.gz": tarred("w:gz"),
    "parquet": columns(parquet.write_table),
    "arrow": columns(arrow_file),
}
FILES = TEXTS | CHECKED


def outcome(folder, content):
    """The records, or the error, which must name the file."""
    path = folder / NAME
    path.write_bytes(content)
    try:
        return [record for item in found(path, formats=FORMATS).inputs for record in read(item)]
    except SourceError as error:
        if NAME not in str(error):
            raise
        return error


@pytest.mark.parametrize("kind", FILES)
def test_the_samples_of_these_tests_are_whole(tmp_path, kind):
    assert len(outcome(tmp_path, FILES[kind])) >= len(ROWS)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_cut_anywhere_gives_records_or_an_error_that_names_it(tmp_path, kind):
    content = FILES[kind]
    for part in range(1, 21):
        outcome(tmp_path, content[: len(content) * part // 21])


@pytest.mark.parametrize("kind", CHECKED)
def test_a_cut_of_what_has_an_end_mark_loses_nothing_in_silence(tmp_path, kind):
    content = CHECKED[kind]
    whole = outcome(tmp_path, content)
    borders = {len(content) // 2} if "in two" in kind else set()  # cut there it is a whole file
    cuts = {len(content) * part // 21 for part in range(1, 21)} | {len(content) - 1, len(content) - 7}
    for cut in cuts - borders:
        result = outcome(tmp_path, content[:cut])
        # of a tar, the zeros behind its end may be missing
        assert isinstance(result, SourceError) or (kind == "tar" and len(result) == len(whole))


def test_a_cut_xml_file_names_the_last_good_record(tmp_path):
    error = outcome(tmp_path, TEXTS["xml"][:-30])
    assert f"{NAME}, after record 39" in str(error)


FUZZ = settings(
    max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@FUZZ
@given(content=st.binary(max_size=400))
def test_random_bytes_give_records_or_an_error_that_names_the_file(tmp_path, content):
    outcome(tmp_path, content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@FUZZ
@given(value=JSON, indent=st.none() | st.integers(0, 3))
def test_every_json_array_comes_back_element_by_element(tmp_path, value, indent):
    path, values = tmp_path / "a.json", [{"v": value}, {"v": [value]}]
    path.write_bytes(json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    (item,) = found(path, formats=(shape("record", "record"),), wanted="record").inputs
    assert [json.loads(record.raw.decode("utf-8", "surrogatepass")) for record in read(item)] == values


@pytest.mark.parametrize("kind", FILES)
@FUZZ
@given(data=st.data())
def test_a_file_with_changed_bytes_gives_records_or_an_error_that_names_it(tmp_path, kind, data):
    content = bytearray(FILES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome(tmp_path, bytes(content))
