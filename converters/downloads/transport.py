"""The only file that knows the network: listings of the hubs, small texts, and one request for the bytes of a file.

The hubs' own libraries list and authenticate. The bytes are asked for here, because these libraries compare lengths and
no digests (huggingface_hub), or resume without asking whether the file is still the same. Tokens go to their own hub
alone, in a header that requests drops when it is sent on to another host, and stand in no message.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import requests
import urllib3

from converters import __version__
from converters.downloads.patience import Patience, retry_after
from converters.downloads.wanted import Digest, Entry, Listing, Server, Validators

AGENT = f"llamafactory-ewc/{__version__} (dataset download; python-requests)"
PIECE = 1 << 18
AGAIN = {408, 425, 429, 500, 502, 503, 504, 520, 522, 524}
GITHUB = "GITHUB_ENDPOINT", "https://github.com"
WIKIMEDIA = "WIKIMEDIA_ENDPOINT", "https://dumps.wikimedia.org"


class BrokenError(Exception):
    """Something that may go better next time; `asked` are the seconds that the server wants to be left alone for."""

    def __init__(self, reason: str, asked: float | None = None) -> None:
        super().__init__(reason)
        self.asked = asked


class RefusedError(Exception):
    """An answer that will be the same next time: its status, or 0 with a reason."""

    def __init__(self, status: int, reason: str = "") -> None:
        super().__init__(reason or f"HTTP {status}")
        self.status = status


@dataclass(frozen=True)
class Answer:
    """`start` is where in the file its bytes begin; `length` is how many it announces (None: it does not say)."""

    status: int
    start: int
    length: int | None
    content_type: str
    validators: Validators
    pieces: Iterator[bytes]


def base_of(variable: tuple[str, str]) -> str:
    """An address that a mirror may stand in for, as HF_ENDPOINT does for the hub."""
    return (os.environ.get(variable[0]) or variable[1]).rstrip("/")


def shown(url: str) -> str:
    """An address without what may be secret in it: its user, and the query where signatures stand."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def uses_modelscope() -> bool:
    """As LLaMA-Factory reads it."""
    return os.environ.get("USE_MODELSCOPE_HUB", "0").lower() in ("true", "y", "1")


class Transport:
    """One session: connections are kept, proxies come from the environment."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})

    @contextmanager
    def opened(self, url: str, server: Server, *, start: int = 0, condition: str = "") -> Iterator[Answer]:
        """Raises BrokenError and RefusedError; a status of 416 is an answer, whose validators hold the whole length."""
        headers = {"Range": f"bytes={start}-"} | ({"If-Range": condition} if condition else {}) if start else {}
        with self._asked("GET", url, server, headers) as response:
            yield _answer(response)

    def validators(self, url: str, server: Server) -> Validators:
        """What a HEAD says; nothing where a server does not answer it."""
        try:
            with self._asked("HEAD", url, server, {}) as response:
                return _validators(response)
        except RefusedError as error:
            if error.status in (405, 501):
                return Validators()
            raise

    def text(self, url: str, server: Server) -> str:
        with self.opened(url, server) as answer:
            return b"".join(answer.pieces).decode("utf-8", "replace")

    @contextmanager
    def _asked(self, method: str, url: str, server: Server, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        try:
            response = self._session.request(
                method,
                url,
                headers=dict(headers),
                auth=_Bearer(token_for(server)),
                stream=True,
                allow_redirects=True,
                timeout=(self.patience.connect, self.patience.read),
            )
        except requests.RequestException as error:
            raise _in_words(error) from error
        with response:
            if response.status_code in AGAIN:
                asked = retry_after(response.headers.get("Retry-After"))
                raise BrokenError(f"HTTP {response.status_code} {response.reason}".strip(), asked)
            if response.status_code >= 400 and response.status_code != 416:
                raise RefusedError(response.status_code, f"HTTP {response.status_code} {response.reason}".strip())
            yield response

    def on_huggingface(self, dataset: str) -> Listing:
        """The files of a dataset at the commit that its main branch points to."""
        from huggingface_hub import HfApi, get_token, hf_hub_url

        endpoint = os.environ.get("HF_ENDPOINT") or None
        with _told_by_hub():
            # datasets of thousands of files come in one answer
            api = HfApi(endpoint, token=get_token() or False, user_agent=AGENT)
            info = api.dataset_info(dataset, files_metadata=True, timeout=self.patience.read)
        revision = info.sha or "main"
        return Listing(
            revision,
            tuple(
                Entry(
                    item.rfilename,
                    hf_hub_url(dataset, item.rfilename, repo_type="dataset", revision=revision, endpoint=endpoint),
                    item.size,
                    _hub_digest(item),
                )
                for item in info.siblings or []
            ),
            _licence(info.card_data),
        )

    def on_modelscope(self, dataset: str) -> Listing:
        try:
            from modelscope_hub import HubApi
            from modelscope_hub.config import HubConfig
        except ImportError as error:
            raise RefusedError(0, "modelscope is too old for this: pip install -U modelscope") from error

        logging.getLogger("modelscope_hub").setLevel(logging.ERROR)  # what it retries is told here
        with _told_by_hub():
            api = HubApi(HubConfig())
            files = [item for item in api.list_repo_files(dataset, "dataset") if not item.is_dir]
        base = f"{modelscope_endpoint()}/api/v1/datasets/{dataset}/repo?Source=SDK&Revision=master&View=False&FilePath="
        return Listing(
            "master",
            tuple(
                Entry(
                    item.path,
                    base + quote(item.path, safe=""),
                    item.size or None,
                    Digest("sha256", item.sha256) if item.sha256 else None,
                )
                for item in files
            ),
        )


class _Bearer(requests.auth.AuthBase):
    """Set always, also without a token: otherwise requests takes a password out of ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def token_for(server: Server) -> str:
    if server == "huggingface":
        from huggingface_hub import get_token

        return get_token() or ""
    return _modelscope_token() if server == "modelscope" else ""


