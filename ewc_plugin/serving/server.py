"""How is a server of our own started, waited for, and stopped whatever happens? Its whole group of processes.

Ctrl-C, SIGTERM and SIGHUP stop it too. Only a SIGKILL of this process leaves it running.
"""

import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ewc_plugin.atomic import WriteError
from ewc_plugin.errors import EwcError

PAUSE = 0.5  # seconds between two looks at a server that is starting
LEAVE = 30.0  # seconds for a server to end by itself, before it is killed
# vLLM's front end sometimes waits for ever for an engine that has failed
ENGINE_FAILED = "EngineCore failed to start"
FAULT = re.compile(r"\b[\w.]*(?:Error|Exception|error): .+|\bValue error, .+")


class ServerError(EwcError):
    """A server of our own could not be started, or died."""


@dataclass(frozen=True)
class Server:
    """A process that is running, or was: `log` has all that it said."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def dead(self, within: float = 0.0) -> bool:
        """Whether it has ended, or does so in the next seconds: its last connection breaks a little before."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(within)
        return self.process.poll() is not None

    def died(self, doing: str) -> ServerError:
        code = self.process.poll()
        ended = "its engine failed" if code is None else f"it ended with status {code}"
        return ServerError(
            f"vLLM, {doing}",
            expected="a server that answers",
            found=f"{ended}: {said(self.log)}",
            remedy=f"All that it said: {self.log}. Arguments for it go into --vllm-args='…'.",
        )


@contextmanager
def running(
    command: Sequence[str], log: Path, *, ready: str, timeout: float, environment: Mapping[str, str]
) -> Iterator[Server]:
    """The server, once the URL `ready` answers. Raises ServerError where it dies, or `timeout` seconds are over."""
    with _ending_by_signals(), _opened(log) as stream:
        print("$", shlex.join(command), file=stream, flush=True)
        process = _started(command, stream, environment)
        try:
            server = Server(process, log)
            _wait(server, ready, timeout)
            yield server
        finally:
            _stop(process)


def free_port() -> int:
    """One of the loopback's that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def get(url: str, seconds: float = 5.0) -> bytes | None:
    """What the URL answers, past any proxy that the environment names; None where it does not."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=seconds) as reply:
            content: bytes = reply.read()
            return content
    except (OSError, http.client.HTTPException):
        return None


def said(log: Path, most: int = 3) -> str:
    """The last different errors in a log, or its last lines where it names none."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").split("\n")[1:] if line.strip()]
    faults = [found[0] for line in lines if " WARNING " not in line and (found := FAULT.search(line))]
    last = list(dict.fromkeys(reversed(faults)))[:most][::-1] or lines[-most:]
    return " | ".join(line[:300].rstrip(".") for line in last) or "nothing was said"


def _opened(log: Path) -> TextIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("w", encoding="utf-8")
    except OSError as problem:
        raise WriteError(
            str(log),
            expected="room and permission to write it",
            found=problem.strerror or str(problem),
            remedy="Free some space or mend the permissions, then try again.",
        ) from problem


def _started(command: Sequence[str], stream: TextIO, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    try:
        # a session of its own: Ctrl-C comes to us alone, and all that it starts can be stopped together
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    except OSError as problem:
        raise ServerError(
            command[0],
            expected="a command that can be run",
            found=problem.strerror or str(problem),
            remedy="Name the command of an environment with vLLM: --vllm /opt/vllm/bin/vllm.",
        ) from problem


def _wait(server: Server, ready: str, timeout: float) -> None:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if server.dead():
            raise server.died("while it started")
        if get(ready) is not None:
            return
        if ENGINE_FAILED in server.log.read_text(encoding="utf-8", errors="replace"):
            end = min(end, time.monotonic() + LEAVE)
        time.sleep(PAUSE)
    if ENGINE_FAILED in server.log.read_text(encoding="utf-8", errors="replace"):
        raise server.died("while it started")
    raise ServerError(
        f"vLLM, not ready after {timeout:g} s",
        expected=f"an answer from {ready}",
        found=f"none; it said last: {said(server.log)}",
        remedy=f"Give it longer (--vllm-timeout SECONDS). All that it said: {server.log}",
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    try:
        _signal(process, signal.SIGTERM)
        process.wait(LEAVE)
    except subprocess.TimeoutExpired:
        pass
    finally:  # also after a second Ctrl-C, and for workers that outlive their parent
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextmanager
def _ending_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end this process as Ctrl-C does: through every `finally`, not past it."""

    def leave(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    ours = threading.current_thread() is threading.main_thread()  # Python sets handlers nowhere else
    ends = [n for n in (signal.SIGTERM, signal.SIGHUP) if ours and signal.getsignal(n) is signal.SIG_DFL]
    for number in ends:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in ends:
            signal.signal(number, signal.SIG_DFL)
