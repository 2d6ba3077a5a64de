"""Archives are folders of members: read where they lie, never unpacked, and refused when they are bombs or locked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib

import pytest
from reading_world import found, shape, values

from converters.contract import Companion, SourceError
from converters.reading import limits, streams, tars, zips
from converters.reading.readers import read

RECORD = shape("record", "record")
LINE = b'{"n": %d}\n'


def write_zip(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return path


def write_tar(path, members, mode="w"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def labels(result):
    return [item.label for item in result.inputs]


def test_members_are_inputs_in_natural_order_and_each_has_its_label(tmp_path):
    path = write_zip(tmp_path / "a.zip", {f"b/{n}.json": LINE % n for n in (10, 9)})
    result = found(path, formats=(RECORD,))
    assert labels(result) == ["a.zip/b/9.json", "a.zip/b/10.json"]
    assert [(record.number, record.raw) for item in result.inputs for record in read(item)] == [
        (1, b'{"n": 9}'),
        (1, b'{"n": 10}'),
    ]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_is_read_whatever_its_compression(tmp_path, mode):
    path = write_tar(tmp_path / "a.tar", {"./x/2.json": LINE % 2, "x/1.json": LINE % 1}, mode)
    result = found(path, formats=(RECORD,))
    in_any_order = mode == "w"
    assert labels(result) == (
        ["a.tar/x/1.json", "a.tar/x/2.json"] if in_any_order else ["a.tar/x/2.json", "a.tar/x/1.json"]
    )
    assert sorted(record.raw for item in result.inputs for record in read(item)) == [b'{"n": 1}', b'{"n": 2}']


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_members_may_be_compressed_themselves(tmp_path, pack):
    path = write_tar(tmp_path / "a.tgz", {"x.json.gz": pack(LINE % 1)}, "w:gz")
    assert values(path) == [(1, b'{"n": 1}')]


def test_an_archive_in_a_folder_is_a_folder_in_it(tmp_path):
    (tmp_path / "data").mkdir()
    write_zip(tmp_path / "data" / "val.json.zip", {"val.json": LINE % 1, "__MACOSX/val.json": b"x", ".hidden": b"x"})
    result = found(tmp_path, formats=(RECORD,))
    assert (labels(result), result.ignored_files) == (["data/val.json.zip/val.json"], [])


@pytest.mark.parametrize("write", [write_zip, write_tar, lambda *args: write_tar(*args, "w:gz")])
def test_companions_are_found_inside_the_archive(tmp_path, write):
    def companions(path):
        return [Companion("modern", path.parent.parent / "target" / path.name)] if path.parent.name == "source" else []

    path = write(tmp_path / "a.bin", {"target/书": "今\n".encode(), "d/source/书": b"x", "source/书": "古\n".encode()})
    (item,) = found(path, formats=(shape("pair", "aligned", companions=companions),)).inputs
    assert (item.label, [record.raw for record in read(item)]) == ("a.bin/source/书", [{"text": "古", "modern": "今"}])
    assert item.files == (path,)


def test_names_that_lead_out_of_the_archive_are_only_labels(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"../../evil.json": LINE % 1, "/etc/evil.json": LINE % 2})
    result = found(path, formats=(RECORD,))
    assert [record.raw for item in result.inputs for record in read(item)] == [b'{"n": 1}', b'{"n": 2}']
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["a.zip"]


def test_names_from_a_chinese_windows_are_readable(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"xx.json": LINE % 1})
    path.write_bytes(path.read_bytes().replace(b"xx.json", "书".encode("gbk") + b".json"))
    assert labels(found(path, formats=(RECORD,))) == ["a.zip/书.json"]


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz"])
def test_a_zip_in_an_archive_is_a_folder_in_it(tmp_path, mode):
    inner = write_zip(tmp_path / "inner.zip", {"val.json": LINE % 1, "x/dev.json": LINE % 2}).read_bytes()
    members = {"data/val.json.zip": inner, "data/last.json": LINE % 3}
    path = write_zip(tmp_path / "a", members) if mode == "zip" else write_tar(tmp_path / "a", members, mode)
    result = found(path, formats=(RECORD,))
    assert {item.label: next(read(item)).raw for item in result.inputs} == {
        "a/data/val.json.zip/val.json": b'{"n": 1}',
        "a/data/val.json.zip/x/dev.json": b'{"n": 2}',
        "a/data/last.json": b'{"n": 3}',
    }
    assert [item.files for item in result.inputs] == [(path,)] * 3


def zipped(members):
    buffer = io.BytesIO()
    write_zip(buffer, members)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content", [{"b.zip": zipped({"c.zip": zipped({"x.json": b"{}"})})}, {"[Content_Types].xml": b"x"}]
)
def test_deeper_archives_and_office_documents_are_refused_by_name(tmp_path, content):
    path = write_zip(tmp_path / "a.xlsx", content)
    with pytest.raises(SourceError, match=r"a\.xlsx.* found an Office document, or an archive that"):
        found(path, formats=(RECORD,))


def test_an_encrypted_member_is_refused_by_name(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"x.json": LINE % 1})
    packed = bytearray(path.read_bytes())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(header) + flags] |= 1
    path.write_bytes(packed)
    with pytest.raises(SourceError, match=r"a\.zip/x\.json: expected a member that is not encrypted"):
        found(path, formats=(RECORD,))


@pytest.fixture
def low_floor(monkeypatch):
    for module in (streams, zips):
        monkeypatch.setattr(module, "BOMB_FLOOR", 1 << 20)


def test_a_zip_that_declares_to_grow_like_a_bomb_is_refused(tmp_path, low_floor):
    path = write_zip(tmp_path / "a.zip", {"zeros.json": bytes(4 << 20)})
    with pytest.raises(SourceError, match=r"a\.zip: .* 4,194,304 bytes out of [\d,]+: a decompression bomb"):
        found(path, formats=(RECORD,))


def test_one_bomb_among_honest_members_is_refused_by_name(tmp_path, low_floor):
    noise = zlib.compress(b"x") + struct.pack("<1000000Q", *range(1_000_000))
    path = write_zip(tmp_path / "a.zip", {"honest.txt": noise, "zeros.json": bytes(4 << 20)})
    with pytest.raises(SourceError, match=r"a\.zip/zeros\.json: .* a decompression bomb"):
        found(path, formats=(RECORD,))


def test_members_that_overlap_are_refused(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"x.json": LINE % 1, "y.json": LINE % 2})
    packed = bytearray(path.read_bytes())
    second = packed.rindex(b"PK\x01\x02")
    packed[second + 42 : second + 46] = bytes(4)  # where the second member begins: where the first does
    path.write_bytes(packed)
    with pytest.raises(SourceError, match="overlaps another"):
        found(path, formats=(RECORD,))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_stream_that_grows_like_a_bomb_is_refused_while_it_is_read(tmp_path, low_floor, pack):
    path = tmp_path / "a.json"
    path.write_bytes(pack(LINE % 1 * 4 + b" " * (40 << 20)))
    with pytest.raises(SourceError, match=r"a\.json.* a decompression bomb"):
        values(path)


def test_text_that_repeats_itself_is_no_bomb_while_it_is_small(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(gzip.compress(LINE % 1 * 100_000))
    assert len(values(path)) == 100_000


def test_compression_around_compression_has_an_end(tmp_path):
    path = tmp_path / "a.json"
    packed = LINE % 1
    for _ in range(limits.MOST_LAYERS):
        packed = gzip.compress(packed)
    path.write_bytes(packed)
    assert values(path) == [(1, b'{"n": 1}')]
    path.write_bytes(gzip.compress(packed))
    with pytest.raises(SourceError, match="at most 3 layers of compression"):
        values(path)


def test_a_tar_that_was_cut_between_members_is_noticed(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"x.json": LINE % 1, "y.json": LINE % 2})
    path.write_bytes(path.read_bytes()[: 2 * 512])  # the first member, whole
    with pytest.raises(SourceError, match=r"a\.tar: .* without the mark of its end"):
        found(path, formats=(RECORD,))


def test_members_of_a_compressed_tar_cost_one_pass_in_their_order(tmp_path, monkeypatch):
    path = write_tar(tmp_path / "a.tgz", {f"{n}.json": LINE % n for n in range(50)}, "w:gz")
    opened = []
    monkeypatch.setattr(tars, "_Reel", lambda path, real=tars._Reel: opened.append(path) or real(path))
    result = found(path, formats=(RECORD,))
    assert len([record for item in result.inputs for record in read(item)]) == 50
    assert len(opened) == 3  # its directory, the heads, the records


def test_companions_in_a_compressed_tar_cost_no_pass_each(tmp_path, monkeypatch):
    members = {}
    for book in range(20):
        members |= {f"{book}/0.html": b"<br>", f"{book}/info.json": b"{}"}
    path = write_tar(tmp_path / "a.tgz", members, "w:gz")
    opened = []
    monkeypatch.setattr(tars, "_Reel", lambda path, real=tars._Reel: opened.append(path) or real(path))

    def companions(path):
        return [Companion("info", path.with_name("info.json"))] if path.suffix == ".html" else []

    result = found(path, formats=(shape("page", "document", companions=companions),))
    assert [record.raw for item in result.inputs for record in read(item)] == [{"text": "<br>", "info": "{}"}] * 20
    assert len(opened) == 4  # the directory, the companions, the heads, the records


def test_the_parts_of_an_archive_add_up_for_the_progress_bar(tmp_path):
    path = write_zip(tmp_path / "a.zip", {f"{n}.json": LINE % n * 1000 for n in range(5)})
    inputs = found(path, formats=(RECORD,)).inputs
    assert 0.9 * path.stat().st_size < sum(item.size for item in inputs) <= path.stat().st_size
    assert all(list(read(item))[-1].position == item.size for item in inputs)


def test_a_damaged_companion_is_named_with_the_archive_that_it_lies_in(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"b/1.zh": b"x\n" * 500, "b/1.en": bytes(range(32, 127)) * 50})
    content = bytearray(path.read_bytes())
    place = content.index(b"b/1.en") + 20
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    pair = shape("pair", "aligned", companions=lambda p: [Companion("en", p.with_suffix(".en"))] * (p.suffix == ".zh"))
    with pytest.raises(SourceError, match=re.escape("a.zip/b/1.en")):
        values(path, "aligned", companions=pair.companions)
