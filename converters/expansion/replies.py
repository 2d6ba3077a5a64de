"""What comes of a request: a reply, or why there is none and whether another attempt may have one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

SHOWN = 300  # characters of what a server said


class FailedError(Exception):
    """May go better next time. `cause` is counted; `asked` are the seconds that the server wants to be left alone."""

    def __init__(self, cause: str, detail: str = "", asked: float | None = None) -> None:
        super().__init__(cause, detail)
        self.cause, self.detail, self.asked = cause, detail, asked


class RefusedError(Exception):
    """This request will be refused for ever: its status and what the server said."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status, self.detail = status, detail


class HopelessError(Exception):
    """No request will do: what was found, and what to do about it."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found, remedy)
        self.found, self.remedy = found, remedy


class UnstructuredError(Exception):
    """The server does not know the response_format that was asked for; from now on a simpler one is."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counts them."""

    prompt: int
    completion: int


@dataclass(frozen=True, slots=True)
class Reply:
    """`finish` is the server's finish_reason; `usage` is None where it does not say; `seconds` is the whole wait."""

    text: str
    finish: str
    usage: Usage | None
    seconds: float


def reply_of(found: Mapping[str, Any], seconds: float) -> Reply:
    choices = found.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        error = found.get("error")
        raise FailedError("error_in_body" if error else "no_choice", said(str(error or dict(found))))
    return Reply(_text(message), str(choice.get("finish_reason") or "stop"), _usage(found.get("usage")), seconds)


def _text(message: Mapping[str, Any]) -> str:
    """A text, or parts of one; what only thinks or calls a tool has none."""
    content = message.get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _usage(found: Any) -> Usage | None:
    if not isinstance(found, dict):
        return None
    prompt, completion = found.get("prompt_tokens"), found.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int) or min(prompt, completion) < 0:
        return None
    return Usage(prompt, completion)


def said(text: str) -> str:
    """What a server said, in one line: its own message where it is an error as OpenAI words them."""
    try:
        found = orjson.loads(text)
        error = found.get("error", found)
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    except (orjson.JSONDecodeError, AttributeError):
        pass
    return " ".join(text.split())[:SHOWN]
