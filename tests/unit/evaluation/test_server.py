"""A server of our own: real processes that start, fail, hang, and are always gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ewc_plugin.atomic import WriteError
from ewc_plugin.serving import server
from ewc_plugin.serving.server import ServerError, running, said

READY = "http://127.0.0.1:9/nobody-listens"
HANGS = (
    "import subprocess, sys, time; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); time.sleep(600)"
)


def start(code, log, *, timeout=5.0, ready=READY):
    return running([sys.executable, "-c", code], log, ready=ready, timeout=timeout, environment=dict(os.environ))


def alive(pid):
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def soon(what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("not within 20 s")


def last_number(log):
    words = log.read_text().split() if log.is_file() else []
    return int(words[-1]) if words and words[-1].isdigit() else 0


def test_a_server_that_ends_while_it_starts_is_reported_with_its_status_and_its_errors(tmp_path):
    code = "print('ValueError: rank 128 is too much'); print('bye'); raise SystemExit(1)"
    with pytest.raises(ServerError) as caught, start(code, tmp_path / "log"):
        pass
    assert "status 1: ValueError: rank 128 is too much" in str(caught.value)
    assert str(tmp_path / "log") in caught.value.remedy


def test_a_server_that_is_never_ready_is_reported_and_stopped_with_all_that_it_started(tmp_path):
    with (
        pytest.raises(ServerError, match=r"not ready after 2 s.*--vllm-timeout"),
        start(HANGS, tmp_path / "log", timeout=2),
    ):
        pass
    worker = last_number(tmp_path / "log")
    assert worker
    soon(lambda: not alive(worker))


def test_a_server_that_ignores_the_signal_to_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "LEAVE", 0.5)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + HANGS
    with pytest.raises(ServerError, match="not ready"), start(deaf, tmp_path / "log", timeout=2):
        pass
    soon(lambda: not alive(last_number(tmp_path / "log")))


def test_a_failed_engine_is_not_waited_for_until_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "LEAVE", 1.0)
    code = f"print('{server.ENGINE_FAILED}.\\nRuntimeError: no kernel', flush=True); import time; time.sleep(600)"
    started = time.monotonic()
    expected = "its engine failed: RuntimeError: no kernel"
    with pytest.raises(ServerError, match=expected), start(code, tmp_path / "log", timeout=600):
        pass
    assert time.monotonic() - started < 30


def test_a_server_is_stopped_when_what_it_is_used_for_fails(tmp_path):
    port = server.free_port()
    code = f"from http.server import *; HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()"
    seen = []

    def use(found):
        seen.append((found, found.dead()))
        raise KeyError("use")

    with pytest.raises(KeyError), start(code, tmp_path / "log", ready=f"http://127.0.0.1:{port}/") as found:
        use(found)
    ((found, dead),) = seen
    assert not dead
    assert found.dead()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_us_stops_the_server_too(tmp_path, number):
    ours = f"""
import os, sys
from pathlib import Path
from ewc_plugin.serving.server import running
with running([sys.executable, "-c", {HANGS!r}], Path({str(tmp_path / "log")!r}), ready={READY!r}, timeout=600,
             environment=dict(os.environ)):
    pass
"""
    process = subprocess.Popen([sys.executable, "-c", ours], stderr=subprocess.DEVNULL)
    worker = soon(lambda: last_number(tmp_path / "log"))
    assert alive(worker)
    process.send_signal(number)
    assert process.wait(30) != 0
    soon(lambda: not alive(worker))


def test_a_command_that_cannot_be_run_is_reported(tmp_path):
    how = {"ready": READY, "timeout": 5, "environment": {}}
    expected = "a command that can be run; found Permission denied"
    with pytest.raises(ServerError, match=expected), running([str(tmp_path)], tmp_path / "log", **how):
        pass


def test_a_log_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="room and permission"), start(HANGS, tmp_path / "file" / "log"):
        pass


def test_of_a_log_the_last_different_errors_are_told(tmp_path):
    too_long = "Value error, max_model_len (9) is greater"
    lines = [
        "$ vllm",
        "a WARNING [x.py] OSError: noise",
        "(a) KeyError: root",
        "(b) ERROR KeyError: root",
        too_long,
        "x",
    ]
    (tmp_path / "log").write_text("\n".join(lines))
    assert said(tmp_path / "log") == f"KeyError: root | {too_long}"
    (tmp_path / "log").write_text("$ vllm\none\ntwo")
    assert said(tmp_path / "log") == "one | two"
