"""What the tests of expansion share: a running chat server, what it saw, and counts of it too simple to err."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from chat_behaviour import Behaviour

REPOSITORY = Path(__file__).resolve().parents[1]
SERVER = Path(__file__).with_name("chat_server.py")
TEXT = (
    "第{}座石桥建成于明代，桥长四十二米，由当地石匠用青石砌成。桥头立有石碑，记载了捐资者的姓名。清代曾经重修一次。"
    "桥下河水自西向东流，汛期水位可达三米。附近的村民每年三月都要在桥上办一次集市，买卖种子和农具。"
)
US = ("-m", "converters")
Running: TypeAlias = "subprocess.Popen[str]"


@dataclass(frozen=True)
class Seen:
    """One request, as the server has it in its log; `status` 0: it was not done with."""

    number: int
    at: float
    wall: float
    digest: str
    attempt: int
    key: str
    connection: int
    fault: str
    early: float
    tokens: tuple[int, int]
    path: str
    form: str
    done: float = 0.0
    status: int = 0
    whole: bool = False
    usage: tuple[int, int] = (0, 0)
    content: str | None = None

    @property
    def answered(self) -> bool:
        """A completion went out to its end."""
        return self.whole and self.status == 200


@dataclass
class Served:
    url: str
    log: Path
    process: subprocess.Popen[str]

    def seen(self) -> list[Seen]:
        """In the order in which they came; what was answered just now is waited for, until its line stands there."""
        for _ in range(20):
            seen = self._read()
            if all(one.done for one in seen):
                break
            time.sleep(0.02)
        return seen

    def _read(self) -> list[Seen]:
        came: dict[int, dict[str, Any]] = {}
        for line in self.log.read_text(encoding="utf-8").split("\n")[:-1]:
            entry = json.loads(line)
            event, at = entry.pop("event"), entry.pop("at")
            came.setdefault(entry["number"], {"at": at}).update(entry | ({"done": at} if event == "out" else {}))
        return [Seen(**_with_pairs(entry)) for entry in came.values()]

    def behave(self, **behaviour: Any) -> None:
        """From now on."""
        asked = urllib.request.Request(
            f"{self.url}/behaviour", data=Behaviour(**behaviour).as_json().encode(), method="PUT"
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=30).close()


def _with_pairs(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}


@contextmanager
def chat_server(folder: Path, *, log: str = "server.log", port: int = 0, **behaviour: Any) -> Iterator[Served]:
    """A process of its own: a client may be killed beside it, and it cannot see what the client means."""
    command = [sys.executable, str(SERVER), "--log", str(folder / log), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--behaviour", Behaviour(**behaviour).as_json()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Served(f"http://127.0.0.1:{int(process.stdout.readline())}/v1", folder / log, process)
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def texts(folder: Path, count: int) -> Path:
    """Passages of their own texts, one of each number."""
    path = folder / "texts.jsonl"
    lines = [{"title": f"第{number}座石桥", "text": TEXT.format(number)} for number in range(count)]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def words(file: Path, url: str, *further: str | int | float) -> list[str]:
    """Of the command that expands these texts at a server, without the interpreter."""
    reading = ["expand", "custom", str(file), "--columns", "text=text,title=title", "--licence", "CC0-1.0"]
    return [*reading, "--name", "bridges", "--endpoint", url, "--model", "test", *map(str, further)]


def command(
    folder: Path, *arguments: str, program: Sequence[str] = ("-m", "converters"), **environment: str
) -> Running:
    """`python -m converters …` in a folder, as a process of its own."""
    return subprocess.Popen(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


# `python -m converters`, which says at its end how much memory it had at most; getrusage would count the parent's
TELLING_PEAK = """
import re, sys
from pathlib import Path
from converters.__main__ import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))[1])
sys.exit(code)
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def ended(running: Running, *, within: float = 120) -> Ran:
    out, err = running.communicate(timeout=within)
    return Ran(running.returncode, out, err)


def most_in_a_window(moments: Sequence[tuple[float, int]], window: float) -> int:
    """The largest sum of what came in any (t − window, t]: from each moment back, one by one."""
    ordered, most = sorted(moments), 0
    for last, (end, _) in enumerate(ordered):
        here, place = 0, last
        while place >= 0 and ordered[place][0] > end - window:
            here += ordered[place][1]
            place -= 1
        most = max(most, here)
    return most
