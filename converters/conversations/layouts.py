"""Conversations in the layouts that people keep them in -> messages. Guesses nothing that a key or a mark does not say.

Known are ShareGPT's {from, value}, OpenAI's {role, content}, {role, text}, pairs of question and answer, and texts
with `Human:` and `Assistant:` before the turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from converters.contract import Message
from converters.text import tidy

Role = Literal["system", "user", "assistant"]

ROLES: dict[str, Role] = {
    **dict.fromkeys(("human", "user", "prompter", "usr", "用户", "人类"), "user"),
    **dict.fromkeys(("gpt", "assistant", "bot", "model", "chatgpt", "bing", "bard", "助手", "机器人"), "assistant"),
    "system": "system",
    "系统": "system",
}
_ROLE_KEYS = ("role", "from", "speaker")
_TEXT_KEYS = ("content", "value", "text", "message")


def is_turn(value: Any) -> bool:
    return message_of(value) is not None


def message_of(value: Any) -> Message | None:
    """One turn, or None if it is of another layout or its role is not known."""
    if not isinstance(value, Mapping):
        return None
    role = next((value[key] for key in _ROLE_KEYS if isinstance(value.get(key), str)), "")
    text = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), None)
    known = ROLES.get(role.strip().lower())
    return Message(known, tidy(text)) if known and text is not None else None


def conversation(value: Any) -> list[Message] | None:
    """The turns of a list, or of a text with marks; None if it is neither."""
    if isinstance(value, str):
        return marked_turns(value)
    if not isinstance(value, Sequence) or not value:
        return None
    if all(_is_pair(item) for item in value):
        return [message for question, answer in value for message in _pair(question, answer)]
    messages = [message_of(item) for item in value]
    return [message for message in messages if message] if all(messages) else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(text, str) for text in value)


def _pair(question: str, answer: str) -> list[Message]:
    return [Message("user", tidy(question)), Message("assistant", tidy(answer))]


_MARK = re.compile(r"(?:\A|\n)\s*(Human|Assistant|User|用户|助手)\s*[:：]")


def marked_turns(text: str) -> list[Message] | None:
    """Turns marked `Human:` and `Assistant:`, at the beginning of a line only, for the words occur in texts too."""
    pieces = _MARK.split(text)
    if len(pieces) < 3 or pieces[0].strip():
        return None
    turns = zip(pieces[1::2], pieces[2::2], strict=True)
    return [Message(ROLES[mark.lower()], tidy(said)) for mark, said in turns]


def order_fault(messages: Sequence[Message]) -> str:
    """What is wrong with the order of a request, which ends with the user's turn, or ""."""
    roles = [message.role for message in messages]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if not turns or turns != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
        return "roles: " + (", ".join(roles[:12]) or "none")
    return ""
