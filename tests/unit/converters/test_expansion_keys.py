"""A key goes to its own server alone and stands nowhere else: no file, no message, no traceback, no process list."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest
from chat_world import chat_server, command, ended, texts, words

from converters.chat import Endpoint

KEY = "sk-Geheim0123456789abcdef"
HASTY = ("--retries", 1, "--patience", 1, "--timeout", 2, "--tasks", "qa")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EXPAND_API_KEY", KEY)


def shown_in(folder: Path, *told: str, secret: str = KEY) -> list[str]:
    """Where a secret, or most of it, stands, as it is or in base64; the server's own log left out."""
    parts = [secret.encode(), secret[:12].encode(), secret[-12:].encode(), base64.b64encode(secret.encode())[:16]]
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".log"]
    assert files
    found = [str(path) for path in files if any(part in path.read_bytes() for part in parts)]
    return found + [text for text in told if any(part in text.encode() for part in parts)]


def test_the_key_opens_its_server_and_stands_in_no_file_and_no_message(tmp_path, run):
    shares = {"429": 0.1, "500": 0.1, "broken_json": 0.1, "reset_body": 0.1, "not_json": 0.1}
    with chat_server(tmp_path, key=KEY, echo=True, shares=shares, faulty_attempts=1) as server:
        told = run(*words(texts(tmp_path, 30), server.url, "--tasks", "qa,summary"))
        assert {one.key for one in server.seen()} == {f"Bearer {KEY}"}
    assert told.code == 0, told.err
    assert (tmp_path / "expansion" / "bridges.journal.jsonl").stat().st_size > 10_000
    assert (tmp_path / "dataset_info" / "data" / "bridges_qa.manifest.json").exists()
    assert shown_in(tmp_path, told.out, told.err) == []


@pytest.mark.parametrize("fault", ["401", "403", "404", "400_context", "422", "500", "429", "429_quota", "402"])
def test_a_server_that_says_the_key_again_is_not_quoted(tmp_path, fault, run):
    with chat_server(tmp_path, always=fault, echo=True) as server:
        told = run(*words(texts(tmp_path, 3), server.url, *HASTY))
        assert server.seen()[0].key == f"Bearer {KEY}"
    assert told.code in (2, 3)
    assert shown_in(tmp_path, told.out, told.err) == []


BREAKS = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
import httpx
send = httpx.AsyncClient.send
async def breaks(self, request, **more):
    await send(self, request, **more)
    raise RuntimeError(f"{self!r} {request!r} {request.headers!r} {more!r}")
httpx.AsyncClient.send = breaks
from converters.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def test_neither_a_traceback_nor_the_log_of_every_library_shows_it(tmp_path):
    with chat_server(tmp_path) as server:
        asked = words(texts(tmp_path, 3), server.url, "--tasks", "qa")
        told = ended(command(tmp_path, *asked, program=("-X", "dev", "-c", BREAKS), PYTHONASYNCIODEBUG="1"))
    assert "Traceback" in told.err
    assert "RuntimeError" in told.err
    assert "DEBUG:httpcore" in told.err
    assert shown_in(tmp_path, told.out, told.err) == []


def test_a_variable_of_a_traceback_that_is_printed_does_not_show_it():
    assert KEY not in repr(Endpoint("http://localhost/v1", KEY))


def test_the_list_of_processes_does_not_show_it(tmp_path):
    with chat_server(tmp_path, latency=300) as server:
        running = command(tmp_path, *words(texts(tmp_path, 3), server.url, "--tasks", "qa"))
        while not server.log.read_bytes():
            time.sleep(0.02)
            assert running.poll() is None
        group = [running.pid, *_children(running.pid)]
        lines = [Path(f"/proc/{one}/cmdline").read_text(encoding="utf-8") for one in group]
        server.behave()
        assert ended(running).code == 0
    assert any("expand" in line for line in lines)
    assert all(KEY not in line for line in lines)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return [int(one) for one in found]


@pytest.mark.parametrize("status", ["307", "308"])
def test_a_redirect_to_another_port_is_followed_without_the_key(tmp_path, status, run):
    with chat_server(tmp_path, log="second.log") as second:
        elsewhere = f"{second.url}/chat/completions"
        with chat_server(tmp_path, always=status, redirect_to=elsewhere) as first:
            told = run(*words(texts(tmp_path, 3), first.url, *HASTY))
            assert {one.key for one in first.seen()} == {f"Bearer {KEY}"}
        assert told.code == 0, told.err
        assert {one.key for one in second.seen()} == {""}
        assert len(second.seen()) == 3


def test_a_redirect_to_another_name_of_the_same_machine_is_followed_without_the_key(tmp_path, run):
    with chat_server(tmp_path, log="second.log") as second:
        elsewhere = f"{second.url}/chat/completions".replace("127.0.0.1", "localhost")
        with chat_server(tmp_path, always="307", redirect_to=elsewhere) as first:
            told = run(*words(texts(tmp_path, 3), first.url, *HASTY))
        assert told.code == 0, told.err
        assert [one.key for one in second.seen()] == [""] * 3


