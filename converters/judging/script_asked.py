"""In which script is an answer wanted, and messages in it: simplified, unless the request is about traditional text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from converters.contract import Message
from converters.script import script_of, simplified_modern

_TRADITIONAL = re.compile(
    r"繁[体體简簡]|[简簡]繁|正[体體]字|[台臺]灣?湾?用[语語字]|traditional (?:chinese|character|script)", re.I
)


def in_asked_script(messages: Sequence[Message], script: Literal["simplified", "original"]) -> list[Message]:
    """The messages themselves where nothing is to be changed, else the same with simplified characters."""
    texts = [message.content for message in messages]
    if script == "original" or any(_TRADITIONAL.search(text) for text in texts):
        return list(messages)
    if script_of("\n".join(texts)) not in ("traditional", "mixed"):
        return list(messages)
    return [replace(message, content=simplified_modern(message.content)) for message in messages]
