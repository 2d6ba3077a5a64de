"""What the tests of downloads share: a real HTTP server that misbehaves on demand, and a source that asks it."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from converters.contract import Dataset, Download, Format, Source, Web
from converters.downloads.patience import Patience

SHA = "0123456789abcdef0123456789abcdef01234567"
HASTE = Patience(attempts=3, first_wait=0.01, longest_wait=0.02, longest_asked=5, connect=2, read=0.5)


@dataclass(frozen=True)
class Fault:
    """How one GET is answered wrongly; the next one is answered by the next fault, and rightly when none is left."""

    kind: str
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def breaks_after(count: int) -> Fault:
    return Fault("break", count)


def says(length_added: int) -> Fault:
    """A Content-Length that is longer or shorter than what is sent."""
    return Fault("lie", length_added)


def answers(status: int, **headers: str) -> Fault:
    return Fault("status", status, {name.replace("_", "-"): value for name, value in headers.items()})


def sends(body: bytes, content_type: str = "application/octet-stream") -> Fault:
    """Other bytes, with status 200, whatever is asked for."""
    return Fault("send", body, {"Content-Type": content_type})


def redirects(to: str) -> Fault:
    return Fault("status", 302, {"Location": to})


IGNORES_RANGE, STALLS, IGNORES_IF_RANGE = Fault("whole"), Fault("stall"), Fault("blind")


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Site:
    """`files` by path; `faults` of a path are used up one by one; `asked` is what came in."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    asked: list[Asked] = field(default_factory=list)
    plain: set[str] = field(default_factory=set)  # paths without ETag and Range
    answers: dict[str, Any] = field(default_factory=dict)  # JSON by path
    url: str = ""

    def gets(self, path: str) -> list[str]:
        """The Range of each GET of a path, "" for none."""
        return [each.headers.get("Range", "") for each in self.asked if each.method == "GET" and each.path == path]

    def etag(self, path: str) -> str:
        return f'"{hashlib.sha1(self.files[path]).hexdigest()}"'

    def dataset(self, name: str, files: dict[str, bytes], *, lfs: bool = True, licence: str = "gpl-3.0") -> None:
        """A dataset of Hugging Face: the two addresses that are asked."""
        self.answers[f"/api/datasets/{name}"] = {
            "id": name,
            "sha": SHA,
            "cardData": {"license": licence},
            "siblings": [_sibling(path, body, lfs=lfs) for path, body in files.items()],
        }
        for path, body in files.items():
            self.files[resolved(name, path)] = body

    def on_modelscope(self, name: str, files: dict[str, bytes]) -> None:
        listed = [
            {"Path": path, "Size": len(body), "Sha256": hashlib.sha256(body).hexdigest(), "Type": "blob"}
            for path, body in files.items()
        ]
        self.answers[f"/api/v1/datasets/{name}/repo/tree"] = {"Code": 200, "Success": True, "Data": {"Files": listed}}
        for path, body in files.items():
            self.files[f"/api/v1/datasets/{name}/repo?{path}"] = body


def resolved(name: str, path: str) -> str:
    return f"/datasets/{name}/resolve/{SHA}/{path}"


def _sibling(path: str, body: bytes, *, lfs: bool) -> dict[str, Any]:
    entry = {"rfilename": path, "size": len(body), "blobId": hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()}
    sha256 = hashlib.sha256(body).hexdigest()
    return entry | ({"lfs": {"size": len(body), "sha256": sha256, "pointerSize": 130}} if lfs else {})


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": site}))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _path(self) -> str:
        parts = urlsplit(self.path)
        inner = parse_qs(parts.query).get("FilePath")
        return f"{parts.path}?{inner[0]}" if inner else unquote(parts.path)

    def _serve(self) -> None:
        path, site = self._path(), self.site
        site.asked.append(Asked(self.command, path, {name.title(): value for name, value in self.headers.items()}))
        faults = site.faults[path]
        fault = faults.pop(0) if faults and self.command == "GET" else None
        if fault and fault.kind == "status":
            self._send(fault.value, b"", fault.headers)
        elif fault and fault.kind == "send":
            self._send(200, fault.value, fault.headers)
        elif path in site.answers:
            self._send(200, json.dumps(site.answers[path]).encode(), {"Content-Type": "application/json"})
        elif path not in site.files:
            self._send(404, b"", {})
        else:
            self._send_file(site.files[path], fault, plain=path in site.plain)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body if self.command == "GET" else b"")

    def _send_file(self, body: bytes, fault: Fault | None, *, plain: bool) -> None:
        kind, value = (fault.kind, fault.value) if fault else ("", None)
        etag = f'"{hashlib.sha1(body).hexdigest()}"'
        start = self._start(etag, blind=kind == "blind") if kind != "whole" and not plain else 0
        if start and start >= len(body):
            self._send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            return
        rest = body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if not plain:
            self.send_header("ETag", etag)
        length = len(rest) + (value if kind == "lie" else 0)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(rest[: value if kind == "break" else 10 if kind == "stall" else min(length, len(rest))])
        if kind == "stall":
            time.sleep(3)
        if kind in ("break", "lie", "stall"):
            self.close_connection = True

    def _start(self, etag: str, *, blind: bool) -> int:
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range", "")
        return int(found[1]) if found and (blind or condition in ("", etag)) else 0


def source(*downloads: Download) -> Source:
    shape = Format("any", "any", "line", lambda line: True, lambda line, context: ())
    dataset = Dataset("toy", "a task", 1.0, "x")
    return Source("toy", "task", "MIT", "https://example.org", (shape,), (dataset,), ("files",), downloads=downloads)


def from_web(site: Site, path: str) -> Source:
    return source(Download("set", Web(site.url + path, f"{site.url}/page"), "CC-BY-4.0"))
