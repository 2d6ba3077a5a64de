"""One file from a server that breaks off, lies, refuses or sends something else: real HTTP on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest
from download_world import (
    HASTE,
    IGNORES_IF_RANGE,
    IGNORES_RANGE,
    STALLS,
    Site,
    answers,
    breaks_after,
    from_web,
    redirects,
    says,
    sends,
    serving,
)

from converters.contract import SourceError
from converters.downloads.street import Wish, download

BODY = bytes(range(256)) * 40  # 10,240 bytes
FILE = "/data/file.bin"


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Site(files={FILE: BODY})) as served:
        yield served


def fetch(site: Site, folder: Path, path: str = FILE) -> bytes:
    download(from_web(site, path), folder, Wish(quiet=True), HASTE)
    return (folder / "toy" / "set" / Path(path).name).read_bytes()


def refusal(site: Site, folder: Path, path: str = FILE) -> str:
    with pytest.raises(SourceError) as told:
        download(from_web(site, path), folder, Wish(quiet=True), HASTE)
    assert not (folder / "toy" / "set" / Path(path).name).exists(), "what is not whole must not look like a file"
    return str(told.value)


def test_a_file_comes_whole_and_its_record_says_from_where_and_what(site, tmp_path):
    assert fetch(site, tmp_path) == BODY
    record = json.loads((tmp_path / "toy" / ".downloads.json").read_text("utf-8"))
    entry = record["files"]["set/file.bin"]
    assert entry["url"] == site.url + FILE
    assert (entry["size"], entry["licence"]) == (10_240, "CC-BY-4.0")
    assert entry["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert entry["date"].startswith("20")
    assert not record["parts"]


def test_a_second_call_fetches_nothing_that_is_whole_and_unchanged(site, tmp_path):
    fetch(site, tmp_path)
    fetch(site, tmp_path)
    assert len(site.gets(FILE)) == 1


def test_a_file_that_changed_on_the_server_is_fetched_again(site, tmp_path):
    fetch(site, tmp_path)
    site.files[FILE] = BODY[::-1]
    assert fetch(site, tmp_path) == BODY[::-1]


def test_a_connection_that_breaks_off_several_times_is_gone_on_with(site, tmp_path):
    site.faults[FILE] = [breaks_after(1_000), breaks_after(2_000), breaks_after(3_000)]
    assert fetch(site, tmp_path) == BODY
    assert site.gets(FILE) == ["", "bytes=1000-", "bytes=3000-", "bytes=6000-"]


def test_a_server_that_always_breaks_off_at_once_is_given_up_with_what_is_there_kept(site, tmp_path):
    site.faults[FILE] = [breaks_after(4_000), *[breaks_after(0)] * 9]
    told = refusal(site, tmp_path)
    assert "3 times in a row without anything new, with 4.0 kB fetched" in told
    assert "goes on from there" in told
    site.faults[FILE] = []
    assert fetch(site, tmp_path) == BODY
    assert site.gets(FILE)[-1] == "bytes=4000-"


def test_a_length_that_is_announced_too_long_does_not_pass_for_a_whole_file(site, tmp_path):
    site.faults[FILE] = [says(+500)]  # then the server says how long it is: 416, bytes */10240
    assert fetch(site, tmp_path) == BODY


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(site, tmp_path, status):
    site.faults[FILE] = [answers(status), answers(status)]
    assert fetch(site, tmp_path) == BODY
    assert len(site.gets(FILE)) == 3


def test_retry_after_is_waited_for_and_not_cut_short(site, tmp_path, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("converters.downloads.fetching.time.sleep", slept.append)
    site.faults[FILE] = [answers(429, Retry_After="4"), answers(429)]
    assert fetch(site, tmp_path) == BODY
    assert slept == [4.0, 0.02]


def test_a_server_that_wants_to_be_left_alone_for_long_is_left_to_the_user(site, tmp_path):
    site.faults[FILE] = [answers(429, Retry_After="86400")]
    assert "left alone for 86,400 seconds" in refusal(site, tmp_path)
    assert len(site.gets(FILE)) == 1


def test_a_server_that_ignores_range_sends_the_file_again_and_nothing_is_doubled(site, tmp_path):
    site.faults[FILE] = [breaks_after(5_000), IGNORES_RANGE]
    assert fetch(site, tmp_path) == BODY


def test_the_second_half_of_a_changed_file_is_not_put_behind_the_first_half_of_the_old_one(site, tmp_path):
    site.faults[FILE] = [breaks_after(5_000), *[breaks_after(0)] * 2]
    refusal(site, tmp_path)
    etag = site.etag(FILE)
    site.files[FILE] = new = b"new" * 4_000
    assert fetch(site, tmp_path) == new
    assert site.asked[-1].headers["If-Range"] == etag


def test_a_server_that_ignores_if_range_is_seen_through_by_its_etag(site, tmp_path):
    site.faults[FILE] = [breaks_after(5_000), *[breaks_after(0)] * 2]
    refusal(site, tmp_path)
    site.files[FILE] = new = BODY[::-1]  # as long as the old one
    site.faults[FILE] = [IGNORES_IF_RANGE]
    assert fetch(site, tmp_path) == new


def test_without_anything_to_know_a_version_by_a_file_is_begun_anew(site, tmp_path):
    site.plain.add(FILE)
    site.faults[FILE] = [breaks_after(5_000)]
    assert fetch(site, tmp_path) == BODY
    assert site.gets(FILE) == ["", ""]


def test_a_redirect_is_followed_and_the_record_keeps_the_address_that_stays(site, tmp_path):
    site.files["/elsewhere"] = BODY
    site.faults[FILE] = [redirects(f"{site.url}/elsewhere?Signature=secret")]
    assert fetch(site, tmp_path) == BODY
    assert "secret" not in (tmp_path / "toy" / ".downloads.json").read_text("utf-8")


def test_a_redirection_without_end_is_an_error(site, tmp_path):
    site.faults[FILE] = [redirects(site.url + FILE)] * 50
    assert "a redirection without end" in refusal(site, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        sends(b"<p>Please log in", "text/html; charset=utf-8"),
        sends(b"\n<!DOCTYPE html><html>", "application/octet-stream"),
    ],
)
def test_a_web_page_in_place_of_the_file_is_refused(site, tmp_path, page):
    site.faults[FILE] = [page]
    assert "found a web page" in refusal(site, tmp_path)


def test_a_server_that_stalls_is_asked_for_the_rest(site, tmp_path):
    site.faults[FILE] = [STALLS]
    assert fetch(site, tmp_path) == BODY
    assert site.gets(FILE) == ["", "bytes=10-"]


def test_what_has_moved_is_told_with_the_page_to_look_at_and_the_way_by_hand(site, tmp_path):
    told = refusal(site, tmp_path, "/gone.bin")
    assert f"{site.url}/gone.bin: expected" in told
    assert "HTTP 404" in told
    assert f"Look at {site.url}/page" in told
    assert "--raw" in told


@pytest.mark.parametrize("status", [401, 403])
def test_what_is_closed_is_told_and_asked_for_once(site, tmp_path, status):
    site.faults[FILE] = [answers(status)] * 5
    assert f"HTTP {status}: access is restricted" in refusal(site, tmp_path)
    assert len(site.gets(FILE)) == 1


def test_an_archive_without_a_published_digest_is_read_to_its_end(site, tmp_path):
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("a.txt", "一" * 3_000)
        archive.comment = b"0123456789abcdef0123456789abcdef01234567"
    good = whole.read_bytes()
    site.files["/x.zip"] = good[:60] + b"?" + good[61:]
    assert "expected a whole archive" in refusal(site, tmp_path, "/x.zip")
    site.files["/x.zip"] = good
    assert fetch(site, tmp_path, "/x.zip") == good
    record = json.loads((tmp_path / "toy" / ".downloads.json").read_text("utf-8"))
    assert record["files"]["set/x.zip"]["revision"] == "0123456789abcdef0123456789abcdef01234567"


Usage = namedtuple("Usage", "total used free")


def test_a_disk_without_room_stops_before_a_byte_is_fetched(site, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(1, 1, 5_000))
    told = refusal(site, tmp_path)
    assert "expected 10.2 kB of free disk space" in told
    assert "found 5.0 kB" in told
    assert site.gets(FILE) == []


def test_a_disk_that_fills_up_on_the_way_stops_with_what_is_there_kept(site, tmp_path, monkeypatch):
    free = iter([10**12])
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(1, 1, next(free, 5_000)))
    assert "goes on from there" in refusal(site, tmp_path)


def test_a_file_that_was_changed_by_hand_is_never_written_over(site, tmp_path):
    fetch(site, tmp_path)
    path = tmp_path / "toy" / "set" / "file.bin"
    path.write_bytes(b"mine")
    with pytest.raises(SourceError, match="changed by hand"):
        fetch(site, tmp_path)
    assert path.read_bytes() == b"mine"


def test_a_file_that_was_only_touched_is_not_fetched_again(site, tmp_path):
    fetch(site, tmp_path)
    (tmp_path / "toy" / "set" / "file.bin").touch()
    fetch(site, tmp_path)
    assert len(site.gets(FILE)) == 1


def test_what_is_half_there_is_hidden_from_the_readers(site, tmp_path):
    from converters.reading.downloads import _files_in

    site.faults[FILE] = [breaks_after(4_000), *[breaks_after(0)] * 9]
    refusal(site, tmp_path)
    assert (tmp_path / "toy" / "set" / ".file.bin.part").stat().st_size == 4_000
    assert _files_in(tmp_path / "toy") == []


def test_a_kill_between_the_record_and_the_name_costs_nothing(site, tmp_path, monkeypatch):
    replace = os.replace

    def killed(old, new):
        if Path(new).name == "file.bin":
            raise KeyboardInterrupt
        replace(old, new)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(site, tmp_path)
    assert fetch(site, tmp_path) == BODY
    assert site.gets(FILE) == [""]


def test_a_folder_that_cannot_be_written_is_told(site, tmp_path):
    (tmp_path / "toy").write_text("no folder", encoding="utf-8")
    assert "expected a folder that can be written" in refusal(site, tmp_path)


def test_a_damaged_record_is_told_and_nothing_is_fetched(site, tmp_path):
    fetch(site, tmp_path)
    (tmp_path / "toy" / ".downloads.json").write_text("{", encoding="utf-8")
    with pytest.raises(SourceError, match=r"\.downloads\.json: expected the record of earlier downloads"):
        fetch(site, tmp_path)
