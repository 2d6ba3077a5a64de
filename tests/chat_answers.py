"""What does the test server say? Completions made of the passage that it was asked about, and lies of every kind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

from chat_behaviour import Behaviour
from chat_contents import good

JSON = "application/json"


@dataclass(frozen=True)
class Said:
    """`length` None: the body comes in chunks and has no known end. `usage` is billed: prompt, completion."""

    status: int
    body: bytes
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = -1
    usage: tuple[int, int] = (0, 0)
    content: str | None = None

    def head(self) -> bytes:
        length = len(self.body) if self.length == -1 else self.length
        framing = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        lines = [f"HTTP/1.1 {self.status} Said", f"Content-Type: {self.kind}"]
        lines += [f"{name}: {value}" for name, value in (framing, *self.headers)]
        return "\r\n".join([*lines, "", ""]).encode()


def body_of(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw)
    assert isinstance(body, dict)
    return body


def prompt_tokens(body: Mapping[str, Any], behaviour: Behaviour) -> int:
    return sum(behaviour.count(message["content"]) for message in body["messages"])


def said(body: Mapping[str, Any], fault: str, behaviour: Behaviour, *, key: str) -> Said:
    answer = _said(body, fault, behaviour, key=key)
    if behaviour.echo and answer.status >= 400:
        document = {"error": {"message": f"{key.removeprefix('Bearer ')} is the wrong key. You sent: {key}"}}
        return replace(answer, body=json.dumps(document).encode(), kind=JSON)
    if behaviour.echo:
        full_stop = rb"\u3002"
        return replace(answer, body=answer.body.replace(full_stop, full_stop + key.encode(), 1))
    return answer


def _said(body: Mapping[str, Any], fault: str, behaviour: Behaviour, *, key: str) -> Said:
    if behaviour.key and key != f"Bearer {behaviour.key}":
        return _error(401, "Incorrect API key provided", "invalid_api_key")
    if fault in REFUSED:
        return REFUSED[fault](behaviour)
    if refused := _form_refused(body, behaviour):
        return refused
    return _completion(body, fault, behaviour)


def _error(status: int, message: str, code: str = "", **headers: str) -> Said:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code or None}}
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Said(status, json.dumps(body).encode(), headers=named)


def limited(after: str = "") -> Said:
    headers = {"Retry_After": after} if after else {}
    return _error(429, "Rate limit reached for requests", "rate_limit_exceeded", **headers)


def _moved(status: int) -> Callable[[Behaviour], Said]:
    return lambda behaviour: Said(status, b"", headers=(("Location", behaviour.redirect_to),))


def _page(status: int) -> Callable[[Behaviour], Said]:
    page = "<!DOCTYPE html><html><body>登录 504 Gateway Time-out</body></html>".encode()
    return lambda behaviour: Said(status, page, kind="text/html; charset=utf-8")


REFUSED: Mapping[str, Callable[[Behaviour], Said]] = {
    "429": lambda behaviour: limited(),
    "429_seconds": lambda behaviour: limited(f"{behaviour.retry_after:g}"),
    "429_date": lambda behaviour: limited(formatdate(time.time() + behaviour.retry_after, usegmt=True)),
    "429_nonsense": lambda behaviour: limited("²"),
    "429_quota": lambda behaviour: _error(429, "You exceeded your current quota", "insufficient_quota"),
    "500": lambda behaviour: _error(500, "The server had an error"),
    "502": _page(502),
    "503": lambda behaviour: _error(503, "The engine is overloaded", Retry_After=f"{behaviour.retry_after:g}"),
    "400_context": lambda behaviour: _error(
        400, "This model's maximum context length is 4096 tokens", "context_length_exceeded"
    ),
    "400_filter": lambda behaviour: _error(400, "The prompt was filtered", "content_filter"),
    "400_parameter": lambda behaviour: _error(400, "Unsupported value: 'temperature'", "unsupported_value"),
    "422": lambda behaviour: Said(422, b'{"detail": [{"loc": ["body"], "msg": "invalid", "type": "value_error"}]}'),
    "401": lambda behaviour: _error(401, "Incorrect API key provided", "invalid_api_key"),
    "402": lambda behaviour: _error(402, "Insufficient Balance"),
    "403": lambda behaviour: _error(403, "Country not supported"),
    "404": lambda behaviour: _error(404, "The model does not exist", "model_not_found"),
    "301": _moved(301),
    "307": _moved(307),
    "308": _moved(308),
    "html": _page(200),
}


def _form_refused(body: Mapping[str, Any], behaviour: Behaviour) -> Said | None:
    """Servers know text < json_object < json_schema, and most refuse what they do not know."""
    known = ("", "text", "json_object", "json_schema")
    asked = (body.get("response_format") or {}).get("type", "")
    if known.index(asked) <= known.index(behaviour.forms or "text"):
        return None
    return _error(400, f"This response_format type {asked} is not supported now")


def _completion(body: Mapping[str, Any], fault: str, behaviour: Behaviour) -> Said:
    content, finish = CONTENTS.get(fault, lambda text: text)(good(body)), "stop"
    prompt = prompt_tokens(body, behaviour)
    room = body.get("max_tokens") or body.get("max_completion_tokens") or 1 << 20
    if fault in ("length", "content_filter"):
        content, finish = content[: len(content) // 2], fault
    if behaviour.count(content) > room:
        content, finish = content[: max(1, int(room / behaviour.tokens_per_character))], "length"
    usage = prompt, min(behaviour.count(content), room)
    document = {
        "id": "chatcmpl-test",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.get("model", ""),
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)},
    }
    answer = Said(200, b"", usage=usage, content=content)
    return replace(answer, body=_written(document, content, fault))


def _written(document: dict[str, Any], content: str, fault: str) -> bytes:
    """The body as it is sent: the answers that are no answer differ from good ones here."""
    choice = document["choices"][0]
    if fault == "not_json":
        return json.dumps(document).encode()[:-20]
    if fault == "no_choices":
        document["choices"] = []
    if fault == "null_choices":
        document["choices"] = None
    if fault == "null_content":
        choice["message"]["content"] = None
    if fault == "empty_choice":
        choice["message"]["content"] = ""
    if fault == "content_parts":
        half = len(content) // 2
        parts = content[:half], content[half:]
        choice["message"]["content"] = [{"type": "text", "text": part} for part in parts]
    if fault == "no_usage":
        del document["usage"]
    if fault == "odd_usage":
        document["usage"] = {"prompt_tokens": None, "completion_tokens": "many", "total_tokens": -1}
    return json.dumps(document).encode()


# what is in a content in place of the good one
CONTENTS: Mapping[str, Callable[[str], str]] = {
    "broken_json": lambda text: "{" * 3 + text.replace('"', "")[: len(text) // 3],
    "wrong_schema": lambda text: json.dumps({"result": {"ok": True, "data": [1, 2, None]}}),
    "prose": lambda text: "好的，我已经按照您的要求完成了任务，希望对您有帮助！",
    "surrogate": lambda text: text[:20] + "\ud83d" + text[20:],
    "separators": lambda text: f"\u2028\u0085\x1c\n{text}\n\u2029\ufeff",
    "fenced": lambda text: f"好的，以下是结果：\n```json\n{text}\n```\n希望对您有帮助。",
    "think": lambda text: f'<think>\n先读原文，再想 {{"items": []}} 该怎么写。\n</think>\n\n{text}',
    "repairable": lambda text: text.rstrip()[:-2] + ",]}",
    "duplicates": lambda text: _doubled(text),
}


def _doubled(text: str) -> str:
    answer = json.loads(text)
    return json.dumps({"items": answer["items"] * 2}, ensure_ascii=False)