def _modelscope_token() -> str:
    from modelscope_hub.config import HubConfig

    return HubConfig().token or ""


def modelscope_endpoint() -> str:
    from modelscope_hub.config import HubConfig

    return (HubConfig().endpoint or "").rstrip("/")


def _hub_digest(item: Any) -> Digest | None:
    if item.lfs is not None:
        return Digest("sha256", item.lfs.sha256)
    return Digest("git", item.blob_id) if item.blob_id else None


def _licence(card: Any) -> str:
    """From the head of a dataset card: a text or a list of texts."""
    stated = getattr(card, "license", None) or ""
    return ", ".join(map(str, stated)) if isinstance(stated, list) else str(stated)


@contextmanager
def _told_by_hub() -> Iterator[None]:
    """What the hubs' libraries raise, in the two kinds that are known here."""
    import httpx

    try:
        yield
    except (requests.RequestException, httpx.HTTPError, OSError) as error:
        raise _of_status(error) from error
    except json.JSONDecodeError as error:
        raise RefusedError(0, "no hub: its answer is no JSON (a login page, a proxy, a wrong HF_ENDPOINT?)") from error
    except Exception as error:  # modelscope's own errors have no common ancestor but Exception
        if not type(error).__module__.startswith(("modelscope", "huggingface_hub")):
            raise
        raise _of_status(error) from error


def _of_status(error: Exception) -> BrokenError | RefusedError:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None) or getattr(error, "status_code", None)
    if isinstance(status, int):
        headers = getattr(response, "headers", None) or {}
        asked = retry_after(headers.get("Retry-After")) if status in AGAIN else None
        return BrokenError(f"HTTP {status}", asked) if status in AGAIN else RefusedError(status)
    if "Offline" in type(error).__name__:
        return RefusedError(0, "HF_HUB_OFFLINE forbids the network")
    return _in_words(error)


def _in_words(error: Exception) -> BrokenError | RefusedError:
    """Never the library's own words: they hold whole addresses, signatures included."""
    name = type(error).__name__
    if isinstance(error, requests.TooManyRedirects):
        return RefusedError(0, "a redirection without end")
    if isinstance(error, requests.exceptions.InvalidSchema | requests.exceptions.InvalidURL):
        return RefusedError(0, "an address that is no http or https")
    if "Timeout" in name:
        return BrokenError("no answer in time")
    if "SSL" in name or "certificate" in str(error).lower():
        return BrokenError("no trusted connection (TLS): is a proxy in between?")
    if "Proxy" in name:
        return BrokenError("the proxy (HTTPS_PROXY) does not answer")
    return BrokenError(f"the connection failed ({name})")


def _answer(response: requests.Response) -> Answer:
    start, total = _content_range(response.headers.get("Content-Range", ""))
    return Answer(
        response.status_code,
        start if response.status_code == 206 else 0,
        _length(response),
        response.headers.get("Content-Type", ""),
        Validators(
            response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), total or _length(response)
        ),
        _pieces(response),
    )


def _validators(response: requests.Response) -> Validators:
    return Validators(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""), _length(response))


def _length(response: requests.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() and not response.headers.get("Content-Encoding") else None


def _content_range(header: str) -> tuple[int, int | None]:
    """(first byte, whole length) of `bytes 5-9/10` and of `bytes */10`."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", header.strip())
    if not found:
        return 0, None
    return int(found[1] or 0), None if found[2] == "*" else int(found[2])


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """As they arrive: whoever waits for a full piece loses what came of it when the connection breaks."""
    read = getattr(response.raw, "read1", response.raw.read)
    try:
        while piece := read(PIECE):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        stalled = isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError)
        raise BrokenError("no more bytes in time" if stalled else "the connection broke off") from error
