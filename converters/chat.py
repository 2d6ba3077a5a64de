"""One request to an OpenAI-compatible endpoint: what came back, or why nothing did and whether to try again.

With `downloads/transport.py` the only file that knows the network. HTTP/1.1, connections kept, no streaming. The key
goes to the endpoint's own host alone, in a header that httpx drops when it is sent on to another one; it stands in no
message, and neither does an address with its query.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

import httpx
import orjson

from converters import __version__
from converters.contract import SourceError
from converters.downloads.patience import retry_after
from converters.expansion.contract import Request
from converters.expansion.replies import (
    FailedError,
    HopelessError,
    RefusedError,
    Reply,
    UnstructuredError,
    Usage,
    reply_of,
    said,
)

__all__ = [
    "Chat",
    "Endpoint",
    "FailedError",
    "HopelessError",
    "RefusedError",
    "Reply",
    "UnstructuredError",
    "Usage",
    "endpoint",
]

Structured = Literal["json_schema", "json_object", "none"]
AGENT = f"llamafactory-ewc/{__version__} (dataset expansion; python-httpx)"
LONGEST_BODY = 4 << 20  # bytes, of each of the answers under way: a server that never ends must not fill the memory
FEW = 4  # connections of one client: httpx looks at all of its own for each request, which takes 2 ms of 64
LONG_KEY = 16  # characters
AGAIN = {408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529}
HOPELESS = {
    401: "is the key right? It is read from the environment variable that --key-env names",
    402: "the account has no balance left",
    404: "does the address end in /v1, and is the model served?",
    405: "is this the address of chat completions?",
}
_FORMATS = re.compile(r"response_format|json_schema|json_object|structured|guided", re.IGNORECASE)
_SPENT = re.compile(r"insufficient_quota|insufficient_balance|billing_hard_limit", re.IGNORECASE)


@dataclass(frozen=True)
class Endpoint:
    """`url` ends in /v1 or /chat/completions; `timeout`: seconds for a whole answer, `connect`: for a connection."""

    url: str
    key: str = field(default="", repr=False)  # tracebacks that show variables would show it
    timeout: float = 300.0
    connect: float = 20.0
    connections: int = 32

    @property
    def name(self) -> str:
        """The address without what may be secret in it."""
        try:
            parts = urlsplit(self.url)
        except ValueError:  # [ without ]
            return "none"
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def endpoint(url: str, key_variable: str, *, required: bool, timeout: float, connections: int) -> Endpoint:
    """The endpoint at an address, with the key that an environment variable holds. Raises SourceError."""
    # of http://user:pass/word@host only the @ is sure: nothing of it may be shown
    if "@" in url:
        raise SourceError(
            "--endpoint",
            expected="an address without a user or a password in it: it would stand in process lists",
            found="one with them",
            remedy=f"Put the key into the environment variable {key_variable}. (An @ of the path is written %40.)",
        )
    if not _can_be_asked(url):
        raise SourceError(
            "--endpoint",
            expected="an address such as http://localhost:8000/v1",
            found=Endpoint(url).name or "nothing",
        )
    key = os.environ.get(key_variable, "").strip()
    if not key and required:
        raise SourceError(f"--key-env {key_variable}", expected="an environment variable with the key", found="none")
    if not re.fullmatch(r"[!-~]*", key):
        raise SourceError(
            f"the key in {key_variable}", expected="printable ASCII without spaces", found="other characters in it"
        )
    return Endpoint(url, key, timeout, connections=connections)


def _can_be_asked(url: str) -> bool:
    try:
        parts = urlsplit(url)
        httpx.URL(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except (ValueError, httpx.InvalidURL):
        return False


class Chat:
    """An open client of one endpoint. `structured` is what it is asked for now, simpler once it was refused."""

    def __init__(self, server: Endpoint, structured: Structured = "json_schema") -> None:
        self.endpoint, self.structured = server, structured
        self.answered = 0
        self._url = _address(server.url)
        trusted = httpx.create_ssl_context()
        number = -(-server.connections // FEW)
        self._clients = [_client(server, trusted) for _ in range(number)]
        self._busy = [0] * number  # requests that each has under way

    async def __aenter__(self) -> Chat:
        return self

    async def __aexit__(self, *error: object) -> None:
        for client in self._clients:
            await client.aclose()

    @contextmanager
    def _client_with_least_to_do(self) -> Iterator[httpx.AsyncClient]:
        place = min(range(len(self._busy)), key=self._busy.__getitem__)
        self._busy[place] += 1
        try:
            yield self._clients[place]
        finally:
            self._busy[place] -= 1

    async def ask(self, request: Request, max_tokens: int, on_sent: Callable[[], None]) -> Reply:
        """The first choice of a chat completion; `on_sent` is called when the whole request is on its way.

        Raises FailedError, RefusedError, HopelessError and UnstructuredError.
        """
        wanted: Structured = self.structured if request.form else "none"
        body = _body(request, max_tokens, wanted)
        began = monotonic()
        try:
            found = await self._posted(self._url, body, on_sent)
        except RefusedError as error:
            if wanted != "none" and _FORMATS.search(error.detail):
                if self.structured == wanted:  # several may be refused at once
                    self.structured = "json_object" if wanted == "json_schema" else "none"
                raise UnstructuredError(error.detail) from error
            raise
        reply = reply_of(found, monotonic() - began)
        self.answered += 1
        return reply

    async def post_json(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Another address of the same server (`/score/evaluation`). Raises what `ask` raises."""
        url = self._url.copy_with(path=self._url.path.removesuffix("/chat/completions") + path)
        return await self._posted(url, orjson.dumps(body), lambda: None)

    async def _posted(self, url: httpx.URL, body: bytes, on_sent: Callable[[], None]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self.endpoint.timeout + self.endpoint.connect) as limit:

                def sent() -> None:
                    on_sent()
                    limit.reschedule(asyncio.get_running_loop().time() + self.endpoint.timeout)

                response, data = await self._exchanged(url, body, sent)
        except TimeoutError as error:
            raise FailedError("timeout", f"no whole answer within {self.endpoint.timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise _in_words(error) from error
        if response.request.method != "POST":
            raise HopelessError(
                f"status {response.history[0].status_code}: {self.endpoint.name} has moved",
                "Give the new address with --endpoint: " + Endpoint(str(response.url)).name,
            )
        if response.status_code >= 400:
            raise self._of_status(response, data.decode("utf-8", "replace"))
        return _object(self._without_long_key(data))

    async def _exchanged(
        self, url: httpx.URL, body: bytes, on_sent: Callable[[], None]
    ) -> tuple[httpx.Response, bytes]:
        with self._client_with_least_to_do() as client:
            request = client.build_request("POST", url, content=body, extensions={"trace": _told(on_sent)})
            request.extensions.setdefault("timeout", client.timeout.as_dict())
            response = await client.send(request, stream=True)
            try:
                return response, await _whole(response)
            finally:
                await response.aclose()

    def _of_status(self, response: httpx.Response, text: str) -> Exception:
        status, words = response.status_code, self._without_key(said(text))
        if status in HOPELESS or _SPENT.search(text) or (status == 403 and not self.answered):
            hint = HOPELESS.get(status, "see what it says" if status == 403 else "the account has no quota left")
            return HopelessError(f"status {status} from {self.endpoint.name}: {words}", f"{hint[0].upper()}{hint[1:]}.")
        if status in AGAIN:
            return FailedError(str(status), words, retry_after(response.headers.get("Retry-After")))
        return RefusedError(status, words)

    def _without_long_key(self, answer: bytes) -> bytes:
        """What a model says goes into a dataset. A short key ("EMPTY", where any will do) is a word like others."""
        key = self.endpoint.key.encode()
        return answer.replace(key, b"(key)") if len(key) >= LONG_KEY else answer

    def _without_key(self, text: str) -> str:
        """Some servers say a wrong key again."""
        return text.replace(self.endpoint.key, "(key)") if self.endpoint.key else text


def _client(server: Endpoint, trusted: ssl.SSLContext) -> httpx.AsyncClient:
    headers = {"User-Agent": AGENT, "Content-Type": "application/json", "Accept": "application/json"}
    return httpx.AsyncClient(
        http1=True,
        http2=False,
        verify=trusted,
        limits=httpx.Limits(max_connections=FEW, max_keepalive_connections=FEW),
        timeout=httpx.Timeout(server.timeout, connect=server.connect),
        headers=headers | ({"Authorization": f"Bearer {server.key}"} if server.key else {}),
        follow_redirects=True,
        max_redirects=5,
    )


async def _whole(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > LONGEST_BODY:
            raise FailedError("broken_body", f"more than {LONGEST_BODY:,} bytes")
    return b"".join(pieces)


def _address(url: str) -> httpx.URL:
    address = httpx.URL(url)
    path = address.path.rstrip("/")
    return address.copy_with(path=path if path.endswith("/chat/completions") else f"{path}/chat/completions")


def _body(request: Request, max_tokens: int, structured: Structured) -> bytes:
    body: dict[str, Any] = {"model": request.model, "messages": request.messages, **request.parameters}
    if body.get("max_tokens", max_tokens) is not None:
        body["max_tokens"] = max_tokens
    if request.form and structured == "json_schema":
        schema = {"name": request.task, "strict": True, "schema": request.form}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif request.form and structured == "json_object":
        body["response_format"] = {"type": "json_object"}
    # null takes a key out: some services refuse temperature, or know max_tokens by another name
    return orjson.dumps({name: value for name, value in body.items() if value is not None} | {"stream": False})


def _told(on_sent: Callable[[], None]) -> Callable[[str, Any], Awaitable[None]]:
    async def trace(event: str, info: Any) -> None:
        if event == "http11.send_request_body.complete":
            on_sent()

    return trace


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise FailedError("broken_body", said(data.decode("utf-8", "replace"))) from error
    if not isinstance(found, dict):
        raise FailedError("broken_body", f"a {type(found).__name__}, not an object")
    return found


def _in_words(error: Exception) -> FailedError | HopelessError:
    """Never httpx's own words where they may hold an address with its query."""
    name = type(error).__name__
    words = str(error).lower()
    if isinstance(error, httpx.TooManyRedirects):
        return HopelessError("a redirection without end", "Give the address that answers with --endpoint.")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return HopelessError(f"an address that cannot be asked ({name})", "Mend --endpoint.")
    if "certificate" in words:
        return HopelessError(
            "a TLS certificate that is not trusted", "Is a proxy in between? SSL_CERT_FILE names further authorities."
        )
    if "name or service not known" in words or "nodename nor servname" in words:
        return FailedError("connect", "the host's name is not known")
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        return FailedError("connect", f"no connection ({name})")
    if isinstance(error, httpx.TimeoutException):
        return FailedError("timeout", "no answer in time")
    if isinstance(error, httpx.DecodingError):
        return FailedError("broken_body", "a body that cannot be decompressed")
    return FailedError("reset", f"the connection broke off ({name})")
