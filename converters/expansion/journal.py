"""The journal of an expansion: every attempt and every answer, one line each, appended by one process.

What stands in it is paid for and never asked again. A line is written in one piece; of a run that was killed the last
one may be torn, and is cut off when the next run opens the file.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import filelock
import orjson

from converters import __version__
from converters.contract import SourceError
from converters.expansion.contract import Request
from converters.expansion.totals import Standing, Totals

VERSION = 1
REFUSED = "refused_"  # and a status: the cause of a refusal that did not settle its request
RECENT = 120.0  # seconds: longer than any window of a limit
SUFFIX = ".journal.jsonl"
BEGINNING = b'{"event":"journal","version":'
# causes of failures that no model worked for; after any other (a connection that broke, an answer that came too late
# or mangled) the server may have charged for an answer
UNCHARGED = {"429", "500", "503", "529", "connect", "no_response_format", "hopeless", "stopped"}

Line = dict[str, Any]


class Journal:
    """`totals` are kept up to date. Use as a context: the file is locked for as long as it is open."""

    def __init__(self, path: Path) -> None:
        self.path, self.totals, self.torn = path, Totals(), 0
        self._finals: dict[bytes, int] = {}  # id -> where its line begins
        self._open: dict[bytes, Standing] = {}
        self._recent: dict[tuple[bytes, int], tuple[float, int]] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(path.with_name(f".{path.name}.lock"))

    def __enter__(self) -> Journal:
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise SourceError(
                str(self.path),
                expected="a journal that no other process writes",
                found="one that is being written",
                remedy="Wait for the other run, or give this one another journal with --journal. Nothing was asked.",
            ) from error
        try:
            self._mend()
            self._load()
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            self._end = os.path.getsize(self.path)
            if not self._end:
                self._write({"event": "journal", "version": VERSION, "created_by": f"llamafactory-ewc {__version__}"})
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.flush()
        os.close(self._file)
        self._lock.release()  # its file stays: whoever deletes it takes the lock from one who waits

    # ---- what is known

    def is_final(self, request: str) -> bool:
        return bytes.fromhex(request) in self._finals

    def standing(self, request: str) -> Standing:
        return self._open.get(bytes.fromhex(request)) or Standing()

    @property
    def final_count(self) -> int:
        return len(self._finals)

    def final(self, request: str) -> Line | None:
        """The line that settled a request."""
        place = self._finals.get(bytes.fromhex(request))
        if place is None:
            return None
        with self.path.open("rb") as stream:
            stream.seek(place)
            return dict(orjson.loads(stream.readline()))

    def finals(self) -> Iterator[Line]:
        """The lines that settled requests, in the order in which they were settled."""
        with self.path.open("rb") as stream:
            yield from finals(lines(stream, str(self.path)))

    def recent(self) -> list[tuple[float, int]]:
        """(seconds ago, tokens) of what was sent shortly before the journal was opened, the oldest first."""
        now = time.time()
        return sorted(((now - at, tokens) for at, tokens in self._recent.values()), reverse=True)

    # ---- what happens

    def sent(self, request: Request, estimate: int, most: int = 0) -> int:
        """Before an attempt; returns its number. `estimate`: tokens of the prompt, until the server has counted.

        `most`: tokens that the answer can have.
        """
        standing = self._open.setdefault(bytes.fromhex(request.id), Standing())
        line = {"event": "sent", "id": request.id, "attempt": standing.attempts + 1}
        self._take(line | {"at": round(time.time(), 3), "prompt": estimate, "most": most})
        return standing.attempts

    def failed(self, request: Request, attempt: int, cause: str, detail: str) -> None:
        line = {"event": "failed", "id": request.id, "attempt": attempt, "cause": cause}
        self._take(line | {"detail": detail})

    def answered(self, request: Request, attempt: int, answer: Mapping[str, Any], *, final: bool, fault: str) -> None:
        """`answer`: text, finish, usage, seconds; `fault`: why its form is no good."""
        line = {"event": "answered", "id": request.id, "attempt": attempt, **answer, "final": final, "fault": fault}
        self._take(line | (_whose(request) if final else {}))

    def refused(self, request: Request, attempt: int, status: int, detail: str) -> None:
        line = {"event": "refused", "id": request.id, "attempt": attempt, "status": status, "detail": detail}
        self._take(line | {"final": True} | _whose(request))

    def flush(self) -> None:
        os.fsync(self._file)

    def _take(self, line: Line) -> None:
        place = self._write(line)
        self._count(line, place)

    def _write(self, line: Line) -> int:
        data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        place = self._end
        written = 0
        try:
            while written < len(data):  # a full disk takes a part, and raises for the rest
                written += os.write(self._file, data[written:])
        except OSError as error:
            os.ftruncate(self._file, place)
            raise SourceError(
                str(self.path),
                expected="room for one more line",
                found=error.strerror or str(error),
                remedy="What is in the journal is kept. Make room, and run the same command again.",
            ) from error
        self._end += len(data)
        return place

    def _mend(self) -> None:
        """Cut a torn last line off; a whole one that only lacks its line break gets it."""
        if not self.path.exists():
            return
        with self.path.open("rb+") as stream:
            size = stream.seek(0, os.SEEK_END)
            start = _last_line(stream, size)
            stream.seek(start)
            last = stream.read()
            if not last:
                return
            try:
                whole = isinstance(orjson.loads(last), dict)
            except orjson.JSONDecodeError:
                whole = False
            if whole:
                stream.write(b"\n")
            else:
                self.torn = len(last)
                stream.truncate(start)

    def _load(self) -> None:
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            place, since = 0, time.time() - RECENT
            for number, data in enumerate(stream, start=1):
                line = _line(data, str(self.path), number)
                self._count(line, place)
                self._remember(line, since)
                place += len(data)
        for standing in self._open.values():
            standing.under_way = standing.most = 0  # of a run that was killed: paid for, perhaps, and lost

    def _remember(self, line: Line, since: float) -> None:
        """A clock that was set back makes something of the future: it counts as of now."""
        if line["event"] == "journal":
            return
        key = bytes.fromhex(line["id"]), line["attempt"]
        if line["event"] == "sent" and line["at"] > since:
            self._recent[key] = min(line["at"], time.time()), line["prompt"] + line.get("most", 0)
        elif line["event"] == "answered" and key in self._recent and line["usage"]:
            self._recent[key] = self._recent[key][0], line["usage"]["prompt"] + line["usage"]["completion"]

    def _count(self, line: Line, place: int) -> None:
        if line["event"] == "journal":
            return
        key, totals = bytes.fromhex(line["id"]), self.totals
        standing = self._open.setdefault(key, Standing())
        if line["event"] == "sent":
            standing.attempts = line["attempt"]
            standing.under_way, standing.most = line["prompt"], line.get("most", 0)
            totals.sent += 1
            totals.estimated_prompt += line["prompt"]
            totals.uncertain += standing.most
        elif line["event"] == "failed":
            standing.refusals += line["cause"].startswith(REFUSED)
            totals.failed[line["cause"]] = totals.failed.get(line["cause"], 0) + 1
            totals.uncertain -= standing.most if line["cause"] in UNCHARGED else 0
        elif line["event"] == "answered":
            self._count_answer(line, standing)
        else:
            totals.refused += 1
            totals.estimated_prompt -= standing.under_way  # refused before anything was read
            totals.uncertain -= standing.most
        if line.get("final"):
            self._finals.setdefault(key, place)
            self._open.pop(key, None)

    def _count_answer(self, line: Line, standing: Standing) -> None:
        self.totals.answered += 1
        self.totals.uncertain -= standing.most
        standing.unread += 1
        usage = line["usage"]
        if usage is None:
            self.totals.estimated_completion += len(line["text"])  # a token a character is the most
            return
        self.totals.estimated_prompt -= standing.under_way
        self.totals.prompt += usage["prompt"]
        self.totals.completion += usage["completion"]


def settled(path: Path) -> set[str]:
    """The ids that stand in a journal with their end, which may be written at this moment; none without a file."""
    if not path.exists():
        return set()
    with path.open("rb") as stream:
        return {line["id"] for line in finals(lines(stream, str(path)))}


def _whose(request: Request) -> Line:
    return {
        "task": request.task,
        "version": request.version,
        "model": request.model,
        "about": dict(request.about),
        "passage": request.passage.as_json() if request.passage else None,
    }


def _last_line(stream: IO[bytes], size: int) -> int:
    """Where the bytes behind the last line break begin."""
    place = size
    while place:
        step = min(1 << 16, place)
        stream.seek(place - step)
        found = stream.read(step).rfind(b"\n")
        if found >= 0:
            return place - step + found + 1
        place -= step
    return 0


def lines(stream: Iterable[bytes], name: str) -> Iterator[Line]:
    """The lines of a journal; a torn last one is left out. Raises SourceError for any other that is none."""
    held: bytes | None = None
    number = 0
    for number, data in enumerate(stream, start=1):
        if held is not None:
            yield _line(held, name, number - 1)
        held = data
    if held is None:
        return
    try:
        yield _line(held, name, number)
    except SourceError:
        if held.endswith(b"\n"):
            raise


def finals(found: Iterable[Line]) -> Iterator[Line]:
    """The first final line of each request."""
    seen: set[bytes] = set()
    for line in found:
        if line.get("final") and (key := bytes.fromhex(line["id"])) not in seen:
            seen.add(key)
            yield line


def _line(data: bytes, name: str, number: int) -> Line:
    try:
        found = orjson.loads(data)
        if number == 1:
            _require_version(found, name)
        if isinstance(found, dict) and (found["event"] == "journal" or len(bytes.fromhex(found["id"])) == 16):
            return found
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        pass
    raise SourceError(
        f"{name}, line {number}",
        expected="a line of a journal of ours, begun with its version" if number == 1 else "a line of a journal",
        found=data[:80].decode("utf-8", "backslashreplace").strip() or "nothing",
        remedy="A journal is only appended to. Take that line out, or name another file with --journal.",
    )


def _require_version(found: Any, name: str) -> None:
    if isinstance(found, dict) and found.get("event") == "journal" and found.get("version") != VERSION:
        raise SourceError(name, expected=f"a journal of version {VERSION}", found=f"version {found.get('version')}")
    if not isinstance(found, dict) or found.get("event") != "journal":
        raise ValueError
