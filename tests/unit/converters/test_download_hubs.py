"""Whole sets from a server that speaks the interfaces of Hugging Face, ModelScope, Wikimedia and GitHub."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from download_world import (
    HASTE,
    Fault,
    Site,
    answers,
    breaks_after,
    redirects,
    resolved,
    says,
    sends,
    serving,
    source,
)

from converters.contract import ByHand, Download, GitHub, Hub, SourceError, Wikimedia
from converters.downloads.street import Wish, download
from converters.licences import unlisted
from converters.registry import SOURCES

BELLE = Path(__file__).resolve().parents[3] / "converters/samples/belle/Belle_open_source_0.5M.json"
BODY = bytes(range(256)) * 40
LOOK = Wish(look=True, quiet=True)
ALL = Wish(quiet=True)


@pytest.fixture
def site(monkeypatch, tmp_path_factory):
    with serving(Site()) as served:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("MODELSCOPE_HOME", str(tmp_path_factory.mktemp("home")))
        for name in ("HF_ENDPOINT", "MODELSCOPE_ENDPOINT", "GITHUB_ENDPOINT", "WIKIMEDIA_ENDPOINT"):
            monkeypatch.setenv(name, served.url)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        for name in ("USE_MODELSCOPE_HUB", "MODELSCOPE_API_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield served


def hub(files: tuple[str, ...] = ("*",), name: str = "set"):
    return source(Download(name, Hub("a/b", "c/d", files), "MIT"))


def test_the_files_of_a_dataset_come_from_the_commit_that_was_listed_and_have_its_digests(site, tmp_path):
    site.dataset("a/b", {"data/x.json": BODY, "README.md": b"#"})
    download(hub(("*.json",)), tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/data/x.json").read_bytes() == BODY
    assert not (tmp_path / "toy/set/README.md").exists()
    entry = json.loads((tmp_path / "toy/.downloads.json").read_text("utf-8"))["files"]["set/data/x.json"]
    assert entry["revision"] == "0123456789abcdef0123456789abcdef01234567"
    assert entry["published"] == f"sha256:{hashlib.sha256(BODY).hexdigest()}"


@pytest.mark.parametrize("lfs", [True, False])
def test_bytes_that_are_not_those_that_were_published_are_deleted(site, tmp_path, lfs):
    site.dataset("a/b", {"x.json": BODY}, lfs=lfs)
    site.files[resolved("a/b", "x.json")] = BODY[:-1] + b"?"  # as long as the right ones
    with pytest.raises(SourceError, match=f"expected {'sha256' if lfs else 'git'} [0-9a-f]+, as published"):
        download(hub(), tmp_path, ALL, HASTE)
    assert [path.name for path in (tmp_path / "toy/set").iterdir()] == []


def test_halves_of_two_versions_are_found_out_by_the_digest_and_fetched_once_more_in_one_go(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    site.faults[resolved("a/b", "x.json")] = [Fault("lie", 0), Fault("lie", 0)]
    part = tmp_path / "toy/set/.x.json.part"
    site.faults[resolved("a/b", "x.json")] = [breaks_after(5_000), *[breaks_after(0)] * 2]
    with pytest.raises(SourceError):
        download(hub(), tmp_path, ALL, HASTE)
    part.write_bytes(b"?" * 5_000)
    download(hub(), tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/x.json").read_bytes() == BODY


def test_a_length_that_is_announced_too_short_is_noticed_by_the_published_size(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    site.faults[resolved("a/b", "x.json")] = [says(-3_000)]
    download(hub(), tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/x.json").read_bytes() == BODY
    assert site.gets(resolved("a/b", "x.json")) == ["", "bytes=7240-"]


def test_a_file_that_is_longer_than_published_is_given_up(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    site.files[resolved("a/b", "x.json")] = BODY + b"more"
    with pytest.raises(SourceError, match="longer than published"):
        download(hub(), tmp_path, ALL, HASTE)


def test_a_list_that_comes_late_is_asked_for_again(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    site.faults["/api/datasets/a/b"] = [answers(429, Retry_After="0"), answers(503)]
    download(hub(), tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/x.json").exists()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("where", ["list", "file"])
def test_a_gated_dataset_says_whose_terms_to_accept_and_which_token_to_set(site, tmp_path, status, where):
    site.dataset("a/b", {"x.json": BODY})
    path = "/api/datasets/a/b" if where == "list" else resolved("a/b", "x.json")
    site.faults[path] = [answers(status, X_Error_Code="GatedRepo")] * 3
    with pytest.raises(SourceError) as told:
        download(hub(), tmp_path, ALL, HASTE)
    assert "Accept its terms on https://huggingface.co/datasets/a/b" in str(told.value)
    assert "set HF_TOKEN" in str(told.value)
    assert "hf_secret" not in str(told.value)


def test_a_dataset_that_is_gone_says_where_to_look(site, tmp_path):
    with pytest.raises(SourceError, match=r"Look at https://huggingface\.co/datasets/a/b"):
        download(hub(), tmp_path, ALL, HASTE)


def test_one_set_that_is_gone_does_not_keep_a_user_from_the_others(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    two = source(Download("gone", Hub("e/f"), "MIT"), Download("set", Hub("a/b", files=("*",)), "MIT"))
    with pytest.raises(SourceError, match="Without gone: python -m converters toy --download set"):
        download(two, tmp_path, ALL, HASTE)
    two = source(Download("set", Hub("a/b", files=("*",)), "MIT"), Download("gone", GitHub("e/f"), "MIT"))
    with pytest.raises(SourceError, match="Without gone: python -m converters toy --download set"):
        download(two, tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/x.json").exists()


def test_a_dataset_that_was_arranged_anew_shows_what_is_there(site, tmp_path):
    site.dataset("a/b", {"new/name.arrow": BODY})
    with pytest.raises(SourceError, match=r"expected files such as \*\.json; found new/name\.arrow"):
        download(hub(("*.json",)), tmp_path, ALL, HASTE)


def test_a_path_that_leads_out_of_the_folder_is_refused(site, tmp_path):
    site.dataset("a/b", {"../../x.json": BODY})
    with pytest.raises(SourceError, match="leads out of it"):
        download(hub(), tmp_path, ALL, HASTE)


def test_the_token_goes_to_the_hub_and_to_nobody_it_sends_on_to_and_stands_in_no_file(site, tmp_path):
    with serving(Site(files={"/cdn": BODY})) as elsewhere:
        site.dataset("a/b", {"x.json": BODY})
        # another port is another server
        site.faults[resolved("a/b", "x.json")] = [redirects(f"{elsewhere.url}/cdn")]
        download(hub(), tmp_path, ALL, HASTE)
        assert [each.headers.get("Authorization") for each in elsewhere.asked] == [None]
    asked = [each for each in site.asked if "/a/b" in each.path]
    assert {each.headers.get("Authorization") for each in asked} == {"Bearer hf_secret"}
    assert all(b"hf_secret" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_no_password_of_netrc_goes_anywhere(site, tmp_path, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    site.files["/a/b/archive/HEAD.zip"] = zipped({"a.txt": "一"})
    download(source(Download("set", GitHub("a/b"), "MIT")), tmp_path / "raw", ALL, HASTE)
    assert {each.headers.get("Authorization") for each in site.asked} == {None}


def test_use_modelscope_hub_fetches_from_modelscope_with_its_own_token(site, tmp_path, monkeypatch):
    monkeypatch.setenv("USE_MODELSCOPE_HUB", "1")
    monkeypatch.setenv("MODELSCOPE_API_TOKEN", "ms_secret")
    site.on_modelscope("c/d", {"x.json": BODY, "y.md": b"#"})
    download(hub(("*.json",)), tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/set/x.json").read_bytes() == BODY
    assert {each.headers.get("Authorization") for each in site.asked} == {"Bearer ms_secret"}
    entry = json.loads((tmp_path / "toy/.downloads.json").read_text("utf-8"))["files"]["set/x.json"]
    assert entry["published"] == f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    assert not [each for each in site.asked if each.path.startswith("/api/datasets")]


def test_bytes_from_modelscope_are_verified_too(site, tmp_path, monkeypatch):
    monkeypatch.setenv("USE_MODELSCOPE_HUB", "true")
    site.on_modelscope("c/d", {"x.json": BODY})
    site.files["/api/v1/datasets/c/d/repo?x.json"] = BODY[:-1] + b"?"
    with pytest.raises(SourceError, match="expected sha256"):
        download(hub(), tmp_path, ALL, HASTE)


def test_a_set_that_modelscope_does_not_have_is_an_error_and_not_taken_from_elsewhere(site, tmp_path, monkeypatch):
    monkeypatch.setenv("USE_MODELSCOPE_HUB", "y")
    with pytest.raises(SourceError, match="expected a dataset that is on ModelScope"):
        download(source(Download("set", Hub("a/b"), "MIT")), tmp_path, ALL, HASTE)
    assert site.asked == []


def shards() -> dict[str, bytes]:
    return {f"zh/train-0000{number}-of-00003.parquet": BODY + bytes([number]) for number in range(3)}


def test_a_look_takes_the_first_set_and_of_its_numbered_parts_the_first(site, tmp_path, capsys):
    site.dataset("a/b", shards() | {"zh/names.json": b"{}"})
    two = source(Download("set", Hub("a/b", files=("*",)), "MIT"), Download("other", GitHub("e/f"), "MIT"))
    download(two, tmp_path, LOOK, HASTE)
    names = sorted(path.name for path in (tmp_path / "toy").rglob("*") if path.is_file() and path.name[0] != ".")
    assert names == ["names.json", "train-00000-of-00003.parquet"]
    assert "set: 2 more parts are left out" in capsys.readouterr().err
    site.files["/e/f/archive/HEAD.zip"] = zipped({"a.txt": "一"})
    download(two, tmp_path, ALL, HASTE)
    assert len(site.gets(resolved("a/b", "zh/train-00000-of-00003.parquet"))) == 1
    assert (tmp_path / "toy/set/zh/train-00002-of-00003.parquet").exists()


def test_a_dump_is_found_in_the_list_of_checksums_and_verified_by_it(site, tmp_path):
    wiki(site, whole := bz2.compress(b"<mediawiki>" * 99), part := bz2.compress(b"<mediawiki>"))
    download(dumps(), tmp_path / "1", ALL, HASTE)
    assert (tmp_path / "1/toy/zhwiki/zhwiki-20261101-pages-articles-multistream.xml.bz2").read_bytes() == whole
    download(dumps(), tmp_path / "2", LOOK, HASTE)
    found = [path.read_bytes() for path in (tmp_path / "2/toy/zhwiki").iterdir()]
    assert found == [part]
    site.files["/zhwiki/20261101/zhwiki-20261101-pages-articles-multistream.xml.bz2"] = whole[:-1] + b"?"
    with pytest.raises(SourceError, match=r"expected sha1 [0-9a-f]{40}, as published"):
        download(dumps(), tmp_path / "3", ALL, HASTE)


def test_a_dump_that_is_still_being_made_is_told(site, tmp_path):
    site.files["/zhwiki/latest/zhwiki-latest-sha1sums.txt"] = b"00  zhwiki-20261101-page.sql.gz\n"
    with pytest.raises(SourceError, match="a dump that is still being made"):
        download(dumps(), tmp_path, ALL, HASTE)


def wiki(site: Site, whole: bytes, part: bytes) -> None:
    stem = "zhwiki-20261101-pages-articles-multistream"
    files = {f"{stem}.xml.bz2": whole, f"{stem}1.xml-p1p187712.bz2": part, f"{stem}-index1.txt-p1p187712.bz2": b"no"}
    sums = "".join(f"{hashlib.sha1(body).hexdigest()}  {name}\n" for name, body in files.items())
    site.files["/zhwiki/latest/zhwiki-latest-sha1sums.txt"] = sums.encode()
    for name, body in files.items():
        site.files[f"/zhwiki/20261101/{name}"] = body


def dumps():
    return source(next(item for item in source_named("wiki").downloads if isinstance(item.where, Wikimedia)))


def source_named(name: str):
    return next(each for each in SOURCES if each.name == name)


def zipped(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def test_a_repository_comes_as_an_archive_and_single_files_of_it_as_they_are(site, tmp_path):
    site.files["/a/b/archive/HEAD.zip"] = archive = zipped({"b-main/x.txt": "一"})
    site.files["/c/d/raw/HEAD/data/表.json"] = b"{}"
    both = source(
        Download("repository", GitHub("a/b"), "MIT"), Download("file", GitHub("c/d", paths=("data/表.json",)), "MIT")
    )
    download(both, tmp_path, ALL, HASTE)
    assert (tmp_path / "toy/repository/b.zip").read_bytes() == archive
    assert (tmp_path / "toy/file/data/表.json").read_bytes() == b"{}"
    download(both, tmp_path, ALL, HASTE)
    assert len(site.gets("/a/b/archive/HEAD.zip")) == 1


def test_a_file_that_was_put_there_by_hand_is_taken_if_it_is_the_published_one(site, tmp_path):
    site.dataset("a/b", {"x.json": BODY})
    path = tmp_path / "toy/set/x.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    download(hub(), tmp_path, ALL, HASTE)
    assert site.gets(resolved("a/b", "x.json")) == []
    path.write_bytes(b"mine")
    with pytest.raises(SourceError, match="not from here"):
        download(hub(), tmp_path, ALL, HASTE)
    assert path.read_bytes() == b"mine"


# ---- the command


def serve_belle(site: Site) -> bytes:
    site.dataset("BelleGroup/train_0.5M_CN", {"Belle_open_source_0.5M.json": BELLE.read_bytes()})
    return BELLE.read_bytes()


def test_the_command_shows_size_and_licence_fetches_and_converts_as_from_a_file(site, run, written):
    serve_belle(site)
    by_hand = run("belle", BELLE, "--dataset-dir", "by_hand")
    ran = run("belle", "--download", "train_0.5M_CN")
    assert ran.code == 0, ran.err
    table = ran.err.split("fetched")[0]
    assert "ODC-By-1.0 AND LicenseRef-research-only" in table
    assert "its card on the hub states the licence gpl-3.0" in table
    assert "by name there is more: train_1M_CN, train_2M_CN" in table
    ours, theirs = (
        [json.loads(line)["id"] for line in (written.folder / at / "data/belle.jsonl").open(encoding="utf-8")]
        for at in ("dataset_info", "by_hand")
    )
    assert ours == theirs != []
    assert by_hand.code == 0
    again = run("belle", "--download", "train_0.5M_CN")
    assert "all of it is in raw/belle/ and unchanged" in again.err
    assert len(site.gets(resolved("BelleGroup/train_0.5M_CN", "Belle_open_source_0.5M.json"))) == 1


def test_limit_fetches_the_first_set_alone_and_keeps_so_many_examples(site, run, written):
    serve_belle(site)
    ran = run("belle", "--download", "--limit", "3", "--eval-share", "0")
    assert ran.code == 0, ran.err
    assert len(written.kept("belle")) == 3
    assert not [each for each in site.asked if "train_1M_CN" in each.path]


def test_much_is_not_fetched_without_yes_where_nobody_can_be_asked(site, run, tmp_path, monkeypatch):
    serve_belle(site)
    monkeypatch.setattr("converters.downloads.street.ASK_ABOVE", 10)
    ran = run("belle", "--download", "train_0.5M_CN")
    assert ran.code == 2
    assert "expected --yes for more than" in ran.err
    assert "ODC-By-1.0" in ran.err
    assert not site.gets(resolved("BelleGroup/train_0.5M_CN", "Belle_open_source_0.5M.json"))
    assert run("belle", "--download", "train_0.5M_CN", "--yes").code == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("\n", 2), ("", 2)])
def test_at_a_terminal_one_is_asked(site, run, monkeypatch, answer, code):
    serve_belle(site)
    monkeypatch.setattr("converters.downloads.street.ASK_ABOVE", 10)
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    ran = run("belle", "--download", "train_0.5M_CN")
    assert "Fetch " in ran.err
    assert ran.code == code


def test_an_unknown_set_is_told_with_those_that_there_are(site, run):
    ran = run("belle", "--download", "train_9M")
    assert ran.code == 2
    assert "expected all, or one of train_0.5M_CN" in ran.err


def test_a_source_without_anything_to_fetch_says_why_and_where_it_is_had_by_hand(site, run):
    ran = run("story", "--download")
    assert ran.code == 2
    assert "no licence is stated" in ran.err
    assert "https://github.com/thu-coai/LOT-LongLM" in ran.err
    ran = run("dialogue", "--download", "DuConv")
    assert ran.code == 2
    assert "its owner asks for a form" in ran.err


def test_without_download_the_network_is_left_alone(site, run):
    assert run("belle", BELLE).code == 0
    assert run("belle").code == 2
    assert site.asked == []


def test_list_shows_what_can_be_fetched_and_what_must_be_fetched_by_hand(run):
    shown = run("list").out
    listed = {entry["name"]: entry["downloads"] for entry in json.loads(run("list", "--json").out)}
    checked = 0
    for each in SOURCES:
        for item in each.downloads:
            word = "by hand " if isinstance(item.where, ByHand) else "download"
            assert f"  {word} {item.name}: " in shown
            assert item.page in [entry["page"] for entry in listed[each.name]]
            checked += 1
    assert checked > 40


def test_every_licence_of_a_download_is_one_that_the_command_licences_explains():
    assert unlisted([item.licence for each in SOURCES for item in each.downloads]) == []


def test_names_of_sets_are_folders_of_their_own():
    for each in SOURCES:
        names = [item.name for item in each.downloads]
        assert len(names) == len({name.lower() for name in names})
        assert not [name for name in names if "/" in name or name.startswith(".")]


def started(folder: Path, *words: str) -> subprocess.Popen[str]:
    environment = os.environ | {"HF_HUB_DOWNLOAD_TIMEOUT": "2", "LC_ALL": "zh_CN.GB18030", "PYTHONUTF8": "0"}
    return subprocess.Popen(
        [sys.executable, "-m", "converters", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def test_ctrl_c_leaves_a_part_and_the_same_command_goes_on_from_there(site, tmp_path):
    body = serve_belle(site)
    folder = tmp_path / "我的 数据"
    folder.mkdir()
    path = resolved("BelleGroup/train_0.5M_CN", "Belle_open_source_0.5M.json")
    site.faults[path] = [Fault("stall")] * 9
    one = started(folder, "belle", "--download", "train_0.5M_CN")
    until(lambda: site.gets(path))
    time.sleep(0.3)
    one.send_signal(signal.SIGINT)
    _, told = one.communicate(timeout=60)
    assert one.returncode == 130, told
    assert (folder / "raw/belle/train_0.5M_CN/.Belle_open_source_0.5M.json.part").stat().st_size == 10
    assert not (folder / "dataset_info").exists()
    site.faults[path] = []
    two = started(folder, "belle", "--download", "train_0.5M_CN")
    _, told = two.communicate(timeout=60)
    assert two.returncode == 0, told
    assert site.gets(path)[-1] == "bytes=10-"
    assert (folder / "raw/belle/train_0.5M_CN/Belle_open_source_0.5M.json").read_bytes() == body


def test_two_downloads_at_once_into_one_folder_fetch_each_file_once(site, tmp_path):
    serve_belle(site)
    path = resolved("BelleGroup/train_0.5M_CN", "Belle_open_source_0.5M.json")
    site.faults[path] = [Fault("stall")]
    both = [started(tmp_path, "belle", "--download", "train_0.5M_CN", "--dataset-dir", f"d{each}") for each in "12"]
    told = [each.communicate(timeout=90)[1] for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert site.gets(path) == ["", "bytes=10-"]
    assert "waiting for another download" in "".join(told)


def until(happened) -> None:
    for _ in range(300):
        if happened():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen within 30 seconds")


def test_a_server_of_web_pages_is_no_hub(site, tmp_path):
    site.faults["/api/datasets/a/b"] = [sends(b"<html>", "text/html")] * 5
    with pytest.raises(SourceError, match="no hub: its answer is no JSON"):
        download(hub(), tmp_path, ALL, HASTE)