def test_a_redirect_on_the_same_host_keeps_the_key(tmp_path, run):
    with chat_server(tmp_path, first=["307"], redirect_to="/v2/chat/completions") as server:
        told = run(*words(texts(tmp_path, 3), server.url, *HASTY))
        seen = server.seen()
    assert told.code == 0, told.err
    assert sorted(one.path for one in seen) == ["/v1/chat/completions"] * 3 + ["/v2/chat/completions"] * 3
    assert {one.key for one in seen} == {f"Bearer {KEY}"}


def test_each_server_sees_its_own_key_alone(tmp_path, run, monkeypatch):
    """Those of the samples and of the judge of `--pairs`."""
    monkeypatch.setenv("WEAK_KEY", "weak-0123456789")
    monkeypatch.setenv("JUDGE_KEY", "judge-0123456789")
    with (
        chat_server(tmp_path, key=KEY) as server,
        chat_server(tmp_path, log="weak.log", key="weak-0123456789") as weak,
        chat_server(tmp_path, log="judge.log", key="judge-0123456789") as judge,
    ):
        asked = words(texts(tmp_path, 5), server.url, "--pairs", "--score", "judge", "--score-model", "judge")
        samples = ("--pairs-endpoint", weak.url, "--pairs-key-env", "WEAK_KEY")
        told = run(*asked, *samples, "--score-endpoint", judge.url, "--score-key-env", "JUDGE_KEY")
        assert told.code == 0, told.err
        assert {one.key for one in server.seen()} == {f"Bearer {KEY}"}
        assert {one.key for one in weak.seen()} == {"Bearer weak-0123456789"}
        assert {one.key for one in judge.seen()} == {"Bearer judge-0123456789"}
    for secret in (KEY, "weak-0123456789", "judge-0123456789"):
        assert shown_in(tmp_path, told.out, told.err, secret=secret) == []


def test_an_address_that_has_moved_for_good_is_told_without_its_query(tmp_path, run):
    with chat_server(tmp_path, log="second.log") as second:
        elsewhere = f"{second.url}/chat/completions?signature={KEY}"
        with chat_server(tmp_path, always="301", redirect_to=elsewhere) as first:
            told = run(*words(texts(tmp_path, 3), first.url, *HASTY))
        assert second.seen() == []
    assert told.code == 2
    assert "has moved" in told.err
    assert shown_in(tmp_path, told.out, told.err) == []


@pytest.mark.parametrize(
    "key", [f"{KEY}\nX-Evil: 1", f"{KEY}密钥", f"{KEY} {KEY}", f"{KEY}\x7f", f"{KEY}\r\n\r\nGET /"]
)
def test_a_key_that_no_header_can_hold_is_told_and_not_shown(tmp_path, key, run, monkeypatch):
    with chat_server(tmp_path) as server:
        monkeypatch.setenv("EXPAND_API_KEY", key)
        told = run(*words(texts(tmp_path, 3), server.url))
        assert server.seen() == []
    assert told.code == 2
    assert "Traceback" not in told.err
    assert "EXPAND_API_KEY" in told.err
    assert shown_in(tmp_path, told.out, told.err) == []


def test_a_line_break_behind_a_key_is_no_part_of_it(tmp_path, run, monkeypatch):
    with chat_server(tmp_path, key=KEY) as server:
        monkeypatch.setenv("MINE", f"{KEY}\n")
        assert run(*words(texts(tmp_path, 3), server.url, "--key-env", "MINE")).code == 0


@pytest.mark.parametrize("password", [KEY, f"{KEY}/{KEY}", f"{KEY}?x", f"{KEY}#x", f"{KEY}@x", f":{KEY}"])
def test_a_password_in_the_address_is_refused_and_not_shown(tmp_path, password, run):
    with chat_server(tmp_path) as server:
        url = server.url.replace("//", f"//user:{password}@")
        told = run(*words(texts(tmp_path, 3), url))
        assert server.seen() == []
    assert told.code == 2
    assert "Traceback" not in told.err
    assert shown_in(tmp_path, told.out, told.err) == []


def test_a_key_in_the_query_of_the_address_is_sent_and_not_shown(tmp_path, run):
    with chat_server(tmp_path, lasting={"500": 0.3, "422": 0.3}) as server:
        told = run(*words(texts(tmp_path, 9), f"{server.url}?api-key={KEY}", *HASTY))
        assert {one.path for one in server.seen()} == {f"/v1/chat/completions?api-key={KEY}"}
    assert told.code == 3
    assert shown_in(tmp_path, told.out, told.err) == []


def test_a_password_of_a_proxy_that_does_not_answer_is_not_shown(tmp_path, run, monkeypatch):
    with chat_server(tmp_path) as server:
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{KEY}@127.0.0.1:1")
        told = run(*words(texts(tmp_path, 3), server.url.replace("127.0.0.1", "example.invalid"), *HASTY))
    assert told.code == 3
    assert shown_in(tmp_path, told.out, told.err) == []


def test_a_netrc_file_gives_no_password_to_anybody(tmp_path, run, monkeypatch):
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login user password {KEY}\n", encoding="utf-8")
    with chat_server(tmp_path) as server:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("EXPAND_API_KEY")
        assert run(*words(texts(tmp_path, 3), server.url)).code == 0
        assert {one.key for one in server.seen()} == {""}
