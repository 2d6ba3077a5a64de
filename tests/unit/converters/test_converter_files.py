from __future__ import annotations

import errno
import os

import pytest

from converters.contract import SourceError
from converters.files import atomic_text, read_jsonl, sha256_of, staged


def write_and_stop(path):
    with atomic_text(path) as stream:
        stream.write("new")
        raise KeyboardInterrupt


def stage_two(folder):
    with staged(folder) as files:
        for name in ("a", "b"):
            files.open(folder / name).write("new")


def stage_one_and_stop(folder):
    with staged(folder) as files:
        files.open(folder / "a").write("new")
        files.close(folder / "a")
        files.open(folder / "b").write("new")
        raise KeyboardInterrupt


def test_an_error_inside_leaves_the_old_file_and_no_remains(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_and_stop(path)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_several_files_appear_together_or_not_at_all(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    with pytest.raises(KeyboardInterrupt):
        stage_one_and_stop(tmp_path)
    assert [(tmp_path / name).read_text() for name in ("a", "b")] == ["old", "old"]


def test_a_disk_that_fills_up_at_the_last_file_replaces_none(tmp_path, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    synced = []

    def full_at_the_second(descriptor):
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_at_the_second)
    with pytest.raises(SourceError, match="found No space left on device"):
        stage_two(tmp_path)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "old", "b": "old"}


def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "plain").write_text("x")
    with atomic_text(tmp_path / "atomic") as stream:
        stream.write("x")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_broken_line_of_ours_names_the_line_and_the_remedy(tmp_path):
    path = tmp_path / "belle.jsonl"
    path.write_text('{"a": 1}\n\n{"a":')
    with pytest.raises(SourceError, match=r"line 3: expected one JSON object[\s\S]*convert the source again"):
        list(read_jsonl(path))


def test_the_hash_is_the_one_of_sha256sum(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
